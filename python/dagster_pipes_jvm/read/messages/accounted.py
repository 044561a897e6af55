"""The only adapter between Dagster's handlers, which have no account, and our readers, which keep one."""

import sys
from abc import abstractmethod
from collections.abc import Callable
from threading import Lock
from weakref import WeakKeyDictionary

from dagster import PipesMessageHandler, PipesMessageReader
from dagster_pipes import PipesMessage

from dagster_pipes_jvm._dagster import MessageHandler, log_of
from dagster_pipes_jvm.characters import whole_characters
from dagster_pipes_jvm.read.messages.account import RunAccount
from dagster_pipes_jvm.read.messages.whole_text import whole_message

_lock = Lock()
_accounts: WeakKeyDictionary[PipesMessageHandler, RunAccount] = WeakKeyDictionary()


class AccountedHandler(MessageHandler):
    """A handler that keeps the account of its run itself.

    Attributes:
        account (RunAccount): the account of its run.
    """

    account: RunAccount

    @abstractmethod
    def take(self, message: PipesMessage) -> None:
        """Handle a message whose arrival is in the account already."""


def account_of(handler: PipesMessageHandler) -> RunAccount:
    """The account of the run that this handler belongs to; the same one for every reader of the run."""
    if isinstance(handler, AccountedHandler):
        return handler.account
    with _lock:
        return _accounts.setdefault(handler, RunAccount())


def check_closed(account: RunAccount, reader: PipesMessageReader) -> None:
    """The verdict for `require_closed` of a reader, which is for Dagster's own clients.

    Raises:
        PipesNotClosedError: a session never opened, or never closed.
        MessagesMissingError: something is known to be missing.
    """
    silence = "leave `require_closed` out of the reader where it need not report"
    verdict = account.verdict(no_messages_text=reader.no_messages_debug_text(), silence=silence)
    if verdict is not None:
        raise verdict.error


class Recipient:
    """A handler as readers see it, whether it is ours or Dagster's. Threads: any.

    Args:
        handler: gets the messages.

    Attributes:
        account (RunAccount): the account of the handler's run.
        take (Callable[[PipesMessage], None]): handles a message whose arrival is in the account already. It raises the
            error with which the handler refuses the message. Text that no store or page takes is replaced before.
        has_one_session (bool): whether the handler calls every message behind a `closed` unexpected, as Dagster's does.
        take_whole (Callable[[PipesMessage], None]): the same for a message that is known to have no such text.
    """

    def __init__(self, handler: PipesMessageHandler) -> None:
        self.account = account_of(handler)
        self.take_whole: Callable[[PipesMessage], None] = (
            handler.take if isinstance(handler, AccountedHandler) else handler.handle_message
        )
        self.has_one_session = isinstance(handler, PipesMessageHandler) and not isinstance(handler, AccountedHandler)
        # Our handler replaces it itself, whichever reader brings the message.
        is_ours = isinstance(handler, AccountedHandler)
        self.take = self.take_whole if is_ours else _whole_to(handler.handle_message)
        self._handler = handler

    def warn(self, text: str) -> None:
        """Write a warning into the run's event log."""
        log_of(self._handler).warning(whole_characters(text))

    def report(self, origin: str) -> None:
        """Write the exception that is being handled into the run's event log, with its stack trace.

        Args:
            origin: where it happened.
        """
        self._handler.report_pipes_framework_exception(origin, sys.exc_info())


def _whole_to(handle: Callable[[PipesMessage], None]) -> Callable[[PipesMessage], None]:
    return lambda message: handle(whole_message(message))
