import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from dagster_pipes_jvm import bridge_jar, pyspark_zip
from dagster_pipes_jvm._version import __version__
from dagster_pipes_jvm.texts import PAGE
from tests.conftest import REPOSITORY


def test_the_modules_for_jobs_import_neither_dagster_nor_boto3() -> None:
    imports = "import sys, dagster_pipes_jvm.pyspark, dagster_pipes_jvm.injob.write.s3"
    code = imports + "; print(sorted({'dagster', 'boto3'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_wheel_carries_the_jar_the_zip_and_the_page_also_when_made_from_the_sdist(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path)]
    subprocess.run([*build, "-t", "sdist"], cwd=REPOSITORY, capture_output=True, check=True)
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    subprocess.run(
        [*build, "-t", "wheel"], cwd=tmp_path / sdist.name.removesuffix(".tar.gz"), capture_output=True, check=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        maven = "dagster_pipes_jvm/_maven/io/github/dagster-pipes-jvm"
        jar = opened.read(f"{maven}/dagster-pipes-jvm/{__version__}/{bridge_jar().name}")
        for scala in ("2.12", "2.13", "3"):
            facade = f"dagster-pipes-scala_{scala}/{__version__}/dagster-pipes-scala_{scala}-{__version__}"
            assert {f"{maven}/{facade}.jar", f"{maven}/{facade}.pom"} <= set(opened.namelist())
        assert "dagster_pipes_jvm/init/templates/scala/jobs/sbt" in opened.namelist()
        zip_of_pyspark = opened.read(f"dagster_pipes_jvm/_zips/{pyspark_zip().name}")
        page = opened.read(f"dagster_pipes_jvm/{PAGE}")
        for carried in ("py.typed", "texts.py", "wire.py", "injob/script_runner.py"):
            assert f"dagster_pipes_jvm/{carried}" in opened.namelist()
        for carried in ("py.typed", "MiniYarn.java", "_command.py", "pytest_plugin.py"):
            assert f"dagster_pipes_jvm_standin/{carried}" in opened.namelist()
        (entry_points,) = (name for name in opened.namelist() if name.endswith("entry_points.txt"))
        assert b"dagster-pipes-jvm = dagster_pipes_jvm.cli.main:main" in opened.read(entry_points)
    assert jar == bridge_jar().read_bytes()
    assert zip_of_pyspark == pyspark_zip().read_bytes()
    assert page == (REPOSITORY / "TROUBLESHOOTING.md").read_bytes()
