"""`make dev`: the same definitions in Dagster's web UI, with S3 and EMR on loopback beside it until Ctrl-C."""

import os
import signal
import subprocess
import sys

from demo import STATE
from local import HERE, local_environment


def main() -> int:
    """Run `dagster dev` in the foreground; returns its exit code."""
    print("dev: starting S3 and EMR on loopback, then Dagster's web UI; Ctrl-C ends both", flush=True)
    with local_environment(STATE) as environment:
        command = [sys.executable, "-m", "dagster", "dev", "-f", str(HERE / "definitions.py")]
        port = os.environ.get("DEV_PORT")
        # A shell that starts this in the background lets it ignore Ctrl-C, and Dagster, which ends its own processes with that
        # signal, would inherit it and never end.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        process = subprocess.Popen([*command, *(["-p", port] if port else [])], env=dict(environment))
        # Ctrl-C reaches both from the terminal; a plain kill reaches this process only.
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        try:
            return process.wait()
        except KeyboardInterrupt:
            return process.wait()


if __name__ == "__main__":
    sys.exit(main())
