"""Lines with an identity, as the writers of the JVM and of Python write them for a reader that sends `TOKEN`."""

from typing import Any

from dagster_pipes_jvm.read.messages.account import RunAccount
from dagster_pipes_jvm.read.messages.accounted import account_of
from tests.support.recording import RecordingHandler, message

TOKEN = "k3f9a1"

# By hand, each form once: a session `x7c2` of both producers.
SESSION = """\
{"__dagster_pipes_version":"0.1","method":"opened","params":{"extras":{}},"n":"k3f9a1x7c2j.1"}
{"__dagster_pipes_version":"0.1","method":"log","params":{"message":"of the JVM","level":"INFO"},"n":"k3f9a1x7c2j.2"}
{"__dagster_pipes_version": "0.1", "method": "log", "params": {"message": "of Python", "level": "INFO"}, "n": "k3f9a1x7c2p.1"}
{"__dagster_pipes_version":"0.1","method":"report_custom_message","params":{"payload":1},"n":"k3f9a1x7c2j.3"}
{"__dagster_pipes_version":"0.1","method":"closed","params":{},"dagster_pipes_jvm":{"messages":{"j":4,"p":1},"dropped_log_lines":0},"n":"k3f9a1x7c2j.4"}
""".splitlines()
TEXTS = ["opened", "of the JVM", "of Python", "report_custom_message", "closed"]


class Session:
    """Writes the lines of one session.

    Args:
        id: its id.
        token: the token of its run.
        attempt: the attempt that its platform says, or `None`.
        application: the application that its platform says, or `None`.
    """

    def __init__(
        self, id: str = "x7c2", *, token: str = TOKEN, attempt: int | None = None, application: str | None = None
    ) -> None:
        self.id = id
        self.token = token
        self._facts = {"attempt": attempt, "application": application}
        self._last = {"j": 0, "p": 0}

    def line(self, method: str, params: Any = None, *, by: str = "j", **more: Any) -> str:
        """The next line of a producer."""
        self._last[by] += 1
        return message(method, params, **more, n=f"{self.token}{self.id}{by}.{self._last[by]}")

    def opened(self) -> str:
        """Its first line."""
        said = {name: fact for name, fact in self._facts.items() if fact is not None}
        return self.line("opened", {"extras": {}}, **({"dagster_pipes_jvm": said} if said else {}))

    def log(self, text: str, *, by: str = "j") -> str:
        """A log line."""
        return self.line("log", {"message": text, "level": "INFO"}, by=by)

    def report(self, asset_key: str = "probe", *, by: str = "j") -> str:
        """A materialization."""
        return self.line("report_asset_materialization", {"asset_key": asset_key}, by=by)

    def closed(self, *, dropped: int = 0, **params: Any) -> str:
        """Its last line, with the counts."""
        counts = {by: last for by, last in {**self._last, "j": self._last["j"] + 1}.items() if last}
        facts = {"messages": counts, "dropped_log_lines": dropped}
        return self.line("closed", params, dagster_pipes_jvm=facts)


def numbered_handler() -> RecordingHandler:
    """A handler of a run with the token `TOKEN`."""
    handler = RecordingHandler()
    account(handler).adopt_token(TOKEN)
    return handler


def account(handler: RecordingHandler) -> RunAccount:
    """The account of the handler's run."""
    return account_of(handler)  # type: ignore[arg-type]  # a recorder of the handler's calls
