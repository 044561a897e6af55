import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.submit.test_instrument import RUNNER


@pytest.mark.parametrize(
    "body",
    [
        "import sys; print(sys.argv[1:], __name__, __file__ == sys.argv[0], sys.path[0]); sys.exit(7)",
        "import helper; print(helper.x)",
        "def f():\n    return 1 // 0\ntry:\n    f()\nexcept ZeroDivisionError as e:\n    raise RuntimeError('no') from e",
        "print('a'",
        "import sys; sys.exit('words')",
        "import sys; sys.excepthook = lambda *e: print('own', e[0].__name__); raise KeyError(1)",
        "import pickle\nclass A: pass\nprint(pickle.loads(pickle.dumps(A())).__class__ is A)",
        "import threading\nt = threading.Timer(0.1, lambda: print('later', x)); t.start(); x = 1",
        "import atexit; atexit.register(lambda: print('at exit', y)); y = 2",
        "raise KeyboardInterrupt",
    ],
)
def test_a_script_does_under_the_runner_what_it_does_alone(body: str, tmp_path: Path) -> None:
    script = tmp_path / "a script.py"
    script.write_text(body, encoding="utf-8")
    (tmp_path / "helper.py").write_text("x = 'helper'", encoding="utf-8")
    alone, under = (
        subprocess.run([sys.executable, *command, str(script), "ä", ""], capture_output=True, text=True)
        for command in ([], [RUNNER])
    )
    if body == "raise KeyboardInterrupt":
        assert (under.returncode, "KeyboardInterrupt" in under.stderr) == (alone.returncode, True)
    else:
        assert (under.returncode, under.stdout, under.stderr) == (alone.returncode, alone.stdout, alone.stderr)
