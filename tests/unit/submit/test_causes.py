"""The reason of a failed driver in its output: golden output, and the text that stands for it."""

import pytest

from dagster_pipes_jvm.submit.causes import cause_in, exit_code_in, is_killed, lacks_memory, with_cause

WARN = "26/11/28 01:02:03 WARN NativeCodeLoader: Unable to load native-hadoop library for your platform"
INFO = "26/11/28 01:02:09 INFO ShutdownHookManager: Shutdown hook called"
USER_APP = [
    'Exception in thread "main" org.apache.spark.SparkUserAppException: User application exited with 1',
    "\tat org.apache.spark.deploy.PythonRunner$.main(PythonRunner.scala:107)",
]
IMPORT = [
    "Traceback (most recent call last):",
    '  File "/srv/job.py", line 1, in <module>',
    "    import nope",
    "ModuleNotFoundError: No module named 'nope'",
]
SYNTAX = ['  File "/srv/job.py", line 3', "    def f(:", "          ^", "SyntaxError: invalid syntax"]
NO_SCRIPT = ["/usr/bin/python3: can't open file '/srv/none.py': [Errno 2] No such file or directory"]
CHAIN = [
    "Traceback (most recent call last):",
    '  File "/srv/job.py", line 2, in <module>',
    "KeyError: 'x'",
    "",
    "During handling of the above exception, another exception occurred:",
    "",
    "Traceback (most recent call last):",
    '  File "/srv/job.py", line 4, in <module>',
    "ValueError: no x",
]
PY4J = [
    "Traceback (most recent call last):",
    '  File "/srv/job.py", line 2, in <module>',
    "py4j.protocol.Py4JJavaError: An error occurred while calling o27.parquet.",
    ": org.apache.spark.SparkException: Job aborted.",
]
EVALUATED = [
    "Traceback (most recent call last):",
    '  File "/srv/job.py", line 1, in <module>',
    '  File "<string>", line 1',
    "    a b",
    "SyntaxError: invalid syntax",
]
INITIALIZER = [
    'Exception in thread "main" java.lang.ExceptionInInitializerError',
    "\tat acme.Main.main(Main.java:3)",
    "Caused by: java.lang.IllegalStateException: no config",
    "\tat acme.Config.<clinit>(Config.java:5)",
    "Caused by: java.io.FileNotFoundException: app.conf",
    "\t... 3 more",
]
NO_MAIN = [
    'Exception in thread "main" java.lang.NoSuchMethodException: acme.Main.main([Ljava.lang.String;)',
    "\tat java.base/java.lang.Class.getMethod(Class.java:2227)",
]
MASTER = [
    "26/11/28 01:02:03 ERROR ApplicationMaster: User class threw exception: java.lang.RuntimeException: no orders",
    "java.lang.RuntimeException: no orders",
    "\tat acme.Main.main(Main.java:3)",
]
UNCAUGHT = [
    "26/11/28 01:35:21 ERROR ApplicationMaster: Uncaught exception: ",
    "java.lang.IllegalStateException: User did not initialize spark context!",
    "\tat org.apache.spark.deploy.yarn.ApplicationMaster.runDriver(ApplicationMaster.scala:522)",
]
CLASS = ["Error: Failed to load class acme.Job."]
HEAP = ["Terminating due to java.lang.OutOfMemoryError: Java heap space"]


