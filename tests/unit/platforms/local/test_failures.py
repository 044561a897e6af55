import pytest

from dagster_pipes_jvm import SparkJob
from dagster_pipes_jvm.platforms.local.failures import Ended
from dagster_pipes_jvm.texts import PAGE_URL


def failure(*stderr: str, exit_code: int = 1) -> str:
    return str(Ended(exit_code, 12.34, stderr).failure(SparkJob("job.jar", main_class="acme.Job"), None))


def test_long_runs_of_frames_do_not_hide_the_exceptions_between_them() -> None:
    frames = [f"\tat acme.Frame.f{n}(Frame.java)" for n in range(60)]
    stderr = ["Exception in thread main", *frames, "Caused by: the reason", *frames, "\t... 3 more"]
    assert failure(*stderr) == (
        "spark-submit of job.jar (main class acme.Job) failed with exit code 1 after 12.3 s."
        f" See {PAGE_URL}#spark-submit-failed\nThe end of the driver's stderr:\n"
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
        ("JAVA_HOME is not set", f"Install JDK 17 and set JAVA_HOME to it. See {PAGE_URL}#no-jdk"),
        ("java.lang.UnsupportedClassVersionError: acme/Job", "compiled for a newer Java"),
        ('No FileSystem for scheme "s3"', "Spark has no file system for s3 paths"),
        ("Class org.apache.hadoop.fs.s3a.S3AFileSystem not found", "Spark has no file system for s3 paths"),
        ("The specified bucket does not exist (Service: S3) NoSuchBucket", "S3 refused the job (NoSuchBucket)"),
        ("Access Denied (Service: S3, Status Code: 403)", "S3 refused the job"),
        ("java.nio.file.AccessDeniedException: /data/out", f"See {PAGE_URL}#spark-submit-failed\n"),
        ("SparkException: Could not parse Master URL: 'locall[2]'", "Spark knows no master of this form (locall[2])"),
        (
            "java.nio.file.AccessDeniedException: s3a://raw/a.csv: open: S3Exception: no (Service: S3, Status Code: 403)",
            "S3 does not let the driver use s3a://raw/a.csv: check the credentials",
        ),
        (
            "org.apache.hadoop.fs.s3a.UnknownStoreException: `s3a://raw/a.csv': open: NoSuchBucket: no",
            "The bucket of s3a://raw/a.csv does not exist: create it",
        ),
        ("NoAuthWithAWSException: No AWS Credentials provided by x", "The driver has no AWS credentials"),
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
    assert str(error).startswith(
        "The job reported IllegalStateException: outer.\nspark-submit of job.py failed with exit code 1 after 1.0 s. See"
    )


def test_the_first_cause_stands_beside_it() -> None:
    first = {"name": "java.io.IOException", "message": "no space left.\nof 3 disks", "stack": [], "cause": None}
    middle = {"name": "RuntimeException", "message": "middle", "stack": [], "cause": first}
    outer = {"name": "SparkException", "message": "Job aborted", "stack": [], "cause": middle, "context": None}
    error = Ended(1, 1.0, []).failure(SparkJob("job.py"), outer)  # type: ignore[arg-type]  # a dict in the form of PipesException
    assert (
        "The job reported SparkException: Job aborted. The first cause was java.io.IOException: no space left."
        "\nspark-submit of job.py failed"
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
        "The driver's Python has no module nope: set `python` of the client to one that has it, or pass it in `py_files`. See"
        f" {PAGE_URL}#pyspark-python\nspark-submit of job.jar (main class acme.Job) failed with exit code 1 after 12.3 s."
        " The last exception in the driver's output is ModuleNotFoundError: No module named 'nope'.\nThe last exception in the"
        " driver's output:\n" + "\n".join(IMPORT) + "\nThe end of the driver's stderr:\n" + "\n".join(SPARK[-40:])
    )


def test_a_traceback_at_the_end_is_shown_once() -> None:
    text = failure(*SPARK[:10], *IMPORT)
    assert text.endswith("The end of the driver's stderr:\n" + "\n".join([*SPARK[:10], *IMPORT]))
    assert text.count("Traceback") == 1


@pytest.mark.parametrize("exit_code", [-9, 137])
def test_sigkill_hints_at_memory(exit_code: int) -> None:
    how = "signal 9" if exit_code < 0 else "exit code 137"
    assert failure("last line", exit_code=exit_code) == (
        "SIGKILL ended the driver, and the usual"
        " sender is the system or the cluster when memory runs out: raise `spark.driver.memory`, or"
        " `spark.driver.memoryOverhead` for memory outside of the JVM's heap, or let less run on the driver's machine at the"
        f" same time. See {PAGE_URL}#driver-memory\nspark-submit of job.jar (main class acme.Job) failed with"
        f" {how} after 12.3 s.\nThe end of the driver's stderr:\nlast line"
    )
    exception = {"name": "ValueError", "message": "no", "stack": [], "cause": None, "context": None}
    error = Ended(exit_code, 1.0, []).failure(SparkJob("job.py"), exception)  # type: ignore[arg-type]  # a dict in the form of PipesException
    assert str(error).startswith("The job reported ValueError: no. SIGKILL ended the driver")


def test_a_killed_script_is_told_from_one_that_ended_itself() -> None:
    killed = failure(*IMPORT[:2], USER_APP.format(137), exit_code=137)
    assert killed.startswith("SIGKILL ended the driver")
    ended = failure(*IMPORT, USER_APP.format(3), exit_code=3)
    assert ended.startswith("The script ended itself with exit code 3. ")
    assert "The last exception in the driver's output is" not in ended


def test_a_full_heap_is_named() -> None:
    text = failure("Terminating due to java.lang.OutOfMemoryError: Java heap space", exit_code=3)
    assert (
        "The last exception in the driver's output is Terminating due to java.lang.OutOfMemoryError: Java heap space. The"
        " driver had too little memory: raise `spark.driver.memory`" in text
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
    assert "after 1.0 s. The driver's own output is elsewhere. See" in str(error)


def test_the_reason_is_in_the_first_line() -> None:
    first, second, *_ = failure(*IMPORT).splitlines()
    assert first.startswith("The driver's Python has no module nope: set `python`")
    assert second.startswith("spark-submit of job.jar")


def test_the_remedy_of_another_line_is_behind_the_last_exception() -> None:
    text = failure(
        "26/11/28 WARN Cache: NoSuchBucket", "Traceback (most recent call last):", '  File "a"', "KeyError: 'day'"
    )
    assert text.startswith(
        "The last exception in the driver's output is KeyError: 'day'. S3 refused the job (NoSuchBucket)"
    )


def test_what_the_job_reported_has_a_remedy_too() -> None:
    first = {"name": "S3Exception", "message": "no (Service: S3, Status Code: 403)", "stack": [], "cause": None}
    outer = {"name": "AccessDeniedException", "message": "s3://raw/a.csv: AccessDenied", "stack": [], "cause": first}
    error = Ended(1, 1.0, []).failure(SparkJob("job.py"), outer)  # type: ignore[arg-type]  # a dict in the form of PipesException
    assert str(error).startswith("S3 does not let the driver use s3://raw/a.csv: check")
    assert "\nspark-submit of job.py failed with exit code 1 after 1.0 s. The job reported AccessDenied" in str(error)


def test_a_master_that_does_not_answer_is_named_though_spark_reports_its_own_bug() -> None:
    exception = {
        "name": "NullPointerException",
        "message": "postStartHook",
        "stack": [],
        "cause": None,
        "context": None,
    }
    tail = [
        "ERROR StandaloneSchedulerBackend: Application has been killed. Reason: All masters are unresponsive! Giving up."
    ]
    error = Ended(1, 64.0, tail).failure(SparkJob("job.py"), exception)  # type: ignore[arg-type]  # a dict in the form of PipesException
    assert str(error).startswith("No master of Spark answers: check host and port in `master`")


def test_the_place_of_a_syntax_error_is_in_the_first_line() -> None:
    text = failure('  File "/srv/job.py", line 2', "    def f(:", "          ^", "SyntaxError: invalid syntax")
    assert text.startswith("Python refuses /srv/job.py, line 2: SyntaxError: invalid syntax. Correct it")


def test_lines_that_each_spark_prints_are_not_shown_and_long_lines_are_cut() -> None:
    harmless = (
        "26/11/28 08:26:00 WARN NativeCodeLoader: Unable to load native-hadoop library for your platform... using"
    )
    text = failure("WARNING: Using incubator modules: jdk.incubator.vector", harmless, "x" * 1_500 + "y" * 200, "last")
    shown = "x" * 800 + " ... (700 more characters, see the compute logs) ... " + "y" * 200
    assert text.endswith(f"The end of the driver's stderr:\n{shown}\nlast")
