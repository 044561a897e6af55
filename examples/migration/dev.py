"""`make dev`: this example and `zero_code` in Dagster's web UI, with S3 and EMR on loopback beside it until Ctrl-C."""

import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

from demo import STATE
from local import HERE, flights_zip, local_environment

EXAMPLES = HERE.parent
ZERO_CODE_JAR = EXAMPLES / "zero_code" / "target" / "zero-code_2.13.jar"


def main() -> int:
    """Run `dagster dev` in the foreground; returns its exit code."""
    print("dev: starting S3 and EMR on loopback, then Dagster's web UI; Ctrl-C ends both", flush=True)
    zero_code = zero_code_directory(STATE / "zero_code")
    with local_environment(STATE) as environment:
        command = [sys.executable, "-m", "dagster", "dev", "-w", str(EXAMPLES / "workspace.yaml")]
        port = os.environ.get("DEV_PORT")
        # A shell that starts this in the background lets it ignore Ctrl-C, and Dagster, which ends its own processes with that
        # signal, would inherit it and never end.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        process = subprocess.Popen(
            [*command, *(["-p", port] if port else [])], env={**environment, "ZERO_CODE_DIR": str(zero_code)}
        )
        # Ctrl-C reaches both from the terminal; a plain kill reaches this process only.
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        try:
            return process.wait()
        except KeyboardInterrupt:
            return process.wait()


def zero_code_directory(directory: Path) -> Path:
    """Where the application of `zero_code` runs: its jar and the flights are in it, as its arguments name them."""
    if not ZERO_CODE_JAR.is_file():
        sys.exit(f"The Scala application is not built ({ZERO_CODE_JAR} is missing): run `make jars`.")
    directory.mkdir(parents=True, exist_ok=True)
    shutil.copy(ZERO_CODE_JAR, directory)
    with zipfile.ZipFile(flights_zip()) as archive:
        archive.extract("flights.csv", directory)
    return directory


if __name__ == "__main__":
    sys.exit(main())
