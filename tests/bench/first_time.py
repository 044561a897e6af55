"""`python -m tests.bench.first_time demo`: how long `make demo` takes in a new clone with empty caches, and then again.

So for any target. Prints Markdown. Not a part of `make bench`: it fetches everything that this project stands on.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


def phases(clone: Path, environment: dict[str, str], target: str) -> dict[str, float]:
    """What `make` says that it begins, each with its seconds; what it does without a word belongs to the target."""
    itself = f"`make {target}` itself"
    begun = [(itself, time.monotonic())]
    with subprocess.Popen(
        ["make", target], cwd=clone, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stderr.write(line)
            said = line.partition("make: ")[2].partition("\x1b")[0].strip()
            if said.startswith(("setting up", "building", "testing")):
                begun.append((said.partition(" (")[0], time.monotonic()))
            elif line.startswith("demo: starting"):
                begun.append((itself, time.monotonic()))
    if process.returncode:
        sys.exit(f"first_time: `make {target}` ended with exit code {process.returncode}")
    ends = [*(at for _, at in begun[1:]), time.monotonic()]
    took: dict[str, float] = {}
    for (what, at), end in zip(begun, ends, strict=True):
        took[what] = took.get(what, 0) + end - at
    return took


def main() -> None:
    """Measure and print."""
    target = sys.argv[1] if len(sys.argv) > 1 else "demo"
    with tempfile.TemporaryDirectory() as temporary:
        clone, home = Path(temporary, "clone"), Path(temporary, "home")
        home.mkdir()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        # A JVM takes its home from the system, not from HOME.
        with (clone / ".jvmopts").open("a", encoding="utf-8") as options:
            options.write(f"-Duser.home={home}\n")
        environment = {
            **{name: value for name, value in os.environ.items() if name not in ("XDG_CACHE_HOME", "VIRTUAL_ENV")},
            "HOME": str(home),
            "COURSIER_CACHE": str(home / "coursier"),
        }
        runs = [phases(clone, environment, target) for _ in range(2)]
    print(f"| `make {target}` | seconds |\n|---|---|")
    for name, run in zip(("the first time, with empty caches", "again"), runs, strict=True):
        print(f"| **{name}** | **{sum(run.values()):.0f}** |")
        for what, seconds in run.items():
            if seconds >= 1:
                print(f"| {what} | {seconds:.0f} |")


if __name__ == "__main__":
    main()
