"""Dagster in a process of its own, which is stopped or killed while its job runs on EMR."""

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from dagster_pipes_jvm import bridge_jar
from tests.conftest import REPOSITORY
from tests.support.dagster_runs import Finished
from tests.support.emr import BUCKET, shell
from tests.support.emr_assets import SETTINGS, probe_job
from tests.support.emr_client import OnEMR


class Process:
    """Dagster in a process of its own, whose job waits for a gate; an untouched one is a step that is no spark-submit.

    One that `dies_after` a request is gone when EMR has answered it. One that `dies_at_handle` is gone before or after
    it has written the handle of the job. One with another `endpoint` is killed by the proxy of that address.
    """

    def __init__(
        self,
        on_emr: OnEMR,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        *,
        untouched: bool = False,
        dies_after: str = "",
        dies_at_handle: str = "",
        endpoint: str = "",
        **client: Any,
    ) -> None:
        self.on_emr = on_emr
        self.gate = folder / "gate"
        self.instance = on_emr.runs.instance
        where = {} if "job_flow" in client else {"cluster_id": on_emr.cluster_id}
        settings = {
            "bucket": BUCKET,
            "client": {"bridge_jar_uri": bridge_jar().as_uri(), **where, **client},
            "job": {"application": on_emr.step_jar, "main_class": "Step", "args": ["report", str(self.gate)]},
            "step": shell(f"until [ -e {self.gate} ]; do sleep 0.1; done") if untouched else None,
            "noise": 12_000,  # so that the context is on S3
            "dies_after": dies_after,
            "dies_at_handle": dies_at_handle,
        }
        where_aws_is = dict.fromkeys(("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"), endpoint) if endpoint else {}
        for name, value in {**on_emr.emr.environment(), **where_aws_is, SETTINGS: json.dumps(settings)}.items():
            monkeypatch.setenv(name, value)
        self.earlier = len(on_emr.steps())
        command = [sys.executable, "-m", "tests.support.emr_assets", self.instance.root_directory]
        self.process = subprocess.Popen(
            command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if not (dies_after or dies_at_handle or endpoint):
            on_emr.when_logged("step RUNNING" if untouched else "waiting", lambda: None).join()

    def end(self, number: signal.Signals) -> str:
        """End the process; returns the id of its step."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> str:
        """Wait for the end of the process; returns the id of its step on the shared cluster, if there is one."""
        self.process.communicate(timeout=240)
        (run,) = self.instance.get_runs()
        if not run.is_finished:
            self.instance.report_run_failed(run)  # As Dagster's run monitoring does.
        if len(self.on_emr.steps()) == self.earlier:
            return ""
        return str(self.on_emr.steps()[self.earlier]["Id"])

    def retry(self, *, started: int = 2) -> Finished:
        """Run it again from the failure, in this process, with the gate open as soon as the retry waits.

        Args:
            started: how often a start has been written into the event log then.
        """
        threading.Thread(target=self._open_when_again, args=(started,), daemon=True).start()
        return self.on_emr.runs.retry(probe_job())

    def _open_when_again(self, started: int) -> None:
        self.on_emr.when_logged("[pipes] started EMR step", self.gate.touch, count=started).join()
