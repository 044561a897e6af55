"""The workflows of GitHub run `make` targets only, by pinned actions, with as few rights as possible."""

import re
from typing import Any

import pytest
import yaml

from tests.conftest import REPOSITORY

WORKFLOWS = {path.stem: path for path in sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))}
TARGETS = set(re.findall(r"^([a-z0-9][a-z0-9 -]*):(?!=)", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
MAKE = re.compile(r"make(?: [a-z][a-z-]*)+")
PINNED = re.compile(r"uses: [\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
# The jobs that may do more than read the repository.
RIGHTS = {("release", "pypi"): {"id-token": "write"}, ("release", "github"): {"contents": "write"}}
# The jobs that know a secret; GitHub's own token is one.
SECRETS = {("release", "maven-central"), ("release", "github")}


def read(name: str) -> dict[Any, Any]:
    return dict(yaml.safe_load(WORKFLOWS[name].read_text(encoding="utf-8")))


def jobs() -> list[tuple[str, str]]:
    return [(name, job) for name in WORKFLOWS for job in read(name)["jobs"]]


def commands(name: str, job: str) -> list[str]:
    return [step["run"] for step in read(name)["jobs"][job]["steps"] if "run" in step]


def targets() -> set[str]:
    return {target for line in TARGETS for target in line.split()}


def test_there_is_a_workflow_for_each_kind_of_test_and_for_a_release() -> None:
    assert list(WORKFLOWS) == ["lint", "release", "test-all", "test", "versions"]
    run = {command for name, job in jobs() for command in commands(name, job)}
    assert {f"make {target}" for target in ("lint", "check", "test", "test-all", "test-versions")} <= run


@pytest.mark.parametrize(("name", "job"), jobs())
def test_each_command_is_a_target_of_the_makefile(name: str, job: str) -> None:
    for command in commands(name, job):
        assert MAKE.fullmatch(command), command
        assert set(command.split()[1:]) <= targets()


@pytest.mark.parametrize("name", WORKFLOWS)
def test_each_action_is_pinned_to_a_commit_and_names_its_version(name: str) -> None:
    lines = WORKFLOWS[name].read_text(encoding="utf-8").splitlines()
    uses = [line.strip().removeprefix("- ") for line in lines if "uses:" in line]
    assert uses
    assert [line for line in uses if not PINNED.fullmatch(line)] == []


def test_all_workflows_use_the_same_version_of_an_action() -> None:
    texts = [path.read_text(encoding="utf-8") for path in WORKFLOWS.values()]
    used = {found for text in texts for found in re.findall(r"uses: (\S+)@(\S+)", text)}
    assert len({action for action, _ in used}) == len(used)


@pytest.mark.parametrize(("name", "job"), jobs())
def test_a_job_may_only_read_unless_it_publishes(name: str, job: str) -> None:
    workflow = read(name)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["jobs"][job].get("permissions") == RIGHTS.get((name, job))
    assert "timeout-minutes" in workflow["jobs"][job]


@pytest.mark.parametrize(("name", "job"), jobs())
def test_only_the_steps_that_publish_get_secrets(name: str, job: str) -> None:
    workflow = read(name)
    steps = workflow["jobs"][job].pop("steps")
    secret = re.compile(r"secrets\.|github\.token")
    assert not secret.search(str(workflow["jobs"][job]))
    with_secrets = [step["run"] for step in steps if secret.search(str(step))]
    expected = {"maven-central": ["make publish-maven"], "github": ["make github-release"]}
    assert with_secrets == (expected[job] if (name, job) in SECRETS else [])
    for step in steps:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_a_tag_starts_a_release_and_must_equal_the_version_first() -> None:
    release = read("release")
    assert release[True] == {"push": {"tags": ["v*"]}}  # YAML reads the key `on` as true
    assert commands("release", "build")[0] == "make release-check"
    (first,) = (step for step in release["jobs"]["build"]["steps"] if step.get("run") == "make release-check")
    assert first["env"] == {"TAG": "${{ github.ref_name }}"}
    assert "make test" in commands("release", "build")


def test_nothing_is_on_pypi_before_maven_central_has_it() -> None:
    release = read("release")["jobs"]
    assert release["maven-central"]["needs"] == "build"
    assert release["maven-central"]["environment"] == "maven-central"
    assert release["pypi"]["needs"] == ["build", "maven-central"]
    assert release["pypi"]["environment"] == "pypi"
    (publish,) = (step for step in release["pypi"]["steps"] if step["uses"].startswith("pypa/"))
    assert publish["with"] == {"packages-dir": "dist/"}  # no token: trusted publishing


def test_the_page_about_contributing_names_each_target_that_a_workflow_runs() -> None:
    page = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for name, job in jobs():
        for command in commands(name, job):
            assert f"`{command}" in page or f"`make {command.split()[1]}`" in page, command
