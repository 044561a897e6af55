"""`make test-versions`: what this package builds on in Dagster is tested on each version that it is said to run on."""

# The oldest, the newest of each minor version, and the first of 1.13, whose handler changed with 1.13.1. There is no dagster-aws
# for 1.13.28 and 1.13.29. The newest is the one of constraints.txt, on which `make test` runs everything.
DAGSTERS = ("1.11.0", "1.11.16", "1.12.22", "1.13.0", "1.13.27")
# Those on which the end-to-end tests run as well.
END_TO_END = (DAGSTERS[0], DAGSTERS[-1])


def library_version(dagster: str) -> str:
    """The version of dagster-aws and of Dagster's other libraries that goes with one of Dagster."""
    _, minor, patch = dagster.split(".")
    return f"0.{int(minor) + 16}.{patch}"
