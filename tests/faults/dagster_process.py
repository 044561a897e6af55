"""Dagster in a process of its own that materializes one asset, for rows in which that process is killed or its clock jumps.

Its S3 is that of its environment.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import boto3
import dagster as dg
from dagster._core.pipes.context import PipesMessageHandler
from dagster_pipes import PipesParams

from dagster_pipes_jvm import PipesJvmS3MessageReader
from tests.conftest import REPOSITORY
from tests.faults.job import proxied_environment
from tests.faults.runs import FaultRuns, Stage, faults_instance
from tests.support.dagster_runs import Finished

_TAG = "faults"


class _NotingReader(PipesJvmS3MessageReader):
    """Leaves in a file what another process needs to take the run up, as a launch handle does."""

    def __init__(self, file: Path, **options: Any) -> None:
        super().__init__(**options)
        self._file = file

    @contextmanager
    def read_messages(self, handler: PipesMessageHandler) -> Iterator[PipesParams]:
        with super().read_messages(handler) as params:
            self._file.write_text(json.dumps(params), encoding="utf-8")
            yield params


class DagsterProcess:
    """A running process of Dagster with its job.

    Args:
        runs: whose instance and S3 it uses.
        stage: of its run.
        command: the job's.
        environment: of Dagster and its job, beside what S3 needs.
    """

    def __init__(
        self, runs: FaultRuns, stage: Stage, command: list[str], environment: Mapping[str, str] | None = None
    ) -> None:
        self._runs = runs
        self._stage = stage
        home = runs.runs.instance.root_directory
        job = proxied_environment(runs.s3, stage.to_job)
        arguments = [home, stage.bucket, str(self._params_file), json.dumps(command), json.dumps(job)]
        # What both write to stdout is read to its end: that comes when both have ended, however they did.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.dagster_process", *arguments],
            cwd=REPOSITORY,
            env={**os.environ, **proxied_environment(runs.s3, stage.to_reader), **(environment or {})},
            stdout=subprocess.PIPE,
        )

    @property
    def params(self) -> PipesParams:
        """What its reader told the job."""
        params: PipesParams = json.loads(self._params_file.read_text(encoding="utf-8"))
        return params

    @property
    def _params_file(self) -> Path:
        return self._stage.mark.with_suffix(".params")

    def finished(self) -> Finished:
        """The run as its event log has it, also where it has not ended."""
        instance = self._runs.runs.instance
        found = instance.get_runs(dg.RunsFilter(tags={_TAG: self._stage.bucket}))
        entries = [entry for run in found for entry in instance.all_logs(run.run_id)]
        return Finished(bool(found) and found[0].status == dg.DagsterRunStatus.SUCCESS, entries)

    def await_end_of_both(self) -> None:
        """Wait for the end of Dagster's process and of the job's."""
        assert self.process.stdout is not None
        self.process.stdout.read()
        self.process.wait()


def main(home: str, bucket: str, params_file: str, command: str, job_environment: str) -> None:
    """Materialize `probe`, whose body runs the job."""
    reader = _NotingReader(
        Path(params_file), bucket=bucket, client=boto3.client("s3"), require_closed=True, keep_messages=True
    )
    client = dg.PipesSubprocessClient(env=json.loads(job_environment), message_reader=reader)

    @dg.asset
    def probe(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]  # the result has no value
        return client.run(context=context, command=json.loads(command)).get_materialize_result()

    if "LD_PRELOAD" in os.environ:
        # libfaketime 0.9.10 breaks the system call behind it; this one waits by the monotonic clock as well.
        time.sleep = lambda seconds: Event().wait(seconds) and None
    with faults_instance(home) as instance:
        dg.materialize([probe], instance=instance, tags={_TAG: bucket}, raise_on_error=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
