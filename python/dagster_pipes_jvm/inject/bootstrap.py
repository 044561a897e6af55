"""The bootstrap parameters of a session, as Spark properties.

Every `--conf spark.*` is a system property of the driver in client and in cluster mode on every platform, so the properties
are what the bridge reads. `submit.attach` makes the environment of them, for Dagster's own `open_dagster_pipes()`.
"""

from dagster import PipesSession

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.wire import CONF_KEY_BY_VARIABLE, CONTEXT_CONF_KEY

# Linux gives one argument of a process 128 KiB (MAX_ARG_STRLEN); the key and `=` stand in the same argument.
MAX_ENCODED_CHARACTERS = 131_072 - 256


def is_too_long(session: PipesSession) -> bool:
    """Whether a parameter of a session is longer than one argument of a process can be."""
    return any(len(value) > MAX_ENCODED_CHARACTERS for value in session.get_bootstrap_env_vars().values())


def bootstrap_conf(session: PipesSession, *, call: str) -> dict[str, str]:
    """The Spark properties from which the bridge opens the session.

    Raises:
        InvalidParameterError: the encoded context is longer than one argument of a process can be.
    """
    conf = {CONF_KEY_BY_VARIABLE[variable]: value for variable, value in session.get_bootstrap_env_vars().items()}
    for key, value in conf.items():
        if len(value) > MAX_ENCODED_CHARACTERS:
            raise InvalidParameterError(
                parameter="extras" if key == CONTEXT_CONF_KEY else "message_reader",
                call=call,
                expected=f"a Pipes context of at most {MAX_ENCODED_CHARACTERS:,} characters when encoded",
                got=f"{len(value):,} characters",
                remedy="Pass less in `extras`, or give the client a `context_injector` that stores the context, such as"
                " dagster_aws.pipes.PipesS3ContextInjector.",
                anchor="parameters",
            )
    return conf
