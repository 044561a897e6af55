import pytest

from dagster_pipes_jvm.platforms.emr.log_uri import LogUri


@pytest.mark.parametrize("prefix", ["my logs", "a#b", "what?", "100%20", "größe", "a+b", ""])
def test_a_log_uri_keeps_every_character_of_its_prefix(prefix: str) -> None:
    for uri in (LogUri.parse(f"s3://bucket/{prefix}/", call="test"), LogUri.of_cluster(f"s3n://bucket/{prefix}/")):
        assert uri == LogUri("bucket", prefix)
