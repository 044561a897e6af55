"""Our use of Dagster beyond its public API. `make test-versions` runs this file with each version of README's table."""

import inspect
import logging
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

import boto3
import dagster as dg
import pytest
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run
from dagster._core.pipes import context as dagster_context
from dagster_aws.pipes import PipesS3MessageReader
from dagster_aws.pipes.message_readers import PipesCloudWatchLogReader, PipesCloudWatchMessageReader, get_log_events
from dagster_pipes import PipesMessage

from dagster_pipes_jvm import SparkJob, _dagster, errors
from dagster_pipes_jvm._dagster import MessageHandler, OneWriter, log_of
from dagster_pipes_jvm.inject.s3 import PipesJvmS3ContextInjector
from dagster_pipes_jvm.read.logs.file import PipesJvmLogFileMessageReader
from dagster_pipes_jvm.read.messages.file import PipesJvmFileMessageReader
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.run.client import PipesSparkClient
from dagster_pipes_jvm.run.invocation import PipesSparkCompletedInvocation
from dagster_pipes_jvm.run.launch_handles import LaunchHandle, LaunchHandles
from dagster_pipes_jvm.run.running import Launch
from dagster_pipes_jvm.run.session import open_session
from dagster_pipes_jvm.texts import PAGE_URL
from tests.support.dagster_runs import DagsterRuns, Finished
from tests.support.our_classes import (
    attributes_of_ours,
    dagster_bases,
    overridden,
    package_classes,
    private_attributes_of_dagster,
)


def message(method: str, **params: Any) -> PipesMessage:
    return {"__dagster_pipes_version": "0.1", "method": method, "params": params}  # type: ignore[return-value, typeddict-item]  # any method, also an unknown one


def test_every_name_is_there() -> None:
    for name in _dagster.__all__:
        if name != "launch_handles":
            assert getattr(_dagster, name) is not None


def load_anew() -> ModuleType:
    spec = find_spec("dagster_pipes_jvm._dagster")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("owner", "name", "said"),
    [
        (dagster_context, "build_external_execution_context_data", "cannot import name"),
        (dg.PipesMessageHandler, "_handle_extra_message", "dagster.PipesMessageHandler._handle_extra_message"),
    ],
)
def test_a_dagster_that_lacks_something_is_said_at_import_with_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, said: str
) -> None:
    monkeypatch.delattr(owner, name)
    with pytest.raises(ImportError) as caught:
        load_anew()
    text = str(caught.value)
    assert f"what Dagster {dg.__version__} does not have: {said}" in text
    assert name in text
    assert text.endswith(f"See {PAGE_URL}#dagster-version")


def test_a_dagster_without_launch_handles_is_none_that_lacks_something(monkeypatch: pytest.MonkeyPatch) -> None:
    import dagster._core.pipes as pipes

    monkeypatch.delattr(pipes, "reattach", raising=False)
    monkeypatch.setitem(sys.modules, "dagster._core.pipes.reattach", None)
    assert load_anew().launch_handles is None


CAUSE = {"message": "inner", "stack": [], "name": "Inner", "cause": None, "context": None}
# The messages of a job, in order, with all parameters that Dagster's handler takes.
MESSAGES: list[tuple[str, dict[str, Any]]] = [
    ("opened", {"extras": {"a": 1}}),
    ("log", {"message": "hello", "level": "warning"}),
    ("log_external_stream", {"stream": "stdout", "text": "printed\n", "extras": None}),
    ("report_asset_materialization", {"asset_key": "probe", "metadata": {}, "data_version": "7"}),
    (
        "report_asset_check",
        {"asset_key": "probe", "check_name": "good", "passed": True, "severity": "ERROR", "metadata": {}},
    ),
    ("report_custom_message", {"payload": [1]}),
    ("closed", {"exception": {**CAUSE, "message": "outer", "cause": CAUSE}}),
]


def by_message(handler: MessageHandler) -> None:
    for method, params in MESSAGES:
        handler.handle_message(message(method, **params))


def one_by_one(handler: MessageHandler) -> None:
    handle = handler.handled_by_dagster
    for method, params in MESSAGES:
        if method in ("opened", "closed"):
            handle[method](params)
        else:
            handle[method](**params)


