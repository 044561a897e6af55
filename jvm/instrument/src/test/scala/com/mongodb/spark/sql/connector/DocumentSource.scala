package com.mongodb.spark.sql.connector

import java.util.{Map => JMap, Set => JSet}

import scala.collection.JavaConverters._

import org.apache.spark.sql.catalyst.InternalRow
import org.apache.spark.sql.connector.catalog._
import org.apache.spark.sql.connector.expressions.Transform
import org.apache.spark.sql.connector.write._
import org.apache.spark.sql.types.StructType
import org.apache.spark.sql.util.CaseInsensitiveStringMap

/** A connector of version 2 that takes its place from options of its own, as that of MongoDB does. */
class DocumentSource extends TableProvider {
  override def inferSchema(options: CaseInsensitiveStringMap): StructType = new StructType
  override def supportsExternalMetadata: Boolean                          = true
  override def getTable(schema: StructType, by: Array[Transform], given: JMap[String, String]): Table =
    new Documents(schema)
}

class Documents(columns: StructType) extends Table with SupportsWrite {
  override def name: String                        = "MongoTable()"
  override def schema: StructType                  = columns
  override def capabilities: JSet[TableCapability] = Set(TableCapability.BATCH_WRITE).asJava
  override def newWriteBuilder(info: LogicalWriteInfo): WriteBuilder = new WriteBuilder {
    override def buildForBatch(): BatchWrite = new Discarded
  }
}

class Discarded extends BatchWrite with DataWriterFactory {
  override def createBatchWriterFactory(info: PhysicalWriteInfo): DataWriterFactory = this
  override def commit(messages: Array[WriterCommitMessage]): Unit                   = ()
  override def abort(messages: Array[WriterCommitMessage]): Unit                    = ()
  override def createWriter(partition: Int, task: Long): DataWriter[InternalRow] =
    new DataWriter[InternalRow] {
      override def write(row: InternalRow): Unit = ()
      override def commit(): WriterCommitMessage = null
      override def abort(): Unit                 = ()
      override def close(): Unit                 = ()
    }
}
