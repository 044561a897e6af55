"""The context of one run: where it can be moved to, and where a later attempt of the step finds it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Protocol, runtime_checkable

from dagster import PipesContextInjector, PipesEnvContextInjector
from dagster_pipes import PipesContextData, PipesParams


@runtime_checkable
class KeepsContexts(Protocol):
    """An injector whose contexts may outlive the process that made them, such as `PipesJvmS3ContextInjector`."""

    def keep(self, params: PipesParams) -> None:
        """Leave the context of one run where it is."""

    def remove(self, params: PipesParams) -> None:
        """Take away one that was kept, in whichever process."""


class RunContext(PipesContextInjector):
    """The context of one run, which can move when the job turns out too long with it, and stay when the job is left running.

    Lifecycle: one per run. Threads: one at a time.

    Args:
        injector: how the context goes to the job.
        fallback: where it goes when the job is too long with it, if `injector` puts it into the job's parameters; `None` for
            nowhere.
        known: the parameters of a context that lies somewhere already, for a job that is gone on with.
    """

    def __init__(
        self,
        injector: PipesContextInjector,
        fallback: PipesContextInjector | None,
        known: PipesParams | None = None,
    ) -> None:
        self._injector = injector
        self._fallback = fallback
        self._known = known
        self._stack = ExitStack()
        self._params: PipesParams = {}
        self._is_kept = False

    @contextmanager
    def inject_context(self, context: PipesContextData) -> Iterator[PipesParams]:
        """Yields the parameters with which the job finds the context; at the end it is removed, unless it is kept."""
        if self._known is not None:
            self._params = self._known
            try:
                yield self._known
            finally:
                self._remove_known(self._known)
            return
        with self._stack:
            self._params = self._stack.enter_context(self._injector.inject_context(context))
            yield self._params

    @property
    def can_move(self) -> bool:
        """Whether the context may move, and there is somewhere to move it."""
        return self._fallback is not None and isinstance(self._injector, PipesEnvContextInjector)

    def move(self, context: PipesContextData) -> PipesParams:
        """Put the context there; returns its parameters."""
        assert self._fallback is not None
        self._injector = self._fallback
        self._params = self._stack.enter_context(self._fallback.inject_context(context))
        return self._params

    @property
    def params(self) -> PipesParams:
        """Where the context is."""
        return self._params

    def keep(self) -> None:
        """Leave the context where it is: its job runs on."""
        self._is_kept = True
        if self._known is None and isinstance(self._injector, KeepsContexts):
            self._injector.keep(self._params)

    def no_messages_debug_text(self) -> str:
        """What to check when nothing arrived."""
        return self._injector.no_messages_debug_text()

    def _remove_known(self, known: PipesParams) -> None:
        if self._is_kept or "key" not in known:
            return
        candidates: list[object] = [self._injector, self._fallback]
        for injector in candidates:
            if isinstance(injector, KeepsContexts):
                injector.remove(known)
                return