@pytest.mark.parametrize("give", [by_message, one_by_one])
def test_dagster_handles_a_message_of_each_kind(
    runs: DagsterRuns, capfd: pytest.CaptureFixture[str], give: Callable[[MessageHandler], None]
) -> None:
    seen: list[MessageHandler] = []

    def body(context: dg.AssetExecutionContext) -> Any:
        handler = MessageHandler(context, dg.PipesTempFileMessageReader())
        assert handler.context is context
        seen.append(handler)
        give(handler)
        materialization, check = handler.get_reported_results()
        return materialization._replace(check_results=[check])

    run = runs.run_body(body, checks=("good",))
    assert run.success, run.failure
    (handler,) = seen
    assert (logging.WARNING, "hello") in run.logs
    assert list(handler.get_custom_messages()) == [[1]]
    assert "printed" in capfd.readouterr().out
    assert [check.check_name for check in run.checks] == ["good"]
    (error,) = run.engine_errors
    assert (error.message, error.cause.message) == ("outer", "inner")
    assert handler.received_opened_message
    assert handler.received_closed_message


def test_dagster_takes_the_parameters_of_the_protocol_and_no_other(runs: DagsterRuns) -> None:
    """Our handler leaves out all others, with a warning."""
    known: dict[str, set[str]] = {}

    def body(context: dg.AssetExecutionContext) -> None:
        handle = MessageHandler(context, dg.PipesTempFileMessageReader()).handled_by_dagster
        known.update({method: set(inspect.signature(handle[method]).parameters) for method in handle})

    assert runs.run_body(body).success
    keywords = {method: set(params) for method, params in MESSAGES if method not in ("opened", "closed")}
    assert {method: known[method] for method in keywords} == keywords
    assert known.keys() == dict(MESSAGES).keys()


