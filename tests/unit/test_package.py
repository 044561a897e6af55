import re
from pathlib import Path

import pytest

import dagster_pipes_jvm
from dagster_pipes_jvm import BridgeJarNotFoundError, PySparkZipNotFoundError, bridge_jar, pyspark_zip
from dagster_pipes_jvm.submit.bridge import bridge_jar_beside, pyspark_zip_beside
from dagster_pipes_jvm.texts import PAGE_URL
from tests.conftest import REPOSITORY


def test_python_and_sbt_have_the_same_version() -> None:
    (version,) = re.findall(r'ThisBuild / version\s*:= "([^"]+)"', (REPOSITORY / "build.sbt").read_text())
    assert version == dagster_pipes_jvm.__version__


def test_every_public_name_is_there() -> None:
    for name in dagster_pipes_jvm.__all__:
        assert getattr(dagster_pipes_jvm, name) is not None


def test_the_built_bridge_jar_and_pyspark_zip_are_found_by_an_editable_install() -> None:
    version = dagster_pipes_jvm.__version__
    assert bridge_jar() == REPOSITORY / "jvm" / "bridge" / "target" / f"dagster-pipes-jvm-{version}.jar"
    assert pyspark_zip() == REPOSITORY / "build" / "pyspark" / f"dagster-pipes-jvm-pyspark-{version}.zip"


def test_without_a_jar_the_error_says_what_to_run(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "dagster_pipes_jvm"
    with pytest.raises(BridgeJarNotFoundError) as caught:
        bridge_jar_beside(package)
    name = f"dagster-pipes-jvm-{dagster_pipes_jvm.__version__}.jar"
    in_wheel = package / "_maven/io/github/dagster-pipes-jvm/dagster-pipes-jvm" / dagster_pipes_jvm.__version__ / name
    assert str(caught.value) == (
        f"No {name} beside this installation of dagster-pipes-jvm {dagster_pipes_jvm.__version__}; looked at"
        f" {in_wheel} and {tmp_path / 'jvm' / 'bridge' / 'target' / name}. In a checkout run `make jar`;"
        f" elsewhere reinstall the wheel, which carries it. See {PAGE_URL}#bridge-jar"
    )


def test_without_a_pyspark_zip_the_error_says_what_to_run(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "dagster_pipes_jvm"
    with pytest.raises(PySparkZipNotFoundError) as caught:
        pyspark_zip_beside(package)
    name = f"dagster-pipes-jvm-pyspark-{dagster_pipes_jvm.__version__}.zip"
    assert str(caught.value) == (
        f"No {name} beside this installation of dagster-pipes-jvm {dagster_pipes_jvm.__version__}; looked at"
        f" {package / '_zips' / name} and {tmp_path / 'build' / 'pyspark' / name}. In a checkout run `make pyspark-zip`;"
        f" elsewhere reinstall the wheel, which carries it. See {PAGE_URL}#pyspark-zip"
    )
