from typing import Any

import pytest

from dagster_pipes_jvm import InvalidParameterError, SparkJob
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit
from dagster_pipes_jvm.texts import PAGE_URL


def test_arguments_stand_in_the_order_of_spark_submits_help() -> None:
    job = SparkJob(
        "s3://b/jobs.jar",
        main_class="acme.Downstream",
        args=["--day", "2013-01-01"],
        conf={"spark.executor.memory": "4g", "spark.ui.enabled": False, "spark.executor.cores": 2},
        jars=["a.jar", "b.jar"],
        py_files=["p.zip"],
        files=["f.txt"],
        name="nightly",
    )
    assert SparkSubmit.of(job, master="yarn", deploy_mode="cluster").words() == [
        *("--master", "yarn", "--deploy-mode", "cluster", "--class", "acme.Downstream", "--name", "nightly"),
        *("--jars", "a.jar,b.jar", "--py-files", "p.zip", "--files", "f.txt"),
        *("--conf", "spark.executor.memory=4g", "--conf", "spark.ui.enabled=false", "--conf", "spark.executor.cores=2"),
        *("s3://b/jobs.jar", "--day", "2013-01-01"),
    ]


def test_a_run_replaces_arguments_and_adds_to_the_conf() -> None:
    job = SparkJob("job.py", args=["a"], conf={"spark.a": "1", "spark.b": "2"})
    run = job.override(args=["b"], conf={"spark.b": "3"})
    assert SparkSubmit.of(run).words() == ["--conf", "spark.a=1", "--conf", "spark.b=3", "job.py", "b"]
    assert job.override() == job
    assert SparkSubmit.of(job).words()[-1] == "a"


def test_a_job_cannot_be_changed_through_the_list_or_mapping_it_was_made_from() -> None:
    args, conf = ["a"], {"spark.a": "1"}
    job = SparkJob("job.py", args=args, conf=conf)
    args.append("b")
    conf["spark.b"] = "2"
    assert SparkSubmit.of(job).words() == ["--conf", "spark.a=1", "job.py", "a"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"application": " "},
            "Invalid value for parameter `application` of `SparkJob`. Expected the path or URI of a .jar, .py or .sql"
            f" file, got an empty text. Name the file to run. See {PAGE_URL}#spark-job",
        ),
        (
            {"application": "job.py", "main_class": "acme.Job"},
            "Invalid value for parameter `main_class` of `SparkJob`. Expected None, because job.py is a Python file, got"
            " 'acme.Job'. Leave `main_class` out, or name the jar that holds the class as `application`."
            f" See {PAGE_URL}#main-class",
        ),
        (
            {"application": "job.py", "args": ["a", 3]},
            "Invalid value for parameter `args[1]` of `SparkJob`. Expected a text, got 3 of type int. Pass a str."
            f" See {PAGE_URL}#spark-job",
        ),
        (
            {"application": "job.py", "args": "--day 1"},
            "Invalid value for parameter `args` of `SparkJob`. Expected a list of texts, got '--day 1' of type str."
            f" Pass a list with one str for each. See {PAGE_URL}#spark-job",
        ),
        (
            {"application": "job.py", "args": ["a\0b"]},
            "Invalid value for parameter `args[0]` of `SparkJob`. Expected a text without the character NUL, which no"
            " process can be given, got 'a\\x00b'. Take it out, or pass the value in Pipes `extras`."
            f" See {PAGE_URL}#argument-characters",
        ),
        (
            {"application": "job.py", "conf": {"spark.a": None}},
            "Invalid value for parameter `conf['spark.a']` of `SparkJob`. Expected a text, got None of type NoneType."
            f" Pass a str, a bool or a number, or leave the property out. See {PAGE_URL}#spark-job",
        ),
        (
            {"application": "job.py", "conf": {"spark.dagster.pipes.context": "x"}},
            "Invalid value for parameter `conf` of `SparkJob`. Expected no property that carries the Pipes session, got"
            " 'spark.dagster.pipes.context'. Leave it out: the client sets it for each run."
            f" See {PAGE_URL}#parameters",
        ),
        (
            {"application": "job.py", "jars": ["a,b.jar"]},
            "Invalid value for parameter `jars` of `SparkJob`. Expected paths without a comma, which separates them in"
            f" spark-submit, got 'a,b.jar'. Pass each path as an entry of its own. See {PAGE_URL}#spark-job",
        ),
        (
            {"application": "job.py", "pipes": "sometimes"},
            "Invalid value for parameter `pipes` of `SparkJob`. Expected one of ['required', 'optional', 'off'], got"
            f" 'sometimes'. Pass one of these. See {PAGE_URL}#spark-job",
        ),
    ],
)
def test_a_value_that_spark_submit_cannot_take_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        SparkJob(**arguments)
    assert str(caught.value) == message
