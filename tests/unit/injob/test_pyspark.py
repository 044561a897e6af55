"""What `open_pipes` does where there is no JVM to ask; with one it is tested end to end."""

import base64
import sys
import tracemalloc
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dagster_pipes import DagsterPipesError, PipesContext, PipesMappingParamsLoader, encode_param

from dagster_pipes_jvm import pyspark
from dagster_pipes_jvm.injob.params import LimitedParamsLoader, LimitedS3ContextLoader
from dagster_pipes_jvm.texts import PAGE_URL
from tests.support.pipes_context import pipes_context

CONTEXT = pipes_context(extras={"x": 1})


@pytest.fixture(autouse=True)
def no_session_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PipesContext, "_instance", None)
    monkeypatch.delenv("DAGSTER_PIPES_CONTEXT", raising=False)


def parameters(messages: dict[str, Any]) -> dict[str, str]:
    return {
        "DAGSTER_PIPES_CONTEXT": encode_param({"data": CONTEXT}),
        "DAGSTER_PIPES_MESSAGES": encode_param(messages),
    }


def test_without_parameters_it_gives_dagsters_mock_with_a_warning() -> None:
    with pytest.warns(Warning, match="not launched by a Dagster orchestration process"):
        pipes = pyspark.open_pipes()
    pipes.log.info("nobody listens")


