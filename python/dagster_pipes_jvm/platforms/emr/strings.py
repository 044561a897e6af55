"""The strings of an EMR step that YARN changes on their way to the driver."""

from dataclasses import replace

from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.platforms.emr.render import AttachedStep
from dagster_pipes_jvm.platforms.emr.step_job import EMRStepJob
from dagster_pipes_jvm.submit.cluster_strings import ChangedString, DriverStrings
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit


def notes_on_strings(job: SparkJob, step: AttachedStep) -> list[str]:
    """The notes on the changed strings of a given step, which is sent unchanged, and runs as it does today.

    A given script has none, because its own shell expands the words before YARN gets them.

    Args:
        job: the job.
        step: its step.

    Raises:
        InvalidParameterError: YARN changes a string of a `SparkJob`, or a string of `override`.
    """
    users, given = step.users.submit, step.given.submit
    if users is None or given is None:
        return []
    defaults = step.sent.submit.defaults if step.sent.submit is not None else {}

    def changed(submit: SparkSubmit) -> list[ChangedString]:
        return DriverStrings(replace(submit, defaults=defaults)).changed()

    of_given = changed(given) if isinstance(job, EMRStepJob) else []
    of_users = changed(users)
    for string in of_users:
        if string not in of_given:
            raise string.error("EMRStepJob.override" if isinstance(job, EMRStepJob) else "SparkJob")
    return [] if step.given.script is not None else [string.note for string in of_users]
