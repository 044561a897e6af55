"""`PipesSparkEMRClient` on the EMR of this machine: clusters, jobs and runs of the tests."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from dagster._core.events import DagsterEventType

from dagster_pipes_jvm import (
    EMRStepJob,
    PipesJvmS3MessageReader,
    PipesSparkEMRClient,
    SparkJob,
    bridge_jar,
    emr_job_flow,
)
from dagster_pipes_jvm_standin import LocalEMR
from tests.support.dagster_runs import DagsterRuns, Finished
from tests.support.emr import BUCKET, step

STARTED = "[pipes] started EMR step"


class OnEMR:
    """Runs jobs of one test.

    Args:
        emr: where.
        runs: the Dagster instance.
        step_jar: `jobs/Step.java`, compiled.
        cluster_id: a cluster that is there.
    """

    def __init__(self, emr: LocalEMR, runs: DagsterRuns, step_jar: str, cluster_id: str) -> None:
        self.emr = emr
        self.runs = runs
        self.step_jar = step_jar
        self.cluster_id = cluster_id
        self.boto3_client: Any = emr.emr_client()
        self.calls: Counter[str] = Counter()
        self.boto3_client.meta.events.register("before-send.emr.*", self._count)
        self.reader = PipesJvmS3MessageReader(bucket=BUCKET, client=emr.client(), key_prefix="pipes")

    def _count(self, event_name: str, **_: Any) -> None:
        self.calls[event_name.rpartition(".")[2]] += 1

    def client(self, **given: Any) -> PipesSparkEMRClient:
        """On the cluster that is there, unless another is given; the jar is this machine's, which spark-submit need not fetch."""
        options: dict[str, Any] = {
            "client": self.boto3_client,
            "message_reader": self.reader,
            "bridge_jar_uri": bridge_jar().as_uri(),
            "poll_interval_seconds": 0.2,
            "wait_for_logs_seconds": 20.0,
            **given,
        }
        if not options.keys() & {"cluster_name", "cluster_tags", "job_flow"}:
            options.setdefault("cluster_id", self.cluster_id)
        return PipesSparkEMRClient(**options)

    def job(self, *arguments: str, **given: Any) -> SparkJob:
        """`jobs/Step.java` with these arguments."""
        return SparkJob(self.step_jar, main_class="Step", args=arguments, **given)

    def run(self, job: SparkJob, client: PipesSparkEMRClient | None = None, **given: Any) -> Finished:
        """Materialize one asset by the job."""
        client = client or self.client()
        return self.runs.run_body(lambda c: client.run(context=c, job=job, **given).get_materialize_result())

    def steps(self, cluster_id: str | None = None) -> list[dict[str, Any]]:
        """Those of the cluster, oldest first."""
        listed = self.emr.emr_client().get_paginator("list_steps").paginate(ClusterId=cluster_id or self.cluster_id)
        return [step for page in listed for step in page["Steps"]][::-1]  # type: ignore[misc]  # the stubs say TypedDict

    def state(self, step_id: str, cluster_id: str | None = None) -> str:
        answer = self.emr.emr_client().describe_step(ClusterId=cluster_id or self.cluster_id, StepId=step_id)
        return answer["Step"]["Status"]["State"]

    def cluster(self, cluster_id: str) -> dict[str, Any]:
        answer: Any = self.emr.emr_client().describe_cluster(ClusterId=cluster_id)
        return answer["Cluster"]  # type: ignore[no-any-return]  # boto3 is untyped

    def objects(self, prefix: str = "pipes/") -> list[str]:
        listed = self.emr.client().get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [entry["Key"] for page in listed for entry in page.get("Contents", [])]

    def logged(self) -> list[str]:
        """Every text in the event log of every run, oldest first."""
        found = self.runs.instance.get_runs()
        return [entry.user_message for run in reversed(found) for entry in self.runs.instance.all_logs(run.run_id)]

    def when_logged(self, text: str, act: Callable[[], None], count: int = 1) -> threading.Thread:
        """Act as soon as so many texts of any run's event log have this in them."""
        poll = threading.Event()

        def watch() -> None:
            for _ in range(6000):
                if sum(text in logged for logged in self.logged()) >= count:
                    act()
                    return
                poll.wait(0.05)

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        return thread


def launched_step(run: Finished) -> str:
    """The id of the EMR step that the run has started."""
    (text,) = [text for _, text in run.logs if text.startswith(STARTED)]
    return text.split()[4]


def links(run: Finished) -> Mapping[str, Any]:
    """The metadata of the engine event that a step has started."""
    data = [e.engine_event_data for e in run.events(DagsterEventType.ENGINE_EVENT)]
    (found,) = [d.metadata for d in data if "AWS EMR Step ID" in d.metadata]
    return {key: getattr(value, "value", value) for key, value in found.items()}


def bash(script: str, name: str = "bash", **given: Any) -> SparkJob:
    """A step that is no spark-submit, and runs untouched."""
    return EMRStepJob.from_step(step("bash", "-c", script, name=name, **given))


def job_flow(*jobs: SparkJob, name: str = "for one run", **given: Any) -> dict[str, Any]:
    """A new cluster."""
    return emr_job_flow(name, jobs, log_uri=f"s3://{BUCKET}/logs/", **given)