def test_parameters_come_from_the_environment(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in parameters({"path": str(tmp_path / "m")}).items():
        monkeypatch.setenv(name, value)
    with pyspark.open_pipes() as pipes:
        assert pipes.get_extra("x") == 1
    assert (tmp_path / "m").read_text().count("\n") == 2


def test_arguments_go_before_the_environment(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in parameters({"path": str(tmp_path / "environment")}).items():
        monkeypatch.setenv(name, value)
    given = parameters({"path": str(tmp_path / "argument")})
    arguments = ["--dagster-pipes-context", given["DAGSTER_PIPES_CONTEXT"]]
    arguments += ["--dagster-pipes-messages", given["DAGSTER_PIPES_MESSAGES"]]
    monkeypatch.setattr(sys, "argv", ["job.py", *arguments])
    with pyspark.open_pipes():
        pass
    assert (tmp_path / "argument").exists()
    assert not (tmp_path / "environment").exists()


def encoded_mebibytes(mebibytes: int) -> str:
    """An object of JSON, of which zlib makes a thousandth."""
    packer = zlib.compressobj(9)
    packed = packer.compress(b'{"data": {"extras": {"x": "')
    for _ in range(mebibytes):
        packed += packer.compress(b"x" * 1024 * 1024)
    return base64.b64encode(packed + packer.compress(b'"}}}') + packer.flush()).decode()


@pytest.mark.parametrize("way", ["environment", "arguments"])
@pytest.mark.parametrize("variable", ["DAGSTER_PIPES_CONTEXT", "DAGSTER_PIPES_MESSAGES"])
def test_a_zip_bomb_in_the_parameters_is_refused_and_not_unpacked(
    way: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {**parameters({"stdio": "stdout"}), variable: encoded_mebibytes(90)}
    assert len(given[variable]) < 130_000
    if way == "environment":
        for name, value in given.items():
            monkeypatch.setenv(name, value)
    else:
        pairs = [(f"--{name.lower().replace('_', '-')}", value) for name, value in given.items()]
        monkeypatch.setattr(sys, "argv", ["job.py", *(word for pair in pairs for word in pair)])
    tracemalloc.start()
    try:
        with pytest.raises(DagsterPipesError) as caught:
            pyspark.open_pipes()
        assert tracemalloc.get_traced_memory()[1] < 40 * 1024 * 1024
    finally:
        tracemalloc.stop()
    assert str(caught.value) == (
        "The Pipes parameters of this job are too large. Expected at most 16,777,216 bytes of JSON in"
        f" {variable}, got more. Pass less in `extras`, and large data by a file of your own. See"
        f" {PAGE_URL}#parameters"
    )


def test_parameters_up_to_the_limit_are_decoded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    large = {**CONTEXT, "extras": {"x": "x" * 15 * 1024 * 1024}}
    given = {**parameters({"path": str(tmp_path / "m")}), "DAGSTER_PIPES_CONTEXT": encode_param({"data": large})}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pyspark.open_pipes() as pipes:
        assert len(pipes.get_extra("x")) == 15 * 1024 * 1024


def test_json_that_python_does_not_decode_is_named_with_its_limit(tmp_path: Path) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    file = tmp_path / "context.json"
    file.write_text(deep, encoding="utf-8")
    stored = {**parameters({"stdio": "stdout"}), "DAGSTER_PIPES_CONTEXT": encode_param({"path": str(file)})}
    zipped = base64.b64encode(zlib.compress(f'{{"data": {deep}}}'.encode())).decode()
    inline = {**parameters({"stdio": "stdout"}), "DAGSTER_PIPES_CONTEXT": zipped}
    for given, place in ((stored, str(file)), (inline, "DAGSTER_PIPES_CONTEXT")):
        with pytest.raises(DagsterPipesError) as caught:
            pyspark.open_pipes(params_loader=LimitedParamsLoader(given))
        assert str(caught.value).startswith(
            f"The Pipes parameters of this job are nested too deeply. The JSON in {place} is nested deeper than this Python"
            f" decodes, whose recursion limit is {sys.getrecursionlimit():,}."
        )


def test_a_stored_context_beyond_the_limit_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    file = tmp_path / "context.json"
    with file.open("w", encoding="utf-8") as opened:
        opened.truncate(17 * 1024 * 1024)
    given = {**parameters({"stdio": "stdout"}), "DAGSTER_PIPES_CONTEXT": encode_param({"path": str(file)})}
    with pytest.raises(DagsterPipesError, match=f"16,777,216 bytes of JSON in {file}, got more"):
        pyspark.open_pipes(params_loader=PipesMappingParamsLoader(given))
    body = SimpleNamespace(read=lambda limit: b" " * min(limit, 17 * 1024 * 1024))
    client = SimpleNamespace(get_object=lambda **_: {"Body": body})
    loading = LimitedS3ContextLoader(client).load_context({"bucket": "b", "key": "c"})
    with pytest.raises(DagsterPipesError, match=r"in s3://b/c, got more"), loading:
        pass


def test_s3_without_a_jvm_and_without_boto3_is_an_error_with_both_remedies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    loader = PipesMappingParamsLoader(parameters({"bucket": "b", "key_prefix": "p"}))
    with pytest.raises(DagsterPipesError) as caught:
        pyspark.open_pipes(params_loader=loader)
    assert str(caught.value) == (
        "The Pipes parameters of this job name an S3 bucket, and there is no way to it. The driver has neither the bridge jar"
        " (class dagsterpipes.spark.PySparkBridge) nor the Python package boto3. Add the jar with `--jars`, as our clients do,"
        f" or install boto3 for {sys.executable}. See {PAGE_URL}#message-channel"
    )


@pytest.mark.parametrize("of", ["context", "messages"])
def test_another_store_without_a_jvm_is_an_error_that_says_what_is_missing(of: str) -> None:
    at_uri = encode_param({"uri": "hdfs://nn:8020/pipes/run"})
    given = {**parameters({"stdio": "stdout"}), f"DAGSTER_PIPES_{of.upper()}": at_uri}
    with pytest.raises(DagsterPipesError) as caught:
        pyspark.open_pipes(params_loader=PipesMappingParamsLoader(given))
    assert str(caught.value) == (
        "The Pipes parameters of this job name hdfs://nn:8020/pipes/run, and only the JVM reaches it. Expected a session whose"
        " driver has the class dagsterpipes.spark.PySparkBridge, got none. Pass `spark` to `open_pipes`, and add the bridge jar"
        f" with `--jars`; our clients do. See {PAGE_URL}#message-channel"
    )


def test_a_writer_through_the_jvm_needs_the_bridge_jar() -> None:
    spark: Any = SimpleNamespace()  # As a Spark Connect session: without a sparkContext.
    with pytest.raises(DagsterPipesError, match=r"Expected a session whose driver has the class .* Add the bridge jar"):
        pyspark.PipesJvmMessageWriter(spark)


def test_a_session_of_spark_connect_is_told_by_its_type_with_what_to_use() -> None:
    connect: Any = type("SparkSession", (), {"__module__": "pyspark.sql.connect.session"})()
    with pytest.raises(DagsterPipesError) as caught:
        pyspark.PipesJvmMessageWriter(connect)
    assert str(caught.value) == (
        "Invalid value for parameter `spark` of `PipesJvmMessageWriter`. Expected a classic session, whose JVM runs beside this"
        " Python, got one of Spark Connect, which reaches no JVM. Use `open_pipes()` without a message writer: it writes files,"
        " stdout and stderr with Dagster's own writer, and S3 with boto3 (PipesJvmS3MessageWriter). See"
        f" {PAGE_URL}#message-channel"
    )