@pytest.mark.parametrize("ours", package_classes(), ids=lambda ours: ours.__qualname__)
def test_what_overrides_a_method_of_dagsters_takes_what_dagster_passes(ours: type) -> None:
    for name, theirs in overridden(ours):
        if name == "run":
            continue  # Called by users alone, who get our parameters.
        mine = inspect.signature(getattr(ours, name))
        for parameter in inspect.signature(theirs).parameters.values():
            if parameter.kind is parameter.KEYWORD_ONLY:
                assert parameter.name in mine.parameters, f"{ours.__name__}.{name}"
        positional = [p for p in inspect.signature(theirs).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        mine.bind_partial(*positional)
        required = [p for p in mine.parameters.values() if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
        assert len(required) <= len(positional), f"{ours.__name__}.{name}"


def given_by_users() -> list[type]:
    """Our readers and injectors, which users make, as they make the ones that Dagster has."""
    kinds = (dg.PipesMessageReader, dg.PipesLogReader, dg.PipesContextInjector)
    return [ours for ours in package_classes() if issubclass(ours, kinds)]


@pytest.mark.parametrize("ours", given_by_users(), ids=lambda ours: ours.__qualname__)
def test_a_reader_or_injector_takes_the_parameters_of_the_class_that_it_extends(ours: type) -> None:
    """So that only the name of the class changes where a user takes ours in place of Dagster's."""
    base = next((base for base in dagster_bases(ours) if "__init__" in vars(base)), object)
    mine, theirs = (list(inspect.signature(of.__init__).parameters.values()) for of in (ours, base))  # type: ignore[misc]  # only the signature is read
    by_name = {parameter.name: parameter for parameter in mine}
    expected = [p for p in theirs if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    assert [p.name for p in expected if p.name not in by_name] == []
    in_order = [p.name for p in expected if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert [p.name for p in mine if p.kind is p.POSITIONAL_OR_KEYWORD][: len(in_order)] == in_order
    assert [p.name for p in expected if p.default is not p.empty and by_name[p.name].default is p.empty] == []


def test_the_classes_that_stand_on_dagsters_are_found() -> None:
    """So that the test above and the next one are about something."""
    names = {ours.__name__ for ours in package_classes()}
    assert {"MessageHandler", "PipesJvmS3MessageReader", "PipesSparkClient", "PipesJvmFileLogReader"} <= names
    assert ("on_launched", dg.PipesMessageReader.on_launched) in list(overridden(PipesJvmLogFileMessageReader))


@pytest.mark.parametrize("ours", package_classes(), ids=lambda ours: ours.__qualname__)
def test_no_attribute_of_ours_takes_the_place_of_a_private_one_of_dagsters(ours: type) -> None:
    on_purpose = {"_message_reader"} if issubclass(ours, MessageHandler) else set()
    assert private_attributes_of_dagster(ours) & attributes_of_ours(ours) == on_purpose


@pytest.fixture
def shown() -> Iterator[list[warnings.WarningMessage]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught


def previews(shown: list[warnings.WarningMessage]) -> list[str]:
    return [str(one.message) for one in shown if one.category.__name__ == "PreviewWarning"]


def one_of_each_reader() -> list[dg.PipesMessageReader]:
    """Each of our readers, without what it needs to read."""
    kinds = [ours for ours in package_classes() if issubclass(ours, dg.PipesMessageReader)]
    return [object.__new__(kind) for kind in kinds if not inspect.isabstract(kind)]


def test_no_reader_of_ours_prints_a_warning_whoever_asks_for_its_writers(
    runs: DagsterRuns, shown: list[warnings.WarningMessage]
) -> None:
    readers = one_of_each_reader()
    assert len(readers) >= 6
    run = runs.run_body(
        lambda context: [dg.PipesMessageHandler(context, reader) for reader in readers] and dg.MaterializeResult()
    )
    assert run.success
    assert [reader.expected_writer_count for reader in readers] == [1] * len(readers)
    assert previews(shown) == []


def test_no_reader_of_dagsters_prints_a_warning_with_our_handler(
    runs: DagsterRuns, shown: list[warnings.WarningMessage]
) -> None:
    kept: list[Any] = []

    def body(context: dg.AssetExecutionContext) -> None:
        reader = dg.PipesTempFileMessageReader()
        handler = PipesJvmMessageHandler(context, reader)
        with handler.handle_messages() as params:
            kept.append(params)

    assert runs.run_body(body).success
    assert "path" in kept[0]
    assert previews(shown) == []


def test_a_reader_of_several_writers_is_asked_how_many_they_are(runs: DagsterRuns) -> None:
    if not hasattr(dg.PipesMessageReader, "expected_writer_count"):
        pytest.skip("this Dagster counts no writers: they came with 1.13.1")

    class Two(OneWriter, dg.PipesTempFileMessageReader):
        expected_writer_count = 2

    ends: list[bool] = []

    def body(context: dg.AssetExecutionContext) -> None:
        handler = MessageHandler(context, Two())
        for _ in range(2):
            handler.handle_message(message("opened", extras={}))
            handler.handle_message(message("closed"))
            ends.append(handler.received_closed_message)

    assert runs.run_body(body).success
    assert ends == [False, True]


def test_a_reader_writes_into_the_log_of_the_step_through_any_handler(runs: DagsterRuns) -> None:
    run = runs.run_body(
        lambda context: log_of(dg.PipesMessageHandler(context, PipesJvmFileMessageReader())).warning("from a reader")
    )
    assert (logging.WARNING, "from a reader") in run.logs


def test_without_the_log_of_the_step_the_error_says_what_is_missing() -> None:
    with pytest.raises(ImportError, match=r"does not have: object\._context\.log"):
        log_of(object())  # type: ignore[arg-type]  # the test passes a wrong value


def test_a_step_is_told_to_the_job_as_by_dagster(runs: DagsterRuns) -> None:
    told: list[Any] = []

    def body(context: dg.AssetExecutionContext) -> Any:
        injector = dg.PipesEnvContextInjector()
        with open_session(
            context, PipesJvmMessageHandler(context, PipesJvmFileMessageReader()), injector, {"a": 1}, SparkJob("j.jar")
        ) as s:
            told.append(s.context_data)
        with dg.open_pipes_session(context, injector, dg.PipesTempFileMessageReader(), {"a": 1}) as session:
            told.append(session.context_data)
        assert context.has_assets_def
        assert context.selected_asset_keys == {dg.AssetKey("probe")}
        return PipesSparkCompletedInvocation(s, {"log": 2}).get_materialize_result()

    run = runs.run_body(body)
    assert run.success, run.failure
    assert told[0] == told[1]
    assert run.metadata == {"dagster_pipes_jvm/messages_received": 2}


def test_a_body_that_takes_no_results_fails_with_dagsters_words(runs: DagsterRuns) -> None:
    @dg.asset
    def forgetful(context: dg.AssetExecutionContext) -> None:
        context.set_requires_typed_event_stream(error_message=_dagster.FAIL_TO_YIELD_ERROR_MESSAGE)

    run = runs.materialize(forgetful)
    assert not run.success
    assert "get_results" in run.failure


class Client(PipesSparkClient):
    def _launch(self, *_: Any) -> Launch:
        raise NotImplementedError


def test_an_asset_asks_for_a_client_by_its_type(runs: DagsterRuns) -> None:
    @dg.asset
    def probe(spark: PipesSparkClient) -> dg.MaterializeResult:  # type: ignore[type-arg]  # the result has no value
        return dg.MaterializeResult(metadata={"client": type(spark).__name__})

    assert runs.materialize(probe, spark=Client()).metadata == {"client": "Client"}


def test_dagsters_error_of_a_job_is_ours_too() -> None:
    assert _dagster.DagsterPipesExecutionError.__name__ == "DagsterPipesExecutionError"
    assert issubclass(errors.PipesNotClosedError, _dagster.DagsterPipesExecutionError)


def test_the_level_of_a_log_message_is_a_number() -> None:
    assert [_dagster.coerce_valid_log_level(level) for level in ("info", "WARNING", 40)] == [20, 30, 40]
    with pytest.raises(_dagster.check.CheckError):
        _dagster.coerce_valid_log_level("loud")
    with pytest.raises(_dagster.check.CheckError):
        _dagster.check.str_param(1, "message")  # type: ignore[arg-type]  # the test passes a wrong value


def test_a_log_handler_sees_the_end_of_the_step(runs: DagsterRuns) -> None:
    ends: list[Any] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if (event := getattr(record, "dagster_event", None)) is not None:
                ends.append((event.event_type, event.event_specific_data))

    def body(context: dg.AssetExecutionContext) -> None:
        context.log.addHandler(Handler())
        raise dg.DagsterExecutionInterruptedError

    runs.run_body(body)
    (data,) = [data for kind, data in ends if kind == dg.DagsterEventType.STEP_FAILURE]
    assert data.error.cls_name == "DagsterExecutionInterruptedError"


@pytest.mark.parametrize("dagster", [_dagster.launch_handles, None], ids=["dagster", "ours"])
def test_a_launch_is_found_by_a_later_attempt_and_by_a_run_from_the_failure(
    runs: DagsterRuns, dagster: ModuleType | None
) -> None:
    found: list[Any] = []

    @dg.asset(retry_policy=dg.RetryPolicy(max_retries=1))
    def probe(context: dg.AssetExecutionContext) -> None:
        handles = LaunchHandles(context, dagster)
        found.append(next(handles.all(), None))
        if len(found) == 1:
            handles.record(LaunchHandle("client", "s-1", "https://console/s-1", {"cluster": ["c", None]}))
        elif len(found) == 2 or len(found) == 3:
            handles.record_reattach(LaunchHandle("client", "s-2", None, {}))
        raise ValueError

    def run(tags: Mapping[str, str], parent: str | None) -> str:
        job = dg.Definitions(assets=[probe], executor=dg.in_process_executor).resolve_implicit_global_asset_job_def()
        created = runs.instance.create_run_for_job(job, tags=tags, parent_run_id=parent, root_run_id=parent)
        execute_run(InMemoryJob(job), created, runs.instance)
        return created.run_id

    first = run({}, None)
    run({_dagster.RESUME_RETRY_TAG: "true"}, first)
    run({}, first)
    assert [None if handle is None else handle.external_run_id for handle in found] == [
        None,
        "s-1",
        "s-2",  # The run from the failure; its own retry is next.
        "s-2",
        None,  # A run that does all of it again.
        None,
    ]
    assert found[1] == LaunchHandle("client", "s-1", "https://console/s-1", {"cluster": ["c", None]})
    entries = [*runs.instance.all_logs(first)]
    data = [event.engine_event_data for event in Finished(False, entries).events(dg.DagsterEventType.ENGINE_EVENT)]
    assert [d.metadata["external run url"].value for d in data if "external run url" in d.metadata] == [
        "https://console/s-1"
    ]


def test_the_tags_of_a_run_from_the_failure_are_those_that_dagster_writes() -> None:
    assert _dagster.RESUME_RETRY_TAG == "dagster/is_resume_retry"
    assert _dagster.ASSET_RESUME_RETRY_TAG == "dagster/is_asset_resume_retry"


def test_the_classes_of_dagster_aws_take_and_keep_what_ours_rely_on() -> None:
    client: Any = boto3.client("s3", region_name="eu-west-1")
    reader = PipesS3MessageReader(interval=3, bucket="b", client=client, log_readers=[], include_stdio_in_messages=True)
    assert (reader.interval, reader.bucket, reader.client, reader.log_readers) == (3, "b", client, {})
    assert reader.include_stdio_in_messages
    injector = PipesJvmS3ContextInjector(bucket="b", client=client, key_prefix="p")
    assert (injector.bucket, injector.client, injector.key_prefix) == ("b", client, "p")
    logs = boto3.client("logs", region_name="eu-west-1")
    messages = PipesCloudWatchMessageReader(logs, "group", "stream", max_retries=2)
    assert (messages.client, messages.log_group, messages.log_stream, messages.max_retries) == (
        logs,
        "group",
        "stream",
        2,
    )
    log = PipesCloudWatchLogReader(logs, "group", "stream", start_time=5, debug_info="why")
    assert (log.client, log.log_group, log.log_stream, log.start_time, log.debug_info) == (
        logs,
        "group",
        "stream",
        5,
        "why",
    )
    assert log.target_stream is not None
    assert list(inspect.signature(get_log_events).parameters)[:2] == ["client", "max_retries"]
