"""The limits of Linux for arguments and environment, as errors before a process starts."""

from collections.abc import Mapping
from typing import Any

import pytest

from dagster_pipes_jvm import InvalidParameterError, SparkJob
from dagster_pipes_jvm.submit.process_limits import ProcessLimits, check_launch_command, check_process
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit
from dagster_pipes_jvm.texts import PAGE_URL

LINUX = ProcessLimits(131_072, 2_097_152)


def refusal(job: SparkJob, environment: Mapping[str, str] | None = None) -> str:
    submit = SparkSubmit.of(job)
    try:
        check_process(job, ["spark-submit", *submit.words()], environment or {}, LINUX, call="PipesSparkSubmitClient")
    except InvalidParameterError as e:
        return str(e)
    return ""


@pytest.mark.parametrize(
    ("fields", "parameter", "extra"),
    [
        ({"args": ["a", "x" * 140_000]}, "args[1]", 0),
        ({"conf": {"spark.a": "x" * 140_000}}, "conf['spark.a']", len("spark.a=")),
        ({"jars": ["x" * 70_000, "y" * 69_999]}, "jars", 0),
        ({"args": ["é" * 70_000]}, "args[0]", 0),
    ],
)
def test_a_long_string_is_named_with_its_excess(fields: dict[str, Any], parameter: str, extra: int) -> None:
    assert refusal(SparkJob("job.py", **fields)) == (
        f"Invalid value for parameter `{parameter}` of `SparkJob`. Expected at most 131,071 bytes, which is the longest string"
        f" that Linux passes to a process, got {140_000 + extra:,} bytes: {8_929 + extra:,} too many. Pass long values in Pipes"
        " `extras`, or put them into a file or an object that the job reads, and pass its place."
        f" See {PAGE_URL}#argument-size"
    )


def test_the_longest_string_that_linux_takes_is_sent() -> None:
    assert refusal(SparkJob("job.py", args=["x" * 131_071])) == ""
    assert "1 too many" in refusal(SparkJob("job.py", args=["x" * 131_072]))


def test_a_long_variable_is_one_of_the_client() -> None:
    error = refusal(SparkJob("job.py"), {"LONG": "x" * 140_000})
    assert error.startswith("Invalid value for parameter `env['LONG']` of `PipesSparkSubmitClient`.")


def test_the_sum_of_all_is_limited_and_the_longest_are_named() -> None:
    error = refusal(SparkJob("job.py", args=["x" * 100_000] * 21, conf={"spark.a": "y"}), {"PATH": "p" * 99})
    assert error == (
        "Invalid value for parameter `args` of `SparkJob`. Expected arguments and environment of at most 2,031,616 bytes, which"
        " Linux passes to a process of this machine, got 2,100,371 bytes: 68,755 too many. `args` have 2,100,189, the other"
        " options 69, and the environment has 113. The longest are `args[20]` with 100,001, `env['PATH']` with 105,"
        " `conf['spark.a']` with 10. Pass long values in Pipes `extras`, or put them into a file or an object that the job"
        f" reads, and pass its place. See {PAGE_URL}#argument-size"
    )
    many = refusal(SparkJob("job.py", conf={f"spark.a{n}": "y" * 1_000 for n in range(3_000)}))
    assert many.startswith("Invalid value for parameter `conf` of `SparkJob`.")


def test_the_command_of_a_driver_on_yarn_is_one_string() -> None:
    job = SparkJob("job.py", args=["x" * 50_000, "y" * 50_000, "z" * 50_000])
    check_launch_command(SparkSubmit.of(job, master="yarn", deploy_mode="client"))
    with pytest.raises(InvalidParameterError) as caught:
        check_launch_command(SparkSubmit.of(job, master="yarn", deploy_mode="cluster"))
    assert str(caught.value) == (
        "Invalid value for parameter `args` of `SparkJob`. Expected arguments and Java options of at most 122,880 bytes together,"
        " because YARN passes the command of a driver to a shell as one string, got 150,027 bytes: 27,147 too many. The longest"
        " are `args[0]` with 50,009, `args[1]` with 50,009, `args[2]` with 50,009. Pass long values in Pipes `extras`, or put"
        f" them into a file or an object that the job reads, and pass its place. See {PAGE_URL}#argument-size"
    )
