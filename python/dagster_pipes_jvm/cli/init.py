"""`dagster-pipes-jvm init`: a small project to begin with."""

from pathlib import Path

import click

from dagster_pipes_jvm.init.languages import LANGUAGES, Language


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--language", type=click.Choice(LANGUAGES), default="scala", show_default=True, help="Of the project's Spark jobs."
)
def init(folder: Path, language: Language) -> None:
    """Write a small project into the new FOLDER: assets, the Spark jobs that materialize them, and a test of the jobs.

    The README.md of the project has the next commands.
    """
    from dagster_pipes_jvm.errors import PipesJvmError
    from dagster_pipes_jvm.init.project import create_project

    try:
        files = create_project(folder, language)
    except PipesJvmError as e:
        raise click.ClickException(str(e)) from None
    for file in files:
        click.echo(f"wrote {file}")
    click.echo(f"Next: {folder / 'README.md'}")
