"""The strings that a platform changes on their way to a driver in cluster mode."""

from dataclasses import replace
from typing import Any

import pytest

from dagster_pipes_jvm import SparkJob
from dagster_pipes_jvm.submit.cluster_strings import DriverStrings
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit
from dagster_pipes_jvm.texts import PAGE_URL

UTF_8 = {"spark.yarn.appMasterEnv.LC_ALL": "C.UTF-8"}
OPTIONS = "spark.driver.extraJavaOptions"
ENV = "spark.yarn.appMasterEnv.NAME"


def changed(master: str = "yarn", deploy_mode: str = "cluster", **fields: Any) -> list[str]:
    """The parameters that change, each with its error."""
    job = SparkJob("job.jar", **{"main_class": "acme.Main", **fields})
    found = DriverStrings(SparkSubmit.of(job, master=master, deploy_mode=deploy_mode)).changed()
    return [f"{one.parameter}: {one.error('SparkJob')}" for one in found]


@pytest.mark.parametrize(
    "arg",
    [
        '{"a": {"b": 1}}',
        "{{ds}}",
        "<LOG_DIR>/x",
        "a<CPS>b",
        "<ADD_OPENS>",
        "`id`",
        "back\\\\slash",
        "\\$HOME",
        '\\"',
        "\\\n",
        "café",
        "\U0001f680",
    ],
)
def test_on_yarn_an_argument_that_would_change_is_found_in_cluster_mode_alone(arg: str) -> None:
    (error,) = changed(args=["plain", arg])
    assert error.startswith("args[1]: Invalid value for parameter `args[1]` of `SparkJob`.")
    assert error.endswith(f"See {PAGE_URL}#cluster-strings")
    assert changed(deploy_mode="client", args=["plain", arg]) == []
    assert changed("local[2]", "client", args=["plain", arg]) == []


def test_the_error_names_place_effect_and_remedy() -> None:
    (error,) = changed(args=["x" * 100 + '{"a": {"b": 1}}'])
    assert error == (
        "args[0]: Invalid value for parameter `args[0]` of `SparkJob`. Expected a string that a driver in cluster mode gets"
        " unchanged, got '}}' at character 114 of 115, in '...xxxxxxx{\"a\": {\"b\": 1}}': YARN reads it as the mark of a"
        " variable, and replaces or removes it. Pass the value in Pipes `extras`, or encode it, for example with base64."
        f" In JSON, write a space between the braces. See {PAGE_URL}#cluster-strings"
    )


def test_a_secret_is_not_shown() -> None:
    (arg, conf) = changed(
        args=["--password", "hush`hush"], conf={"spark.yarn.appMasterEnv.DB_PASSWORD": "hush$hush", **UTF_8}
    )
    assert "hush" not in arg.replace("TROUBLESHOOTING", "")
    assert "hush" not in conf


@pytest.mark.parametrize(
    "arg",
    [
        "",
        " a ",
        "$HOME ${HOME} $(id)",
        "'single' \"double\"",
        "\\n \\d+",
        "a\\",
        "\\'",
        "line\nbreak\r\n",
        "{} } }",
        "!&|;<>*?#~",
    ],
)
def test_other_arguments_are_sent(arg: str) -> None:
    assert changed(args=[arg]) == []


def test_text_of_other_alphabets_is_sent_if_the_job_sets_a_locale_for_it() -> None:
    assert changed(args=["café"], conf=UTF_8) == []
    assert changed(args=["café"], conf={"spark.yarn.appMasterEnv.LANG": "de_DE.UTF-8"}) == []
    (error,) = changed(args=["café"], conf={**UTF_8, "spark.yarn.appMasterEnv.LC_ALL": "C"})
    assert "the driver reads `?` unless its container has a UTF-8 locale. " in error
    assert "Or set `spark.yarn.appMasterEnv.LC_ALL` to a UTF-8 locale" in error
    (error,) = changed(main_class="acme.Größe")
    assert error.startswith("main_class: ")


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        (OPTIONS, "-Da=`id`", "'`'"),
        (OPTIONS, "-Da={{HOME}} -Db={}}", "'}}'"),
        (OPTIONS, "-Da=x\\\\y", "backslash"),
        (OPTIONS, "-Da=é", "UTF-8"),
        ("spark.executor.extraJavaOptions", "-Da=`id`", "'`'"),
        ("spark.driver.extraClassPath", 'a"b', "'\"'"),
        (ENV, "pa$word", "write {{NAME}}"),
        (ENV, 'a "quoted" word', "'\"'"),
        (ENV, "`id`", "'`'"),
        (ENV, "a\\\\b", "backslash"),
        ("spark.executorEnv.NAME", "$(id)", "'$'"),
        ("spark.echo", "value ", "a space at its start or end"),
        ("spark.echo", "\tvalue", "a space at its start or end"),
    ],
)
def test_on_yarn_a_property_that_would_change_is_found(key: str, value: str, what: str) -> None:
    (error,) = changed(conf={key: value})
    assert error.startswith(f"conf[{key!r}]: Invalid value for parameter `conf[{key!r}]` of `SparkJob`.")
    assert what in error
    # The executors' containers are started in the same way in client mode.
    assert len(changed(deploy_mode="client", conf={key: value})) == key.startswith("spark.executor")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (OPTIONS, "-Xlog:gc:<LOG_DIR>/gc.log -Da={{PWD}}/x '-Db=a b' -Dc=\"d\\\\e\""),
        ("spark.driver.extraClassPath", "{{PWD}}/a.jar:/b/*"),
        (ENV, "{{PATH}}:/opt/bin"),
        ("spark.echo", '{{a}} `id` $HOME \\\\ " é \n'),
        ("spark.app.name", "{{a}} `id` é"),
    ],
)
def test_the_marks_of_yarn_and_properties_that_travel_in_a_file_are_sent(key: str, value: str) -> None:
    assert changed(conf={key: value}) == []


def test_kubernetes_and_standalone_clusters_expand_other_things() -> None:
    k8s = [changed("k8s://https://host", args=[arg]) for arg in ("$(NAME)", "a$$b", "{{x}} `id` $HOME")]
    assert [len(errors) for errors in k8s] == [1, 1, 0]
    assert "Kubernetes expands it." in k8s[0][0]
    (error,) = changed("k8s://https://host", args=["é"])
    assert "Or set `spark.kubernetes.driverEnv.LC_ALL`" in error
    assert len(changed("k8s://https://host", conf={"spark.echo": "value "})) == 1
    assert changed("spark://host:7077", conf={"spark.echo": "value "}) == []
    assert changed("k8s://https://host", args=["é"], conf={"spark.kubernetes.driverEnv.LC_ALL": "C.UTF-8"}) == []
    standalone = [changed("spark://host:7077", args=[arg]) for arg in ("{{USER_JAR}}", "a{{USER_JAR}}", "é")]
    assert [len(errors) for errors in standalone] == [1, 0, 1]


def test_the_settings_of_the_machine_count_for_the_mode_and_the_locale_and_are_not_refused() -> None:
    submit = SparkSubmit.read(["--master", "yarn", "job.jar", "é"])
    assert DriverStrings(submit).changed() == []
    in_cluster = replace(submit, defaults={"spark.submit.deployMode": "cluster", ENV: "$PATH"})
    assert [one.parameter for one in DriverStrings(in_cluster).changed()] == ["args[0]"]
    with_locale = replace(in_cluster, defaults={**in_cluster.defaults, **UTF_8})
    assert DriverStrings(with_locale).changed() == []
