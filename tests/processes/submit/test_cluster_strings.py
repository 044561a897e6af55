"""The rule for arguments on YARN against a shell that gets them as a container's launch script does."""

import subprocess

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dagster_pipes_jvm import SparkJob
from dagster_pipes_jvm.submit.cluster_strings import DriverStrings
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit

UTF_8 = {"spark.yarn.appMasterEnv.LC_ALL": "C.UTF-8"}
# The characters that anything on the way may read, and some that nothing reads.
CHARACTERS = "\\$\"'`{}<>() \n\tab!*~#;&|é\r="
TOKENS = ["{{", "}}", "<LOG_DIR>", "<CPS>", "$HOME", "$(echo x)", "`echo x`", "\\\\", '\\"', "\\'", *CHARACTERS]
texts = st.lists(st.sampled_from(TOKENS), max_size=8).map("".join)


def launched(args: list[str]) -> list[str]:
    """The arguments that arrive: as Spark escapes them, YARN expands them, and the shell reads them."""
    escapes = {"$": "\\$", '"': '\\"', "'": "'\\''"}
    command = " ".join("'" + "".join(escapes.get(c, c) for c in arg) + "'" for arg in args)
    for mark, value in (("<LOG_DIR>", "/logs"), ("<CPS>", ":"), ("<ADD_OPENS>", ""), ("{{", "$"), ("}}", "")):
        command = command.replace(mark, value)
    script = f"exec /bin/bash -c \"printf '%s\\0' {command}\"\n"
    done = subprocess.run(["/bin/bash"], input=script.encode(), capture_output=True, env={"HOME": "/home"})
    return done.stdout.decode("utf-8", "replace").split("\0")[:-1]


def refused(arg: str) -> bool:
    job = SparkJob("job.py", args=[arg], conf=UTF_8)
    return bool(DriverStrings(SparkSubmit.of(job, master="yarn", deploy_mode="cluster")).changed())


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(texts, min_size=1, max_size=6))
@example(["a\\", "'b\\'"])
@example(["\\$HOME"])
@example(["\x01\x7f", "\u2028"])
def test_an_argument_that_is_not_refused_arrives_as_given(args: list[str]) -> None:
    sent = [arg for arg in args if not refused(arg)]
    assert launched(["first", *sent]) == ["first", *sent]


@settings(max_examples=200)
@given(texts)
def test_a_refused_argument_would_not_have_arrived(arg: str) -> None:
    # A mark without a name is refused for its braces, whatever the shell would make of it.
    if refused(arg):
        assert launched([arg]) != [arg]
