"""What the clusters of one stand-in share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dagster_pipes_jvm_standin import steps
from dagster_pipes_jvm_standin._options import Options
from dagster_pipes_jvm_standin.faults import Faults
from dagster_pipes_jvm_standin.yarn_applications import Applications


@dataclass
class Machine:
    """What clusters run on: this machine, its S3, its YARN where there is one, and what is to go wrong."""

    options: Options
    faults: Faults
    store: Any
    environment: Mapping[str, str]
    core_site: Mapping[str, str]
    reaper: steps.Reaper
    say: Callable[[str], None]
    applications: Applications | None = None
