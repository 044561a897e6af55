"""The context of a run on EMR: in the step itself while it fits, on S3 where it does not, and where a later attempt finds it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from dagster import PipesContextInjector, PipesEnvContextInjector
from dagster_pipes import PipesContextData, PipesParams

from dagster_pipes_jvm.inject.s3 import PipesJvmS3ContextInjector


class RunContext(PipesContextInjector):
    """The context of one run, which can move to S3 when the step turns out too long, and stay when the run is left.

    Lifecycle: one per run. Threads: one at a time.

    Args:
        injector: the user's; `None` for the parameters themselves, and S3 where they are too long.
        on_s3: where the context goes then; `None` where there is no bucket.
        known: the parameters of a context that lies somewhere already, for a run that is taken up again.
    """

    def __init__(
        self,
        injector: PipesContextInjector | None,
        on_s3: PipesJvmS3ContextInjector | None,
        known: PipesParams | None = None,
    ) -> None:
        self._injector = injector or PipesEnvContextInjector()
        self._on_s3 = on_s3
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
        """Whether the context may move to S3, and there is a bucket for it."""
        return self._on_s3 is not None and isinstance(self._injector, PipesEnvContextInjector)

    def move_to_s3(self, context: PipesContextData) -> PipesParams:
        """Write the context into the bucket; returns its parameters."""
        assert self._on_s3 is not None
        self._injector = self._on_s3
        self._params = self._stack.enter_context(self._on_s3.inject_context(context))
        return self._params

    @property
    def params(self) -> PipesParams:
        """Where the context is."""
        return self._params

    def keep(self) -> None:
        """Leave the context where it is: its job runs on."""
        self._is_kept = True
        if self._known is None and isinstance(self._injector, PipesJvmS3ContextInjector):
            self._injector.keep(self._params)

    def no_messages_debug_text(self) -> str:
        """What to check when nothing arrived."""
        return self._injector.no_messages_debug_text()

    def _remove_known(self, known: PipesParams) -> None:
        injector = self._injector if isinstance(self._injector, PipesJvmS3ContextInjector) else self._on_s3
        if injector is not None and "key" in known and not self._is_kept:
            injector.remove(known)
