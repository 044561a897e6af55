"""Print the command that runs the conformance program, as one JSON list."""

import json
import os
import shutil
from pathlib import Path

HERE = Path(__file__).parent
java_home = os.environ.get("JAVA_HOME")
java = str(Path(java_home) / "bin" / "java") if java_home else shutil.which("java") or "java"
class_path = (HERE / "target" / "classpath.txt").read_text(encoding="utf-8").strip()
print(json.dumps([java, "-cp", class_path, "dagsterpipes.conformance.Main"]))
