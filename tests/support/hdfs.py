"""`MiniDfs`: a real HDFS of one node for tests, with WebHDFS, from Hadoop's published jars (`MiniDfs.java` beside this)."""

import getpass
from pathlib import Path

from dagster_pipes_jvm_standin._mini_cluster import MiniCluster


class MiniDfs(MiniCluster):
    """One namenode and one datanode in a JVM of their own; about 10 s to start.

    Lifecycle: a context manager, see `MiniCluster`.

    Args:
        base_dir: an empty or new folder, `tmp_path` of pytest.
    """

    def __init__(self, base_dir: Path) -> None:
        super().__init__(base_dir, [Path(__file__).with_name("MiniDfs.java")], [], None)
        self.uri = ""
        self.web_uri = ""
        self.storage_options = {"user": getpass.getuser()}

    def __enter__(self) -> "MiniDfs":
        self.uri, self.web_uri = self.start().split()
        return self
