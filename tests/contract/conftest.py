"""The platforms that the contract suite runs on. A new one is a folder with `ground.py`, and its name in this list."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.contract.ground import Ground

PLATFORMS = ["threads", "local", "emr"]


@pytest.fixture(scope="session", params=PLATFORMS)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[type[Ground], Any]]:
    """A platform, and the place that it is tried on."""
    kind: type[Ground] = import_module(f"tests.contract.{request.param}.ground").GROUND
    with kind.world(tmp_path_factory.mktemp(request.param)) as place:
        yield kind, place


@pytest.fixture
def ground(world: tuple[type[Ground], Any], tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Ground]:
    """A platform for one test. A test with the mark `needs` is skipped on platforms without that."""
    kind, place = world
    needs = {name for mark in request.node.iter_markers("needs") for name in mark.args}
    if missing := sorted(needs & kind.cannot):
        pytest.skip(f"{kind.__name__} cannot {', '.join(missing)}")
    folder = tmp_path / "jobs"
    folder.mkdir()
    ground = kind(place, folder)
    yield ground
    ground.open_gate()
