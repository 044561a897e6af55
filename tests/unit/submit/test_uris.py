"""File names that `java.net.URI` refuses or cuts."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.submit.attach import PY_FILES_KEY
from dagster_pipes_jvm.submit.command import local_application
from dagster_pipes_jvm.submit.instrument import instrumented
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit
from dagster_pipes_jvm.submit.uris import fetched_name, spark_uri

# As a user writes it, as spark-submit gets it, and the name of the file in the store and on the driver.
SCRIPTS = [
    ("s3://lake/code/my job.py", "s3://lake/code/my%20job.py", "my job.py"),
    ("s3://lake/code/my%20job.py", "s3://lake/code/my%20job.py", "my job.py"),
    ("s3://lake/code/100%.py", "s3://lake/code/100%25.py", "100%.py"),
    ("s3://lake/code/a+b.py", "s3://lake/code/a+b.py", "a+b.py"),
    ("s3://lake/code/a#b.py", "s3://lake/code/a%23b.py", "a#b.py"),
    ("s3://lake/what now?.py", "s3://lake/what%20now%3F.py", "what now?.py"),
    ("s3://lake/größe.py", "s3://lake/gr%C3%B6%C3%9Fe.py", "größe.py"),
    ("s3a://lake/\U0001f680.py", "s3a://lake/%F0%9F%9A%80.py", "\U0001f680.py"),
    ("hdfs://[::1]:8020/a[1].py", "hdfs://[::1]:8020/a%5B1%5D.py", "a[1].py"),
    ("hdfs:///jobs/{a}|b.py", "hdfs:///jobs/%7Ba%7D%7Cb.py", "{a}|b.py"),
    ("gs://lake/a\u00a0b.py", "gs://lake/a%C2%A0b.py", "a\u00a0b.py"),
    ("local:/opt/my job.py", "local:/opt/my%20job.py", "my job.py"),
]


@pytest.mark.parametrize(("given", "expected", "name"), SCRIPTS)
def test_a_script_keeps_its_name_on_its_way_through_spark(given: str, expected: str, name: str) -> None:
    job = SparkJob(given, args=["a b#?é"], instrument=True)
    plain = SparkSubmit.of(job).words()
    assert plain[-2:] == [expected, "a b#?é"]
    # As Spark reads it.
    assert unquote(urlsplit(expected).path).rpartition("/")[2] == name
    submit = instrumented(SparkSubmit.of(job), job)
    assert submit.spark_property(PY_FILES_KEY) == expected
    assert submit.words()[-2:] == [name, "a b#?é"]
    assert spark_uri(expected, is_application=True) == expected


@pytest.mark.parametrize(("given", "expected", "name"), SCRIPTS)
def test_a_script_of_a_step_that_was_given_as_words_keeps_its_name_too(given: str, expected: str, name: str) -> None:
    submit = instrumented(SparkSubmit.read([given]), SparkJob("job.py", instrument=True))
    assert submit.words()[-1] == fetched_name(given) == name
    assert submit.spark_property(PY_FILES_KEY) == expected


def test_the_other_files_of_a_job_are_escaped_as_well_and_keep_alias_pattern_and_query() -> None:
    job = SparkJob(
        "s3://lake/my app.jar",
        main_class="a.B",
        jars=["s3://lake/a b.jar", "s3://lake/libs/*.jar", "https://h/a b.jar?v=1", "ivy://g:m:1?transitive=false"],
        py_files=["s3://lake/é.zip"],
        files=["s3://lake/my conf.json#conf.json", "my local.json", "C:\\a b.json"],
    )
    words = SparkSubmit.of(job).words()
    assert words[words.index("--jars") + 1] == (
        "s3://lake/a%20b.jar,s3://lake/libs/*.jar,https://h/a%20b.jar?v=1,ivy://g:m:1?transitive=false"
    )
    assert words[words.index("--py-files") + 1] == "s3://lake/%C3%A9.zip"
    assert words[words.index("--files") + 1] == "s3://lake/my%20conf.json#conf.json,my local.json,C:\\a b.json"
    assert words[-1] == "s3://lake/my%20app.jar"


def test_a_local_script_is_found_by_path_and_by_uri(tmp_path: Path) -> None:
    script = tmp_path / "my job é.py"
    for application in (str(script), f"file://{script}", script.as_uri(), "my job é.py"):
        assert local_application(SparkJob(application), str(tmp_path)) == script
