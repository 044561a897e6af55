"""The context of one run, which can be moved, and kept for a later attempt of the step."""

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
    """The context of one run. It can move if the job would be too long with it, and stay if the job is left running.

    Lifecycle: one per run. Threads: one at a time.

    Args:
        injector: brings the context to the job.
        fallback: the store for a job that would be too long with it, if `injector` puts it into the job's parameters.
            `None` for no store.
        known: the parameters of an existing context, for a job that this attempt continues with.
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
        """Whether the context may move, and a store exists for it."""
        return self._fallback is not None and isinstance(self._injector, PipesEnvContextInjector)

    def move(self, context: PipesContextData) -> PipesParams:
        """Put the context into the store, and return its parameters."""
        assert self._fallback is not None
        self._injector = self._fallback
        self._params = self._stack.enter_context(self._fallback.inject_context(context))
        return self._params

    @property
    def params(self) -> PipesParams:
        """The parameters with which the job finds the context."""
        return self._params

    def keep(self) -> None:
        """Leave the context where it is: its job runs on."""
        self._is_kept = True
        if self._known is None and isinstance(self._injector, KeepsContexts):
            self._injector.keep(self._params)

    def no_messages_debug_text(self) -> str:
        """The advice for a run without messages."""
        return self._injector.no_messages_debug_text()

    def _remove_known(self, known: PipesParams) -> None:
        if self._is_kept or "key" not in known:
            return
        candidates: list[object] = [self._injector, self._fallback]
        for injector in candidates:
            if isinstance(injector, KeepsContexts):
                injector.remove(known)
                return
