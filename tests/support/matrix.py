"""Rows of a matrix: the short ones of `make test`, and all of `make test-all`."""

from collections.abc import Container, Iterable
from typing import Any

import pytest


def marked(rows: Iterable[tuple[str, ...]], short: Container[tuple[str, ...]]) -> list[Any]:
    """The rows for `parametrize`, named by their words; those that are not short are marked `matrix`."""
    return [pytest.param(*row, id="-".join(row), marks=() if row in short else pytest.mark.matrix) for row in rows]
