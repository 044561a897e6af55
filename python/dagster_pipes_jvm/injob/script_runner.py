"""Runs a PySpark script as spark-submit would, and tells the JVM's Pipes session how it ended.

The launcher makes it the application: `spark-submit ... _script_runner.py SCRIPT ARGUMENTS`. It runs on the driver's Python,
where this package need not be installed: it imports pyspark, and nothing else, when the script has ended.
"""

import atexit
import builtins
import os
import re
import sys
import threading
import types
import warnings
from importlib.machinery import SourceFileLoader
from typing import Any  # Python 3.9 on EMR 7

_MOST_LINKS = 20
_MOST_LINES = 2000


def _run() -> None:
    if len(sys.argv) < 2:
        sys.exit("[dagster-pipes] no script was given. Expected: _script_runner.py SCRIPT [ARGUMENTS]")
    path = _find(sys.argv[1])
    sys.argv = [path, *sys.argv[2:]]
    sys.path[0] = os.path.dirname(path)
    # A module of its own in place of this one: what the script defines is pickled as a script's.
    main = types.ModuleType("__main__")
    main.__dict__.update(
        __file__=path, __builtins__=builtins, __loader__=SourceFileLoader("__main__", path), __cached__=None
    )
    this = sys.modules["__main__"]
    sys.modules["__main__"] = main
    main._dagster_pipes_runner = this  # type: ignore[attr-defined]  # This module's globals are in use to the end.
    in_threads = _watch_threads()
    failure = None
    try:
        with open(path, "rb") as file:
            code = compile(file.read(), path, "exec", dont_inherit=True)
        exec(code, main.__dict__)  # as python does with a script
    except SystemExit as e:
        if e.code is not None and e.code != 0:
            failure = _describe(e, 1)
        raise
    except KeyboardInterrupt as e:
        failure = _describe(e, 1)
        raise
    except BaseException as e:
        failure = _describe(e, 1)
        # As python prints it: without this file's own frame.
        trace = e.__traceback__.tb_next if e.__traceback__ else None
        sys.excepthook(type(e), e.with_traceback(trace), trace)
        sys.exit(1)
    finally:
        _tell_at_the_end(failure, in_threads)


def _find(script: str) -> str:
    """An absolute path, or the name of a file that `--py-files` put into a folder of the Python path."""
    if os.path.isabs(script):
        return script
    for folder in sys.path:
        path = os.path.join(folder, script)
        if os.path.isfile(path):
            # Without this runner the script would not be among those files, of which pyspark warns in YARN's cluster mode.
            warned = rf"Failed to add file \[\S*/{re.escape(script)}\] specified in 'spark.submit.pyFiles'"
            warnings.filterwarnings("ignore", warned, RuntimeWarning)
            return os.path.abspath(path)
    sys.exit(f"[dagster-pipes] the script {script} is not on the driver's Python path: {sys.path}")


def _watch_threads() -> list[Any]:
    """The first exceptions that end other threads. Python prints them, and continues."""
    found: list[Any] = []
    hook = threading.excepthook

    def remember(args: Any) -> None:
        if len(found) < _MOST_LINKS and args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            found.append(_describe(args.exc_value, 0))
        hook(args)

    threading.excepthook = remember
    return found


def _describe(error: BaseException, own_frames: int) -> Any:
    """As `dagster_pipes.PipesException`, causes and contexts in it, each once."""
    import traceback

    seen: set[int] = set()

    def link(e: BaseException | None, skipped: int) -> Any:
        if e is None or id(e) in seen or len(seen) >= _MOST_LINKS:
            return None
        seen.add(id(e))
        trace = e.__traceback__
        for _ in range(skipped):
            trace = trace.tb_next if trace else None
        lines = traceback.format_list(traceback.extract_tb(trace))
        if isinstance(e, SyntaxError):
            lines += traceback.format_exception_only(type(e), e)
        return {
            "message": "".join(traceback.format_exception_only(type(e), e)),
            "stack": lines[-_MOST_LINES:],
            "name": type(e).__name__,
            "cause": link(e.__cause__, 0),
            "context": None if e.__suppress_context__ else link(e.__context__, 0),
        }

    return link(error, own_frames)


def _tell_at_the_end(failure: Any, in_threads: list[Any]) -> None:
    """If threads continue, python waits for them when the script has returned. The end of the script is theirs."""
    others = [thread for thread in threading.enumerate() if thread is not threading.current_thread()]
    so_far = len(in_threads)
    if any(not thread.daemon for thread in others) and "PYSPARK_GATEWAY_PORT" in os.environ:
        try:
            from pyspark import SparkContext

            # Now, because py4j can start no thread at the end of the process. A thread's SparkContext takes it.
            SparkContext._ensure_initialized()
        except Exception as e:
            print(f"[dagster-pipes] the threads of the script are not waited for: {e!r}", file=sys.stderr)
        else:
            atexit.register(lambda: _tell(failure or _late(in_threads[so_far:]) or next(iter(in_threads), None)))
            return
    _tell(failure or next(iter(in_threads), None))


def _late(in_threads: list[Any]) -> Any:
    """As `dagsterpipes.instrument.ThreadFailure`: the process ends with exit code 0, and the step must fail."""
    if not in_threads:
        return None
    return {
        "message": f"A thread failed after the script had ended: {in_threads[0]['message'].strip()}",
        "stack": [],
        "name": "dagsterpipes.instrument.ThreadFailure",
        "cause": in_threads[0],
        "context": None,
    }


def _tell(failure: Any) -> None:
    """Whatever goes wrong here is not the script's: the end of the process tells the rest."""
    try:
        import json

        from pyspark import SparkContext

        gateway = SparkContext._gateway
        if gateway is None and "PYSPARK_GATEWAY_PORT" in os.environ:
            from pyspark.java_gateway import launch_gateway

            gateway = launch_gateway()  # of the JVM that started this process
        if gateway is not None:
            gateway.jvm.dagsterpipes.instrument.PipesMain.pythonEnds(None if failure is None else json.dumps(failure))
    except Exception as e:
        print(f"[dagster-pipes] the end of the script could not be told: {e!r}", file=sys.stderr)


if __name__ == "__main__":
    _run()