@pytest.mark.parametrize(
    ("output", "text"),
    [
        (IMPORT, "ModuleNotFoundError: No module named 'nope'"),
        (SYNTAX, "SyntaxError: invalid syntax"),
        (NO_SCRIPT, NO_SCRIPT[0]),
        (CHAIN, "ValueError: no x"),
        (
            PY4J,
            "py4j.protocol.Py4JJavaError: An error occurred while calling o27.parquet.: org.apache.spark.SparkException: Job"
            " aborted.",
        ),
        (EVALUATED, "SyntaxError: invalid syntax"),
        (INITIALIZER, "java.lang.ExceptionInInitializerError, caused by java.io.FileNotFoundException: app.conf"),
        (NO_MAIN, "java.lang.NoSuchMethodException: acme.Main.main([Ljava.lang.String;)"),
        (MASTER, "java.lang.RuntimeException: no orders"),
        (UNCAUGHT, "java.lang.IllegalStateException: User did not initialize spark context!"),
        (CLASS, "Error: Failed to load class acme.Job."),
        (HEAP, "Terminating due to java.lang.OutOfMemoryError: Java heap space"),
    ],
)
def test_the_last_exception_is_found_whole_among_the_lines_of_spark(output: list[str], text: str) -> None:
    cause = cause_in([WARN, *output, *USER_APP, INFO])
    assert cause is not None
    assert (cause.text, list(cause.lines)) == (text, output)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [WARN, INFO],
        USER_APP,
        [
            'Exception in thread "main" org.apache.spark.SparkException: Application application_1_1 finished with failed status'
        ],
        ["Traceback (most recent call last):", '  File "/srv/job.py", line 1'],
        ["Traceback (most recent call last):", '  File "/srv/job.py", line 1', *USER_APP],
        ["the job found Exception in its input", "SyntaxError: in a line of data"],
    ],
)
def test_output_without_an_exception_has_no_cause(lines: list[str]) -> None:
    assert cause_in(lines) is None


def test_a_handled_exception_counts_less_than_a_later_one() -> None:
    cause = cause_in([*CHAIN, WARN, *IMPORT])
    assert cause is not None
    assert list(cause.lines) == IMPORT


def test_a_traceback_on_stdout_is_put_before_stderr() -> None:
    assert with_cause(["printed", *IMPORT], [WARN, *USER_APP]) == [*IMPORT, WARN, *USER_APP]
    assert with_cause(HEAP, [WARN]) == [*HEAP, WARN]
    assert with_cause(["printed"], [WARN]) == [WARN]
    assert with_cause(IMPORT, [*IMPORT, WARN]) == [*IMPORT, WARN]
    # A line of Spark between those of the traceback.
    assert with_cause(IMPORT, [*IMPORT[:2], WARN, *IMPORT[2:]])[:4] == IMPORT
    # The JVM's own exception is already there.
    assert with_cause(HEAP, NO_MAIN) == NO_MAIN


def test_a_long_traceback_is_shortened_in_its_middle() -> None:
    frames = [f'  File "/srv/job.py", line {n}, in f' for n in range(200)]
    cause = cause_in(["Traceback (most recent call last):", *frames, "RecursionError: too deep"])
    assert cause is not None
    assert len(cause.lines) == 61
    assert (cause.lines[0], cause.lines[30], cause.lines[-1]) == (
        "Traceback (most recent call last):",
        "  ...",
        "RecursionError: too deep",
    )


@pytest.mark.parametrize(
    ("line", "code"),
    [(USER_APP[0], 1), ("User application exited with status 3", 3), ("nothing", None)],
)
def test_the_exit_code_of_a_script_is_read(line: str, code: int | None) -> None:
    assert exit_code_in([WARN, line]) == code


@pytest.mark.parametrize(
    ("lines", "exit_code", "expected"),
    [
        ([], -9, True),
        ([], 137, True),
        ([], 1, False),
        ([], -15, False),
        (["\t diagnostics: AM Container for appattempt_1 exited with  exitCode: 137"], 1, True),
        (["Container killed on request. Exit code is 137"], 1, True),
        (["137 rows"], 1, False),
    ],
)
def test_sigkill_is_known_by_the_exit_code_or_by_the_words_of_yarn(
    lines: list[str], exit_code: int, expected: bool
) -> None:
    assert is_killed(lines, exit_code) == expected


@pytest.mark.parametrize(
    "line",
    [
        "Container [pid=1,containerID=c_1] is running beyond physical memory limits. Current usage: 2 GB",
        "Container [pid=1,containerID=c_1] is running 1310720B beyond the 'PHYSICAL' memory limit.",
        'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space',
        HEAP[0],
        "MemoryError",
        "MemoryError: Unable to allocate 8 GiB",
        "# There is insufficient memory for the Java Runtime Environment to continue.",
    ],
)
def test_too_little_memory_is_known_by_the_words_of_the_jvm_python_and_yarn(line: str) -> None:
    assert lacks_memory([WARN, line])
    assert not lacks_memory([WARN, INFO])
