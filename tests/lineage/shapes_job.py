"""An unmodified application: `shapes_job.py FOLDER MODULE ...` writes the shapes of these modules.

The outputs of shapes that fail are in FOLDER/failed.json.
"""

import importlib
import json
import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from pyspark.sql import SparkSession

from tests.lineage.listeners import wait_for_listeners
from tests.lineage.shapes import sources

folder = sys.argv[1]
spark = SparkSession.builder.getOrCreate()
spark.sparkContext.setCheckpointDir(f"{folder}/checkpoints")
spark.sql("create database shapes")
spark.sql("use shapes")
sources.create(spark, f"{folder}/files")
spark.conf.set("spark.lineage.files", f"{folder}/files")
failed: list[str] = []
for module in sys.argv[2:]:
    for shape in importlib.import_module(f"tests.lineage.shapes.{module}").SHAPES:
        if shape.is_in(spark.version):
            wait_for_listeners(spark)
            try:
                shape.write(spark, f"{folder}/output")
            except Exception:
                traceback.print_exc()
                failed += shape.expected
Path(folder, "failed.json").write_text(json.dumps(failed), encoding="utf-8")
