"""What the process behind `LocalEMR` is started with. Server and starter use this file; it imports nothing of this package."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Options:
    """All that a step needs to run, found and checked by the starter.

    Args:
        engine: `local` or `yarn`.
        folder: where clusters keep their configuration, and steps their output.
        spark_home: the Spark that runs the steps.
        s3a_folder: the jars that it lacks for `s3://` paths; empty where it lacks none.
        java_home: for the steps.
        python: of PySpark drivers and workers, where a cluster's configuration says nothing.
        local_master: what `--master` becomes with the engine `local`.
        provisioning_seconds: from RunJobFlow to a cluster that runs steps.
        ignore: names of what is not there and may be asked for all the same, see `configurations.py`.
        faults: `Faults.to_json`.
        spark_defaults: properties that a cluster has before its own `spark-defaults`.
    """

    engine: str
    folder: str
    spark_home: str
    s3a_folder: str
    java_home: str
    python: str
    local_master: str
    provisioning_seconds: float
    ignore: tuple[str, ...]
    faults: str
    spark_defaults: Mapping[str, str]

    def to_json(self) -> str:
        """For the command line of the process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Options":
        """What `to_json` gave."""
        given = json.loads(text)
        return cls(**{**given, "ignore": tuple(given["ignore"])})
