package com.google.cloud.spark.bigquery

import org.apache.spark.sql.{DataFrame, SQLContext, SaveMode}
import org.apache.spark.sql.sources.{BaseRelation, CreatableRelationProvider}
import org.apache.spark.sql.types.StructType

/** A connector that stages its rows in files, as that of BigQuery does in its indirect mode. */
class StagingSource extends CreatableRelationProvider {
  override def createRelation(
      context: SQLContext,
      mode: SaveMode,
      options: Map[String, String],
      rows: DataFrame
  ): BaseRelation = {
    rows.write.parquet(options("tempdir"))
    new BaseRelation {
      override def sqlContext: SQLContext = context
      override def schema: StructType     = rows.schema
    }
  }
}
