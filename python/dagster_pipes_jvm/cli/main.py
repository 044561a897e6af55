"""`dagster-pipes-jvm`."""

import click

from dagster_pipes_jvm._version import __version__
from dagster_pipes_jvm.cli.doctor import doctor
from dagster_pipes_jvm.cli.init import init
from dagster_pipes_jvm.cli.standin import standin


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__)
def main() -> None:
    """Scala, Java and PySpark jobs report to Dagster over Dagster Pipes."""


main.add_command(doctor)
main.add_command(init)
main.add_command(standin)


if __name__ == "__main__":
    main()
