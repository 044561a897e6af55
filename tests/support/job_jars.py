"""Small jobs of the tests, compiled when they are needed."""

import subprocess
import zipfile
from pathlib import Path

from dagster_pipes_jvm import bridge_jar
from tests.conftest import REPOSITORY

JOBS = REPOSITORY / "tests" / "endtoend" / "jobs"


def compiled(program: str, classes: Path, *class_path: str) -> str:
    """A jar of the program in `tests/endtoend/jobs`, compiled against the bridge jar and the class path."""
    classes.mkdir(parents=True)
    command = ["javac", "--release", "8", "-Xlint:-options", "-encoding", "UTF-8"]
    path = ":".join([str(bridge_jar()), *class_path])
    subprocess.run([*command, "-cp", path, "-d", classes, JOBS / f"{program}.java"], check=True)
    jar = classes / f"{program.lower()}.jar"
    with zipfile.ZipFile(jar, "w") as archive:
        for file in classes.glob("*.class"):
            archive.write(file, file.name)
    return str(jar)
