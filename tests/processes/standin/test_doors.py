"""The users of the local EMR: every door is on loopback, and opens with its secret, or for its user."""

import http.client
import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

from dagster_pipes_jvm_standin import LocalEMR
from dagster_pipes_jvm_standin.yarn_applications import authorization
from tests.support.emr import Cluster, step
from tests.support.processes import descendants, listening

JOB = Path(__file__).with_name("waiting_job.py")
EVIL = "attacker.example"
# The user of this machine has these in the environment, and no job may see them.
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAUSERSOWNKEY00000",
    "AWS_SECRET_ACCESS_KEY": "users-own-secret-key",
    "AWS_SESSION_TOKEN": "users-own-session-token",
    "MY_API_TOKEN": "users-own-api-token",
    "DB_PASSWORD": "users-own-password",
}


@dataclass
class Running:
    """A local EMR with a job that runs."""

    emr: LocalEMR
    environments: dict[str, dict[str, str]]
    sockets: dict[str, int]
    web_ports: list[int]


@pytest.fixture(scope="module", params=["local", "yarn"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """About 20 s, and 60 s with YARN."""
    ready = tmp_path_factory.mktemp("doors") / "ready"
    os.mkfifo(ready)
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name, value in KEYS.items():
            monkeypatch.setenv(name, value)
        # Emulators of other tests in this process are no part of it, either.
        before = listening(descendants(os.getpid()))
        with LocalEMR(request.param, provisioning_seconds=0) as emr:
            Cluster(emr, step("spark-submit", "--deploy-mode", "cluster", str(JOB), str(ready)), keep_alive=True)
            opened = os.open(ready, os.O_RDONLY | os.O_NONBLOCK)
            assert select.select([opened], [], [], 240)[0], "the job never began"
            with os.fdopen(opened) as told:
                os.set_blocking(opened, True)
                environments = json.load(told)
            # The test's own process is no part of it.
            now = listening(descendants(os.getpid()) - {os.getpid()})
            sockets = {address: process for address, process in now.items() if address not in before}
            yield Running(emr, environments, sockets, web_ports(sockets))


def test_everything_listens_on_loopback_only(running: Running) -> None:
    addresses = {address.split()[0] for address in running.sockets}
    assert addresses <= {"127.0.0.1", "::1"}
    # The server, the driver's and the block manager's; on YARN those of the managers as well.
    assert len(running.sockets) >= {"local": 3, "yarn": 10}[running.emr.engine], running.sockets


def test_a_job_sees_the_keys_of_the_stand_in_and_none_of_the_users(running: Running) -> None:
    for environment in running.environments.values():
        values = "\n".join(environment.values())
        assert [value for value in KEYS.values() if value in values] == []
        assert "DAGSTER_PIPES_JVM_STANDIN_SECRET" not in environment
        assert environment["AWS_SECRET_ACCESS_KEY"] == running.emr.secret_access_key
        assert environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


def test_no_secret_is_in_a_command_line(running: Running) -> None:
    lines = ""
    for pid in descendants(os.getpid()):
        lines += Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    secrets = [running.emr.secret_access_key]
    if running.emr.engine == "yarn":
        secrets.append(running.emr.yarn.web_secret)
    assert [secret for secret in secrets if secret in lines] == []


def test_files_of_the_stand_in_are_its_users(running: Running) -> None:
    assert running.emr.folder.stat().st_mode & 0o077 == 0
    if running.emr.engine == "yarn":
        assert running.emr.yarn.web_secret_file.stat().st_mode & 0o077 == 0


def asked(port: int, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> tuple[int, str]:
    """Status and body of a request with these headers and no others; 0 if the answer is not HTTP."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": f"127.0.0.1:{port}", "Content-Length": str(len(body or b"")), **headers}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def web_ports(sockets: dict[str, int]) -> list[int]:
    """The ports that speak HTTP, as far as they say so; Hadoop's RPC answers HTTP with a hint."""
    ports = {int(address.split()[1]) for address in sockets}
    with ThreadPoolExecutor(len(ports)) as pool:
        answers = dict(zip(ports, pool.map(lambda port: asked(port, "GET", "/", {}), ports), strict=True))
    return [port for port, (status, text) in answers.items() if status and "Hadoop IPC port" not in text]


PATHS = [
    *("/", "/index.html", "/cluster", "/cluster/apps", "/node", "/ws/v1/cluster/info", "/ws/v1/cluster/apps"),
    *(
        "/ws/v1/node/info",
        "/ws/v1/node/containers",
        "/ws/v2/anything",
        "/app/v1/services",
        "/proxy/application_1_0001/",
    ),
    *(
        "/conf",
        "/jmx",
        "/logs",
        "/logs/",
        "/logLevel?log=root",
        "/stacks",
        "/prof",
        "/metrics",
        "/static/",
        "/isActive",
    ),
    *("//ws/v1/cluster/info", "/static/../ws/v1/cluster/info", "/%77s/v1/cluster/info", "/ws/v1/cluster/info;x=y"),
    *("/container/container_1_0001_01_000001", "/terminal/terminal.html", "/sso", "/none", "/moto-api/data.json"),
]


def test_a_web_door_does_not_open_without_the_secret(running: Running) -> None:
    ports = running.web_ports
    assert len(ports) == {"local": 1, "yarn": 2}[running.emr.engine]
    for port in ports:
        for path in PATHS:
            for method in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND"):
                for headers in ({}, {"Authorization": "Basic c3RhbmRpbjo="}, {"Cookie": "user=standin"}):
                    status, _ = asked(port, method, path, headers)
                    # 405 and 501 are answers of the server itself to methods that it does not know.
                    assert status in (401, 403, 405, 501), (port, method, path, headers)
            if path != "/":
                assert asked(port, "GET", f"{path}?user.name=root&doAs=root", {})[0] in (401, 403), (port, path)
        submit = asked(
            port, "POST", "/ws/v1/cluster/apps/new-application?user.name=root", {"Accept": "application/json"}
        )
        assert submit[0] in (401, 403)
        assert "application-id" not in submit[1]
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        shell = "/container/container_1_0001_01_000001/bash"
        assert asked(port, "GET", shell, {**upgrade, "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="})[0] in (401, 403)


def test_a_web_door_of_yarn_opens_with_the_secret_but_for_no_other_page(running: Running) -> None:
    if running.emr.engine == "local":
        pytest.skip("it has none")
    yarn = running.emr.yarn
    port, secret = int(yarn.web_address.rpartition(":")[2]), authorization(yarn.web_secret)
    path = "/ws/v1/cluster/info"
    with urlopen(Request(f"http://{yarn.web_address}{path}", headers=secret), timeout=10) as answer:
        assert json.load(answer)["clusterInfo"]["state"] == "STARTED"
    assert asked(port, "GET", path, secret)[0] == 200
    assert (
        asked(port, "GET", path, {**secret, "Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"})[0]
        == 200
    )
    foreign: list[dict[str, str]] = [
        {"Host": EVIL},
        {"Host": f"{EVIL}:{port}"},
        {"Host": f"127.0.0.1.{EVIL}:{port}"},
        {"Host": f"127.0.0.1@{EVIL}:{port}"},
        {"Host": ""},
        {"Origin": f"http://{EVIL}"},
        {"Origin": "null"},
        {"Origin": f"http://127.0.0.1:{port + 1}"},
        {"Sec-Fetch-Site": "cross-site"},
    ]
    for headers in foreign:
        for door in [port for port in running.web_ports if port != server_port(running)]:
            assert asked(door, "GET", path, {**secret, **headers})[0] in (400, 403), headers


def server_port(running: Running) -> int:
    return int(running.emr.endpoint_url.rpartition(":")[2])


def signed(
    running: Running,
    method: str,
    path: str,
    service: str,
    *,
    host: str,
    body: bytes = b"",
    secret: str | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, str]:
    """A request to the server that is signed as AWS's SDKs do."""
    keys = BotoCredentials(running.emr.access_key_id, secret or running.emr.secret_access_key)
    request = AWSRequest(method=method, url=f"http://{host}{path}", data=body, headers=headers or {})
    (S3SigV4Auth if service == "s3" else SigV4Auth)(keys, service, running.emr.region).add_auth(request)
    return asked(server_port(running), method, path, {"Host": host, **dict(request.headers)}, body)


def test_a_signature_is_for_this_host_and_this_page(running: Running) -> None:
    port = server_port(running)
    assert signed(running, "GET", "/", "s3", host=f"127.0.0.1:{port}")[0] == 200
    for host in (EVIL, f"{EVIL}:{port}", "s3.amazonaws.com", "169.254.169.254"):
        assert signed(running, "GET", "/", "s3", host=host)[0] == 403
    for origin in (f"http://{EVIL}", "null", f"http://127.0.0.1:{port + 1}"):
        assert signed(running, "GET", "/", "s3", host=f"127.0.0.1:{port}", headers={"Origin": origin})[0] == 403


@pytest.mark.parametrize("service", ["s3", "iam", "sts", "elasticmapreduce", "glue"])
def test_a_wrong_signature_opens_nothing_on_any_path_or_by_any_header(running: Running, service: str) -> None:
    host = f"127.0.0.1:{server_port(running)}"
    body = b"Action=CreateUser&UserName=forged&Version=2010-05-08"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    # moto skips its check of the signature for these calls, on whatever service.
    public: list[dict[str, Any]] = [
        {},
        {"X-Amz-Target": "AWSCognitoIdentityService.GetId"},
        {"X-Amz-Target": "AWSCognitoIdentityProviderService.SignUp"},
    ]
    for path in (
        "/",
        "/moto-api/reset",
        "/moto-api/data.json",
        "/latest/meta-data/iam/security-credentials/",
        "/any/key",
    ):
        for headers in public:
            answer = signed(
                running, "POST", path, service, host=host, body=body, secret="wrong", headers={**form, **headers}
            )
            assert answer[0] == 403, (path, headers, answer)
            assert "forged" not in answer[1]
    # Nothing was reset, and no user was made.
    users = signed(running, "POST", "/", "iam", host=host, body=b"Action=ListUsers&Version=2010-05-08", headers=form)
    assert users[0] == 200
    assert "forged" not in users[1]
    assert signed(running, "POST", "/moto-api/reset", "s3", host=host)[0] == 403


# Connects what it accepts with a port, as another user from then on: `RELAY PORT USER`.
RELAY = """
import os, socket, sys, threading
server = socket.create_server(("127.0.0.1", 0))
os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[2]))
print(server.getsockname()[1], flush=True)
def copy(source, target):
    while data := source.recv(65536):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)
while True:
    accepted, _ = server.accept()
    opened = socket.socket(); opened.connect(("127.0.0.1", int(sys.argv[1])))
    for pair in ((accepted, opened), (opened, accepted)):
        threading.Thread(target=copy, args=pair, daemon=True).start()
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")
def test_rpc_answers_the_processes_of_the_user_alone(running: Running, tmp_path: Path) -> None:
    """A client that calls itself by the user's name, as any can, over a connection of another user of the machine."""
    if running.emr.engine == "local":
        pytest.skip("it has no RPC of Hadoop")
    yarn = running.emr.yarn
    _, script = yarn.yarn_command()
    through_relay = tmp_path / "yarn.sh"
    through_relay.write_text(Path(script).read_text().replace(str(yarn.conf_dir), str(tmp_path)))
    conf = (yarn.conf_dir / "yarn-site.xml").read_text()
    address = conf.partition("<name>yarn.resourcemanager.address</name><value>")[2].partition("<")[0]
    for user, is_answered in ((os.getuid(), True), (65534, False)):
        relay = subprocess.Popen(
            [sys.executable, "-c", RELAY, address.rpartition(":")[2], str(user)], stdout=subprocess.PIPE, text=True
        )
        try:
            assert relay.stdout is not None
            port = relay.stdout.readline().strip()
            (tmp_path / "yarn-site.xml").write_text(conf.replace(f">{address}<", f">127.0.0.1:{port}<"))
            done = subprocess.run(
                ["sh", str(through_relay), "application", "-list"], capture_output=True, text=True, timeout=120
            )
        finally:
            relay.kill()
            relay.communicate()
        assert ("application_" in done.stdout) == is_answered, done.stdout + done.stderr
        assert ("belongs to another user" in done.stderr) == (not is_answered)
