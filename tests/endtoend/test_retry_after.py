"""S3 asks for an hour of patience, and every client that a JVM job may have comes back within seconds."""

import json
import os
import subprocess
import time
from collections import Counter
from uuid import uuid4

import pytest
from dagster_pipes import encode_param

from dagster_pipes_jvm import bridge_jar
from dagster_pipes_jvm.submit.maven import s3a_jars
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.endtoend.conftest import Spark
from tests.endtoend.test_modules import CONTEXT
from tests.faults.job import proxied_environment
from tests.faults.proxy import FaultProxy, Refuse, Request

REFUSALS = 3
# Longer than each pause of our writer, for a machine with much to do.
LONGEST_WAIT_SECONDS = 12
ANSWERS = {
    "503, seconds": Refuse(503, "SlowDown", (("Retry-After", "3600"), ("x-amz-retry-after", "3600000"))),
    "429, a date": Refuse(429, "SlowDown", (("Retry-After", "Fri, 31 Dec 2100 23:59:59 GMT"),)),
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("client", ["S3A of Spark 4.3", "S3A of Spark 3.5", "AWS SDK"])
def test_neither_context_nor_messages_wait_as_long_as_s3_asks_for(
    s3: LocalS3,
    sparks: dict[str, Spark],
    echo_jar: str,
    conformance_command: list[str],
    client: str,
    answer: str,
) -> None:
    run = f"run-{uuid4()}"
    s3.client().put_object(Bucket="pipes", Key=f"{run}/context.json", Body=json.dumps(CONTEXT).encode())
    refused: Counter[str] = Counter()
    refused_at: dict[str, float] = {}
    waits: list[float] = []

    def rule(request: Request) -> Refuse | None:
        if run not in request.path:
            return None
        if (since := refused_at.pop(request.method, None)) is not None:
            waits.append(time.monotonic() - since)
        if refused[request.method] == REFUSALS:
            return None
        refused[request.method] += 1
        refused_at[request.method] = time.monotonic()
        return ANSWERS[answer]

    with FaultProxy(s3.endpoint_url, rule) as proxy:
        env = {
            **os.environ,
            **proxied_environment(s3, proxy),
            "DAGSTER_PIPES_CONTEXT": encode_param({"bucket": "pipes", "key": f"{run}/context.json"}),
            "DAGSTER_PIPES_MESSAGES": encode_param(
                {"bucket": "pipes", "key_prefix": f"{run}/m", "upload_interval_millis": 300}
            ),
        }
        if client == "AWS SDK":
            class_path = conformance_command[conformance_command.index("-cp") + 1]
        else:
            home = sparks[client[-3:]].home
            class_path = os.pathsep.join([str(bridge_jar()), f"{home}/jars/*", *map(str, s3a_jars(home))])
        conf = [f"-D{key}={value}" for key, value in s3.spark_conf().items() if "endpoint" not in key]
        done = subprocess.run(
            ["java", *conf, "-cp", os.pathsep.join([echo_jar, class_path]), "Echo"],
            env=env,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert refused["PUT"] == REFUSALS
    assert not refused_at
    assert max(waits) < LONGEST_WAIT_SECONDS, waits
    listed = s3.client().list_objects_v2(Bucket="pipes", Prefix=f"{run}/m/")["Contents"]
    bodies = [s3.client().get_object(Bucket="pipes", Key=one["Key"])["Body"].read().decode() for one in listed]
    methods = [json.loads(line)["method"] for line in "\n".join(bodies).splitlines()]
    assert methods == ["opened", "report_custom_message", "report_asset_materialization", "closed"]
