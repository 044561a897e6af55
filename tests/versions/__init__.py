"""`make test-versions`: the tests of our use of Dagster, with each supported version of Dagster."""

# The oldest, the newest of each minor version, and 1.13.0: Dagster's handler changed with 1.13.1.
# 1.13.28 and 1.13.29 have no dagster-aws. constraints.txt pins the newest, and `make test` runs all tests with it.
DAGSTERS = ("1.11.0", "1.11.16", "1.12.22", "1.13.0", "1.13.27")
# Those on which the end-to-end tests run as well.
END_TO_END = (DAGSTERS[0], DAGSTERS[-1])


def library_version(dagster: str) -> str:
    """The version of dagster-aws and of Dagster's other libraries that goes with one of Dagster."""
    _, minor, patch = dagster.split(".")
    return f"0.{int(minor) + 16}.{patch}"
