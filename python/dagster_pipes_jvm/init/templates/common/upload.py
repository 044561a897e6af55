"""`python upload.py`: puts data and jobs into the bucket BUCKET, for runs on EMR."""

import os
from pathlib import Path

import boto3

PROJECT = Path(__file__).parent
FILES = ["data/orders.csv", *__UPLOADED__]

for name in FILES:
    boto3.client("s3").upload_file(str(PROJECT / name), os.environ["BUCKET"], name)
    print(f"uploaded s3://{os.environ['BUCKET']}/{name}")
