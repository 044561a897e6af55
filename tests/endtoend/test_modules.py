"""The bridge jar as a module: a runtime image of `jlink` has a program that reports with it."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from dagster_pipes import encode_param

from dagster_pipes_jvm import bridge_jar
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.support.pipes_context import pipes_context

CONTEXT = pipes_context(job_name="j")
MAIN = """package acme;
import dagsterpipes.Pipes;
public class Main {
  public static void main(String[] args) {
    Pipes.run(args, pipes -> pipes.reportCustomMessage(Main.class.getModule().getName()));
  }
}
"""
METHODS = ["opened", "report_custom_message", "closed"]
# The AWS SDK needs these of the JDK.
SDK_NEEDS = "java.xml,java.naming,java.management,java.desktop,jdk.crypto.ec"
SDK_MODULES = "software.amazon.awssdk.services.s3,software.amazon.awssdk.http.urlconnection"


def run(*command: str | Path, **env: str) -> str:
    done = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "", done.stdout
    return done.stderr


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("jlink") is None:
        pytest.skip("a JDK with `jlink` is needed")
    folder = tmp_path_factory.mktemp("modules")
    (folder / "module-info.java").write_text("module acme { requires dagsterpipes; }\n", encoding="utf-8")
    (folder / "Main.java").write_text(MAIN, encoding="utf-8")
    jar = str(bridge_jar())
    run("javac", "-p", jar, "-d", folder / "classes", folder / "module-info.java", folder / "Main.java")
    path = os.pathsep.join([jar, str(folder / "classes")])
    run("jlink", "-p", path, "--add-modules", f"acme,{SDK_NEEDS}", "--output", folder / "image")
    return folder / "image"


def methods(text: str) -> list[Any]:
    return [json.loads(line)["method"] for line in text.splitlines()]


def parameters(messages: dict[str, Any]) -> dict[str, str]:
    return {
        "DAGSTER_PIPES_CONTEXT": encode_param({"data": CONTEXT}),
        "DAGSTER_PIPES_MESSAGES": encode_param(messages),
    }


def test_a_program_in_an_image_reports(image: Path, tmp_path: Path) -> None:
    java = image / "bin" / "java"
    assert run(java, "-m", "acme/acme.Main", **parameters({"path": str(tmp_path / "file")})) == ""
    assert methods((tmp_path / "file").read_text(encoding="ascii")) == METHODS
    # Through a store, which the module finds by a service.
    chunks = {"uri": f"file://{tmp_path}/chunks", "upload_interval_millis": 300}
    assert run(java, "-m", "acme/acme.Main", **parameters(chunks)) == ""
    texts = [file.read_text(encoding="ascii") for file in sorted((tmp_path / "chunks").iterdir())]
    assert methods("\n".join(texts)) == METHODS


@pytest.mark.parametrize("way", ["module path", "class path"])
def test_a_program_in_an_image_reports_to_s3_with_the_sdk_beside_it(
    image: Path, conformance_command: list[str], way: str
) -> None:
    class_path = conformance_command[conformance_command.index("-cp") + 1]
    names = ("dagster-pipes", "gson-")
    sdk = os.pathsep.join(jar for jar in class_path.split(os.pathsep) if not Path(jar).name.startswith(names))
    flags = {
        "module path": ["-p", sdk, "--add-modules", SDK_MODULES],
        "class path": ["-cp", sdk, "--add-reads", "dagsterpipes=ALL-UNNAMED"],
    }
    with LocalS3() as s3:
        s3.create_bucket("messages")
        sent = {"bucket": "messages", "key_prefix": "run", "upload_interval_millis": 300}
        run(image / "bin" / "java", *flags[way], "-m", "acme/acme.Main", **s3.environment(), **parameters(sent))
        listed = s3.client().list_objects_v2(Bucket="messages", Prefix="run/")["Contents"]
        bodies = [s3.client().get_object(Bucket="messages", Key=one["Key"])["Body"].read().decode() for one in listed]
    assert methods("\n".join(bodies)) == METHODS
