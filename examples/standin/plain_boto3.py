"""A cluster with one PySpark step, by boto3 alone: nothing here knows where EMR is."""

import gzip

import boto3

JOB = b"""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.range(1000).write.mode("overwrite").parquet("s3://lake/numbers")
print("rows:", spark.read.parquet("s3://lake/numbers").count())
"""

s3, emr = boto3.client("s3"), boto3.client("emr")
s3.create_bucket(Bucket="lake")
s3.put_object(Bucket="lake", Key="code/job.py", Body=JOB)

cluster_id = emr.run_job_flow(
    Name="numbers",
    ReleaseLabel="emr-7.5.0",
    Applications=[{"Name": "Spark"}],
    LogUri="s3://lake/logs/",
    Instances={"MasterInstanceType": "m5.xlarge", "InstanceCount": 1, "KeepJobFlowAliveWhenNoSteps": True},
    Configurations=[{"Classification": "spark-defaults", "Properties": {"spark.ui.enabled": "false"}}],
    JobFlowRole="EMR_EC2_DefaultRole",
    ServiceRole="EMR_DefaultRole",
)["JobFlowId"]
(step_id,) = emr.add_job_flow_steps(
    JobFlowId=cluster_id,
    Steps=[
        {
            "Name": "write numbers",
            "ActionOnFailure": "CONTINUE",
            "HadoopJarStep": {
                "Jar": "command-runner.jar",
                "Args": ["spark-submit", "--master", "yarn", "--deploy-mode", "client", "s3://lake/code/job.py"],
            },
        }
    ],
)["StepIds"]
emr.get_waiter("step_complete").wait(
    ClusterId=cluster_id, StepId=step_id, WaiterConfig={"Delay": 1, "MaxAttempts": 600}
)
stdout = s3.get_object(Bucket="lake", Key=f"logs/{cluster_id}/steps/{step_id}/stdout.gz")["Body"].read()
print(gzip.decompress(stdout).decode(), end="")
emr.terminate_job_flows(JobFlowIds=[cluster_id])
