"""The process behind `LocalEMR`: that of `LocalS3`, with EMR, and the processes of the steps.

Lines on stdin: `{"yarn": {...}}` tells where the YARN of one node is, `{"faults": {...}}` what is to go wrong from now on,
`{"stop": true}` that the parent ends it and tidies up: without it the parent has died.
"""

import json
import os
import shutil
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from dagster_pipes_jvm.texts import see
from dagster_pipes_jvm_standin._gate import S3_SERVICES
from dagster_pipes_jvm_standin._options import Options
from dagster_pipes_jvm_standin._s3_process import Serving, serve
from dagster_pipes_jvm_standin.aws_environment import aws_environment, core_site, s3_client
from dagster_pipes_jvm_standin.faults import Faults
from dagster_pipes_jvm_standin.machine import Machine
from dagster_pipes_jvm_standin.steps import Reaper
from dagster_pipes_jvm_standin.yarn_applications import Applications

_YARN_SHUTDOWN_SECONDS = 60.0
_NOT_SERVED = {
    "emr-serverless": "EMR Serverless is not here: run the job as a step of a cluster (RunJobFlow, AddJobFlowSteps)",
    "emr-containers": "EMR on EKS is not here: run the job as a step of a cluster (RunJobFlow, AddJobFlowSteps)",
    "glue": "there is no Glue catalog here: use paths, or a catalog in files (spark.sql.catalog.*)",
}


def _refuse(service: str) -> str:
    what = _NOT_SERVED.get(service, f"the service {service} is not here, only S3, EMR, IAM and STS are")
    return f"{what[:1].upper()}{what[1:]}. {see('standin')}"


def _say(what: str) -> None:
    print(f"{datetime.now():%H:%M:%S} {what}", file=sys.stderr, flush=True)


class _Process:
    def __init__(self, options: Options) -> None:
        self._options = options
        self._reaper = Reaper()
        self._is_stopped = False
        self._yarn_pid = 0

    def on_serving(self, serving: Serving) -> None:
        """Install EMR before the parent is told of it."""
        from dagster_pipes_jvm_standin import api

        url = f"http://127.0.0.1:{serving.port}"
        keys = (serving.access_key_id, serving.secret_access_key)
        self.machine = Machine(
            options=self._options,
            faults=Faults.from_json(self._options.faults),
            store=s3_client(url, *keys),
            environment=aws_environment(url, *keys),
            core_site=core_site(url),
            reaper=self._reaper,
            say=_say,
        )
        api.install(self.machine)

    def on_line(self, line: str) -> str:
        """Take what the parent tells."""
        told: dict[str, Any] = json.loads(line)
        if "yarn" in told:
            yarn = told["yarn"]
            self._yarn_pid = yarn["pid"]
            self.machine.applications = Applications(
                yarn["web_address"], Path(yarn["conf_dir"]), Path(yarn["base_dir"]), yarn["web_secret"]
            )
        if "faults" in told:
            self.machine.faults = Faults.from_json(json.dumps(told["faults"]))
        self._is_stopped = "stop" in told
        return "ok"

    def on_end(self) -> None:
        """Leave no process, and no folder where the parent, who would remove it, is no more."""
        self._reaper.end_all()
        if self._is_stopped:
            return
        deadline = time.monotonic() + _YARN_SHUTDOWN_SECONDS
        while self._yarn_pid and _lives(self._yarn_pid) and time.monotonic() < deadline:
            time.sleep(0.1)  # It ends by itself, as its stdin has, and writes until then.
        shutil.rmtree(self._options.folder, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def main() -> None:
    """S3 and EMR, with the options of the command line."""
    process = _Process(Options.from_json(sys.argv[1]))
    serve(
        name="local-emr",
        services=S3_SERVICES | {"elasticmapreduce"},
        refuse=_refuse,
        on_serving=process.on_serving,
        on_line=process.on_line,
        on_end=process.on_end,
    )


if __name__ == "__main__":
    main()
