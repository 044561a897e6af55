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


IMPORT = [
    "Traceback (most recent call last):",
    '  File "/srv/job.py", line 1, in <module>',
    "    import nope",
    "ModuleNotFoundError: No module named 'nope'",
]
SPARK = [f"26/11/28 01:02:03 INFO BlockManager: line {number}" for number in range(60)]
USER_APP = 'Exception in thread "main" org.apache.spark.SparkUserAppException: User application exited with {}'


def test_a_traceback_far_above_the_end_is_named_and_shown() -> None:
    assert failure(*IMPORT, *SPARK) == (
        "spark-submit of job.jar (main class acme.Job) failed with exit code 1 after 12.3 s. The last exception in its output is"
        " ModuleNotFoundError: No module named 'nope'. The driver's Python has no module nope: set `python` of the client to one"
        " that has it, or pass it in `py_files`. See TROUBLESHOOTING.md#pyspark-python\nThe last exception in the driver's"
        " output:\n" + "\n".join(IMPORT) + "\nThe end of the driver's stderr:\n" + "\n".join(SPARK[-40:])
    )


def test_a_traceback_at_the_end_is_shown_once() -> None:
    text = failure(*SPARK[:10], *IMPORT)
    assert text.endswith("The end of the driver's stderr:\n" + "\n".join([*SPARK[:10], *IMPORT]))
    assert text.count("Traceback") == 1


@pytest.mark.parametrize("exit_code", [-9, 137])
def test_sigkill_hints_at_memory(exit_code: int) -> None:
    how = "signal 9" if exit_code < 0 else "exit code 137"
    assert failure("last line", exit_code=exit_code) == (
        f"spark-submit of job.jar (main class acme.Job) failed with {how} after 12.3 s. SIGKILL ended the driver, and the usual"
        " sender is the system or the cluster when memory runs out: raise `spark.driver.memory`, or"
        " `spark.driver.memoryOverhead` for memory outside of the JVM's heap, or let less run on the driver's machine at the"
        " same time. See TROUBLESHOOTING.md#driver-memory\nThe end of the driver's stderr:\nlast line"
    )
    exception = {"name": "ValueError", "message": "no", "stack": [], "cause": None, "context": None}
    error = Ended(exit_code, 1.0, []).failure(SparkJob("job.py"), exception)  # type: ignore[arg-type]  # a dict in the form of PipesException
    assert "See TROUBLESHOOTING.md#spark-submit-failed SIGKILL ended the driver" in str(error)


def test_a_killed_script_is_told_from_one_that_ended_itself() -> None:
    killed = failure(*IMPORT[:2], USER_APP.format(137), exit_code=137)
    assert "after 12.3 s. SIGKILL ended the driver" in killed
    ended = failure(*IMPORT, USER_APP.format(3), exit_code=3)
    assert "after 12.3 s. The script ended itself with exit code 3." in ended
    assert "The last exception in its output is" not in ended


def test_a_full_heap_is_named() -> None:
    text = failure("Terminating due to java.lang.OutOfMemoryError: Java heap space", exit_code=3)
    assert (
        "The last exception in its output is Terminating due to java.lang.OutOfMemoryError: Java heap space. The driver had too"
        " little memory: raise `spark.driver.memory`" in text
    )


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        (
            "/usr/bin/python3: can't open file '/srv/none.py': [Errno 2] No such file or directory",
            "The driver's machine has no script /srv/none.py: correct `application` of the SparkJob.",
        ),
        (
            'Exception in thread "main" java.lang.NoSuchMethodException: acme.Job.main([Ljava.lang.String;)',
            "The class acme.Job has no method `public static void main(String[])`: correct `main_class` of the SparkJob.",
        ),
        (
            'Exception in thread "main" java.lang.NoClassDefFoundError: acme/Config',
            "The driver has no class acme/Config: add its jar to `jars` of the SparkJob",
        ),
        (
            'Exception in thread "main" java.lang.ClassNotFoundException: acme.Config',
            "The driver has no class acme.Config: add its jar to `jars` of the SparkJob",
        ),
    ],
)
def test_what_keeps_a_driver_from_its_session_is_turned_into_what_to_do(line: str, remedy: str) -> None:
    assert remedy in failure("first line", line, "last line")


def test_output_that_is_elsewhere_is_named_by_the_command_that_shows_it() -> None:
    error = Ended(1, 1.0, ["last"], "The driver's own output is elsewhere.").failure(SparkJob("job.py"), None)
    assert "after 1.0 s. The driver's own output is elsewhere.\nThe end" in str(error)
