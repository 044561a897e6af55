"""The job of the contract suite, a plain process: `python job.py ACTION FOLDER`. It notes its start in the folder."""

import os
import sys
import time
from pathlib import Path

from dagster_pipes import (
    PipesContext,
    PipesDefaultContextLoader,
    PipesDefaultMessageWriter,
    PipesS3ContextLoader,
    PipesS3MessageWriter,
    decode_param,
    open_dagster_pipes,
)


def opened() -> PipesContext:
    """A session over whatever the parameters name."""
    messages, context = (decode_param(os.environ[f"DAGSTER_PIPES_{name}"]) for name in ("MESSAGES", "CONTEXT"))
    if "bucket" not in messages:
        return open_dagster_pipes(
            context_loader=PipesDefaultContextLoader(), message_writer=PipesDefaultMessageWriter()
        )
    import boto3

    s3 = boto3.client("s3")
    loader = PipesS3ContextLoader(s3) if "bucket" in context else PipesDefaultContextLoader()
    return open_dagster_pipes(context_loader=loader, message_writer=PipesS3MessageWriter(s3, interval=0.1))


def wait_for_gate(folder: Path) -> None:
    """Wait until the test lets waiting jobs continue."""
    while not (folder / "gate").exists():
        time.sleep(0.02)


def main(action: str, folder: Path) -> int:
    """Do what the action says; returns the exit code."""
    (folder / f"started-{os.getpid()}").touch()
    if action == "never-opens":
        return 0
    with opened() as pipes:
        pipes.log.info(f"working for {pipes.run_id}")
        if action == "waits":
            pipes.log.info("waiting")
            wait_for_gate(folder)
        if action == "raises":
            print("cannot read the orders", file=sys.stderr, flush=True)
            raise ValueError("the orders are missing")
        if action != "logs":
            pipes.report_asset_materialization(metadata={"run": pipes.run_id, "name": pipes.extras.get("name", "")})
        if action == "waits-after-report":
            wait_for_gate(folder)
        if action == "never-closes":
            sys.stdout.flush()
            os._exit(0)
    if action == "fails-behind-closed":
        print("cannot delete the lock", file=sys.stderr, flush=True)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
