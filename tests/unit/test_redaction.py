"""The shown form of arguments, properties and messages: it has no secret in any form, and everything else."""

import time

import pytest

from dagster_pipes_jvm.redaction import REDACTED, is_secret, secrets_of, shown_text, shown_words

AWS_KEY = "AKIAIOSFODNN7EXAMPLE"


@pytest.mark.parametrize(
    "words",
    [
        ["--password", "hush"],
        ["-password", "hush"],
        ["--db.password", "hush"],
        ["--api_key", "hush"],
        ["--pass", "hush"],
        ["-storepass", "hush"],
        ["--password=hush hush"],
        ["password=hush hush"],
        ["password: hush"],
        ["DB_PASSWORD=hush"],
        ["AWS_SECRET_ACCESS_KEY=hush"],
        ["-Djavax.net.ssl.keyStorePassword=hush"],
        ["--conf", "spark.hadoop.fs.s3a.access.key=hush"],
        ["--conf", "spark.hadoop.fs.azure.account.key.lake.dfs.core.windows.net=hush"],
        ["--conf", "spark.hadoop.javax.jdo.option.ConnectionPassword=hush"],
        ["--conf", "spark.driver.extraJavaOptions=-Da=1 -Dmy.token=hush -Db=2"],
        ["jdbc:postgresql://host/db?user=u&password=hush&ssl=true"],
        ["jdbc:postgresql://u:hush@host/db"],
        ["jdbc:sqlserver://host;user=u;password=hush;encrypt=true"],
        ["jdbc:oracle:thin:scott/hush@//host:1521/db"],
        ["mongodb+srv://u:hu@sh@host/db"],
        ["redis://:hush@host:6379"],
        [f"s3a://{AWS_KEY}:hu/sh@bucket/path"],
        ["https://lake.blob.core.windows.net/c?sv=2024&sig=hush%3D"],
        ["https://bucket.s3.amazonaws.com/k?X-Amz-Signature=hush"],
        ["Server=h;Uid=u;Pwd=hush;"],
        ["host=h password=hush user=u"],
        ['{"user": "u", "password": "hush"}'],
        ["{'db': {'password': 'hush'}}"],
        [r"{\"password\":\"hush\"}"],
        ["CREATE TABLE t USING jdbc OPTIONS (user 'u', password 'hush')"],
        ["-u", "u:hush"],
        ["-H", "Authorization: Bearer hushhushhush"],
        ["-H", "Authorization: Basic aHVzaGh1c2g="],
    ],
)
def test_a_secret_is_shown_in_no_form(words: list[str]) -> None:
    for shown in (" ".join(shown_words(words)), shown_text(repr(words))):
        assert REDACTED in shown
        assert "hush" not in shown
        assert "hu/sh" not in shown
        assert "hu@sh" not in shown
        assert "aHVzaGh1c2g=" not in shown
        assert AWS_KEY not in shown


@pytest.mark.parametrize(
    "secret",
    [
        AWS_KEY,
        "ASIAIOSFODNN7EXAMPLE",
        "ghp_" + "a1" * 18,
        "github_pat_" + "a1" * 20,
        "xoxb-123456789012-abcdef",
        "dapi" + "0a" * 16,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_a_value_of_a_known_form_is_a_secret_without_a_name(secret: str) -> None:
    assert shown_words([secret, f"x {secret} y"]) == [REDACTED, f"x {REDACTED} y"]


@pytest.mark.parametrize(
    "word",
    [
        "spark.sql.shuffle.partitions=200",
        "s3://token-bucket/secret/part-1",
        "abfss://container@account.dfs.core.windows.net/p",
        "compass=1",
        "bypass=2",
        "design=3",
        "key=4",
        "2026-11-28",
        "a:b",
        "x@y.example",
        "--keytab",
        "spark.yarn.tags=dagster-pipes-3f1c",
        "SELECT a FROM t WHERE b = 'c'",
        "é€😀",
    ],
)
def test_what_is_no_secret_is_shown(word: str) -> None:
    assert shown_words([word]) == [word]
    assert shown_text(word) == word


def test_the_rest_of_a_command_is_shown() -> None:
    words = ["spark-submit", "--conf", "spark.a.secret=hush", "job.py", "--password", "hush", "--date", "2026-11-28"]
    shown = ["spark-submit", "--conf", f"spark.a.secret={REDACTED}", "job.py", "--password", REDACTED, *words[-2:]]
    assert shown_words(words) == shown
    url = "jdbc:postgresql://u:hush@host/db?ssl=true"
    assert shown_words([url]) == [url.replace("hush", REDACTED)]


def test_the_redaction_of_the_job_itself_holds_for_names_and_values() -> None:
    words = ["--conf", "spark.my.pin=1234", "--conf", "spark.x=the PIN", "--pin", "1234", "--name", "x"]
    shown = shown_words(words, "(?i)pin")
    assert shown == [
        "--conf",
        f"spark.my.pin={REDACTED}",
        "--conf",
        f"spark.x={REDACTED}",
        "--pin",
        REDACTED,
        *words[-2:],
    ]
    assert is_secret("spark.my.pin", "(?i)pin")
    assert not is_secret("spark.my.pin")
    # Spark's default stays, and what only Java can read hides more, not less.
    assert shown_words(["a.password=hush"], "pin") == [f"a.password={REDACTED}"]
    assert shown_words(["a=b"], r"\p{Alpha}") == [f"a={REDACTED}"]


def test_a_known_secret_is_hidden_wherever_it_stands() -> None:
    known = secrets_of(["--password", "s3cr3t!x", "jdbc:a://u:hunter22@h/d", '{"token": "tok-12345"}', "--pwd", "yes"])
    text = shown_text("login of s3cr3t!x with hunter22 and tok-12345 failed: yes", known)
    assert text == f"login of {REDACTED} with {REDACTED} and {REDACTED} failed: yes"


def test_a_text_that_is_shown_twice_stays_as_it_is() -> None:
    once = shown_text("spark-submit --conf 's.token=x hush' --password hush 'a.secret'=hush {\"pwd\": \"hush\"}")
    assert "hush" not in once
    assert shown_text(once) == once


def test_a_long_word_costs_no_more_than_its_length() -> None:
    began = time.process_time()
    for long in ("a" * 100_000, "token" * 20_000, "a-b." * 25_000, "'" * 100_000, '"token' * 20_000, ": " * 100_000):
        shown_text(long)
        shown_words([long, f"spark.x={long}"])
    assert time.process_time() - began < 20


def test_the_word_that_begins_a_remedy_is_no_name() -> None:
    assert shown_text("Pass 's3' or \"file\".") == "Pass 's3' or \"file\"."
    assert "hush" not in shown_text("OPTIONS (pass 'hush')") + shown_text("db.Pass 'hush'")
