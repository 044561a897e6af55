import pytest

from dagster_pipes_jvm import SparkJob
from dagster_pipes_jvm.platforms.local.failures import Ended


def failure(*stderr: str, exit_code: int = 1) -> str:
    return str(Ended(exit_code, 12.34, stderr).failure(SparkJob("job.jar", main_class="acme.Job"), None))


def test_long_runs_of_frames_do_not_hide_the_exceptions_between_them() -> None:
    frames = [f"\tat acme.Frame.f{n}(Frame.java)" for n in range(60)]
    stderr = ["Exception in thread main", *frames, "Caused by: the reason", *frames, "\t... 3 more"]
    assert failure(*stderr) == (
        "spark-submit of job.jar (main class acme.Job) failed with exit code 1 after 12.3 s."
        " See TROUBLESHOOTING.md#spark-submit-failed\nThe end of the driver's stderr:\n"
        + "\n".join(
            [
                "Exception in thread main",
                *frames[:3],
                "\t... 57 frames, see the compute logs",
                "Caused by: the reason",
                *frames[:3],
                "\t... 57 frames, see the compute logs",
                "\t... 3 more",
            ]
        )
    )


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        (
            "Error: Failed to load class acme.Job.",
            "The application's jar holds no class acme.Job: correct `main_class`",
        ),
        ("JAVA_HOME is not set", "Install JDK 17 and set JAVA_HOME to it. See TROUBLESHOOTING.md#no-jdk"),
        ("java.lang.UnsupportedClassVersionError: acme/Job", "compiled for a newer Java"),
        ('No FileSystem for scheme "s3"', "Spark has no file system for s3 paths"),
        ("Class org.apache.hadoop.fs.s3a.S3AFileSystem not found", "Spark has no file system for s3 paths"),
        ("The specified bucket does not exist (Service: S3) NoSuchBucket", "S3 refused the job (NoSuchBucket)"),
        ("Access Denied (Service: S3, Status Code: 403)", "S3 refused the job"),
        ("java.nio.file.AccessDeniedException: /data/out", "with exit code 1 after 12.3 s. See TROUBLESHOOTING"),
        ("ModuleNotFoundError: No module named 'numpy'", "The driver's Python has no module numpy"),
    ],
)
def test_what_spark_prints_is_turned_into_what_to_do(line: str, remedy: str) -> None:
    assert remedy in failure("first line", line, "last line")


def test_a_signal_is_called_one() -> None:
    assert "failed with signal 9 after" in failure(exit_code=-9)
    assert failure().endswith("The end of the driver's stderr:\n(nothing)")


def test_what_the_job_reported_stands_in_the_message() -> None:
    exception = {"name": "IllegalStateException", "message": "outer\n", "stack": [], "cause": None, "context": None}
    error = Ended(1, 1.0, ["NoSuchBucket"]).failure(SparkJob("job.py"), exception)  # type: ignore[arg-type]  # a dict in the form of PipesException
    assert (
        "spark-submit of job.py failed with exit code 1 after 1.0 s. The job reported IllegalStateException: outer."
        in str(error)
    )


def test_the_first_cause_stands_beside_it() -> None:
    first = {"name": "java.io.IOException", "message": "no space left.\nof 3 disks", "stack": [], "cause": None}
    middle = {"name": "RuntimeException", "message": "middle", "stack": [], "cause": first}
    outer = {"name": "SparkException", "message": "Job aborted", "stack": [], "cause": middle, "context": None}
    error = Ended(1, 1.0, []).failure(SparkJob("job.py"), outer)  # type: ignore[arg-type]  # a dict in the form of PipesException
    assert (
        "The job reported SparkException: Job aborted. The first cause was java.io.IOException: no space left."
        " See TROUBLESHOOTING.md#spark-submit-failed"
    ) in str(error)
