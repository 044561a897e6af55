"""Steps as users hold them, for properties."""

import shlex
from typing import Any

from hypothesis import strategies as st

_values = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff,"), max_size=12)
_uris = st.sampled_from(["s3://b/a.jar", "/usr/lib/x.jar", "s3://b/c d.jar"])
_lists = st.lists(_uris, max_size=3).map(",".join)
_conf = st.one_of(
    st.builds("spark.user.{}={}".format, st.sampled_from("abc"), _values),
    st.builds("spark.jars={}".format, _lists),
    st.builds("spark.yarn.dist.jars={}".format, _lists),
    st.builds("spark.submit.pyFiles={}".format, _lists),
    st.builds("spark.yarn.dist.pyFiles={}".format, _lists),
    st.builds("spark.yarn.tags={}".format, st.sampled_from(["team", "a,b", ""])),
    st.builds("spark.yarn.maxAppAttempts={}".format, st.sampled_from("123")),
    st.builds("spark.submit.deployMode={}".format, st.sampled_from(["client", "cluster"])),
)
_options = st.one_of(
    st.tuples(st.sampled_from(["--conf", "-c"]), _conf),
    _conf.map(lambda conf: (f"--conf={conf}",)),
    st.tuples(st.sampled_from(["--jars", "--py-files"]), _lists),
    st.tuples(st.just("--deploy-mode"), st.sampled_from(["client", "cluster"])),
    st.tuples(st.just("--master"), st.sampled_from(["yarn", "local[2]"])),
    st.tuples(st.just("--properties-file"), st.just("/etc/my.conf")),
    st.just(("--verbose",)),
)
_words = st.builds(
    lambda options, application, args: [*(word for option in options for word in option), application, *args],
    st.lists(_options, max_size=6),
    st.sampled_from(["s3://b/job.jar", "s3://b/job.py"]),
    st.lists(_values, max_size=3),
)
_args = st.one_of(
    _words.map(lambda words: ["spark-submit", *words]),
    _words.map(lambda words: ["/usr/bin/spark-submit", *words]),
    _words.map(lambda words: ["bash", "-c", "set -e; spark-submit " + shlex.join(words) + " 2>&1"]),
    st.lists(_values, max_size=3).map(lambda words: ["s3-dist-cp", *words]),
)
_more = st.fixed_dictionaries(
    {},
    optional={
        "ActionOnFailure": st.sampled_from(["CONTINUE", "CANCEL_AND_WAIT", "TERMINATE_CLUSTER"]),
        "ExecutionRoleArn": st.just("arn:aws:iam::123456789012:role/job"),
        "StepMonitoringConfiguration": st.just({"S3MonitoringConfiguration": {"LogUri": "s3://b/logs"}}),
    },
)


def _step(name: str, args: list[str], properties: list[dict[str, str]], more: dict[str, Any]) -> dict[str, Any]:
    jar_step: dict[str, Any] = {"Jar": "command-runner.jar", "Args": args}
    if properties:
        jar_step["Properties"] = properties
    return {"Name": name, "HadoopJarStep": jar_step, **more}


steps = st.builds(_step, _values, _args, st.lists(st.just({"Key": "k", "Value": "v"}), max_size=1), _more)
submit_words = _words
cluster_configurations = st.lists(
    st.builds(
        lambda name, properties: {"Classification": name, "Properties": properties},
        st.sampled_from(["spark-defaults", "spark", "yarn-site"]),
        st.dictionaries(
            st.sampled_from(
                [
                    *("spark.jars", "spark.yarn.dist.jars", "spark.submit.pyFiles", "spark.yarn.dist.pyFiles"),
                    *("spark.yarn.tags", "spark.submit.deployMode"),
                ]
            ),
            st.sampled_from(["cluster", "x,y"]),
        ),
    ),
    max_size=2,
    unique_by=lambda entry: entry["Classification"],
)
