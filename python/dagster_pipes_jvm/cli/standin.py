"""`dagster-pipes-jvm standin`: EMR and S3 on this machine, until Ctrl-C or as long as a command runs."""

import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from dagster_pipes_jvm_standin.faults import Faults


@click.command(context_settings={"ignore_unknown_options": False, "allow_interspersed_args": False})
@click.option(
    "--engine",
    type=click.Choice(["local", "yarn"]),
    default="local",
    show_default=True,
    help="local: spark-submit with a local master. yarn: as it is, against a real YARN of one node.",
)
@click.option("--bucket", "buckets", multiple=True, metavar="NAME", help="Make this bucket. May be repeated.")
@click.option(
    "--env-file", type=click.Path(path_type=Path), help="Write the export lines there, too, readable by you only."
)
@click.option(
    "--provisioning-seconds", type=float, default=2.0, show_default=True, help="From RunJobFlow to a cluster."
)
@click.option(
    "--local-master", default="local[2]", show_default=True, help="What --master becomes with the engine local."
)
@click.option(
    "--yarn-memory-mb", type=int, default=16384, show_default=True, help="What containers may ask for, in all."
)
@click.option("--spark-home", help="The Spark that runs the steps. Default: SPARK_HOME, pyspark, spark-submit on PATH.")
@click.option("--python", help="The Python of PySpark, where a cluster's configuration names none. Default: this one.")
@click.option(
    "--ignore", multiple=True, metavar="NAME", help="Pass over what is not here and is asked for: the error names it."
)
@click.option("--fail-step", "fail_steps", multiple=True, metavar="PATTERN", help="Steps of this name (* and ?) fail.")
@click.option(
    "--cluster-fails", type=click.Choice(["provisioning", "bootstrap", "running"]), help="Every cluster fails there."
)
@click.option(
    "--throttle-every", type=int, default=0, metavar="N", help="Every N-th EMR call gets a ThrottlingException."
)
@click.option("--lose-logs", is_flag=True, help="Logs never arrive under LogUri.")
@click.option("--log-delay-seconds", type=float, default=0.0, help="Logs arrive so long after a step's end.")
@click.option(
    "--hold-state", type=click.Choice(["STARTING", "BOOTSTRAPPING", "RUNNING"]), help="Every cluster stays there."
)
@click.option("--log", type=click.Path(path_type=Path), help="Write what happens to this file instead of stderr.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def standin(
    buckets: tuple[str, ...],
    env_file: Path | None,
    command: tuple[str, ...],
    fail_steps: tuple[str, ...],
    cluster_fails: Any,
    throttle_every: int,
    lose_logs: bool,
    log_delay_seconds: float,
    hold_state: Any,
    **options: Any,
) -> None:
    """EMR and S3 on this machine: the real API's calls, and steps that really run.

    Without COMMAND it prints the `export` lines that send boto3, the AWS CLI and Dagster there, and serves until Ctrl-C. With
    COMMAND it runs that with these variables set, and ends when it does, with its exit code:

        dagster-pipes-jvm standin --bucket lake -- dagster dev -f definitions.py
    """
    from dagster_pipes_jvm.errors import PipesJvmError, see
    from dagster_pipes_jvm_standin.server import LocalEMR

    try:
        from rich.console import Console
    except ImportError as error:
        raise click.ClickException(
            f"The command needs rich, which cannot be imported. Install `dagster-pipes-jvm[standin]`. {see('standin')}"
        ) from error

    console = Console(stderr=True, highlight=False)
    # A shell that starts this in the background lets it ignore Ctrl-C; and a plain kill is to end it as Ctrl-C does.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    faults = Faults(fail_steps, cluster_fails, throttle_every, lose_logs, log_delay_seconds, hold_state)
    try:
        with console.status("starting EMR and S3") as status:

            def say(what: str) -> None:
                console.print(f"standin: {what}", markup=False, soft_wrap=True)
                status.update(what)

            emr = LocalEMR(faults=faults, say=say, **options)
            emr.start()
    except PipesJvmError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        sys.exit(130)
    with emr:
        for bucket in buckets:
            emr.create_bucket(bucket)
        variables = emr.environment()
        exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
        if env_file is not None:
            _write_secret(env_file, exports)
        console.print(
            f"standin: EMR ({emr.engine}) and S3 are at {emr.endpoint_url}; steps run under {emr.folder}",
            markup=False,
            soft_wrap=True,
        )
        if command:
            sys.exit(_run(command, variables))
        click.echo(exports, nl=False)
        console.print(
            "standin: serving until Ctrl-C; the lines above send a shell's programs here", markup=False, soft_wrap=True
        )
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            console.print("standin: ending every step", markup=False, soft_wrap=True)


def _run(command: tuple[str, ...], variables: Mapping[str, str]) -> int:
    """Run the command to its end; a Ctrl-C is the command's, which the terminal has told already."""
    try:
        process = subprocess.Popen(command, env={**os.environ, **variables})
    except OSError as error:
        raise click.ClickException(f"{command[0]} cannot be started: {error.strerror}.") from error
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while True:
        try:
            exit_code = process.wait()
            return 128 - exit_code if exit_code < 0 else exit_code
        except KeyboardInterrupt:
            continue


def _write_secret(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
        path.chmod(0o600)  # It may have been there, readable by others.
        opened.write(text)
