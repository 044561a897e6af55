"""The package without the packages of its extra `standin`."""

import subprocess
import sys

import pytest

from dagster_pipes_jvm.texts import PAGE_URL

_EXTRA = ("moto", "flask", "flask_cors", "werkzeug", "rich")


def without(modules: tuple[str, ...], code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    hidden = f"import sys; sys.modules.update(dict.fromkeys({modules!r}))\n"
    return subprocess.run([sys.executable, "-c", hidden + code, *arguments], capture_output=True, text=True)


@pytest.mark.parametrize("package", ["dagster_pipes_jvm", "dagster_pipes_jvm_standin"])
def test_every_public_name_is_imported(package: str) -> None:
    done = without(_EXTRA, f"import {package} as p; [getattr(p, name) for name in p.__all__]")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["doctor", "--help"], ["standin", "--help"]])
def test_the_command_line_shows_its_help(arguments: list[str]) -> None:
    done = without(_EXTRA, "from dagster_pipes_jvm.cli.main import main; main()", *arguments)
    assert done.returncode == 0, done.stderr
    assert "Usage:" in done.stdout


@pytest.mark.parametrize(
    ("modules", "says"),
    [
        (("rich",), "Error: The command needs rich, which cannot be imported."),
        (
            ("moto", "flask", "flask_cors"),
            "The EMR of this machine needs moto's server, and moto, flask, flask_cors cannot be imported.",
        ),
    ],
)
def test_the_emulator_says_what_to_install(modules: tuple[str, ...], says: str) -> None:
    # Before it searches for a Spark, whose jars it may have to fetch.
    options = ["standin", "--spark-home", "absent"]
    done = without(modules, "from dagster_pipes_jvm.cli.main import main; main()", *options)
    assert done.returncode == 1
    assert f"{says} Install `dagster-pipes-jvm[standin]`. See {PAGE_URL}#standin" in done.stderr
