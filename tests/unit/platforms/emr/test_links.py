"""The links to the consoles of AWS's partitions."""

import pytest

from dagster_pipes_jvm.platforms.emr.links import console_url, log_url
from dagster_pipes_jvm.platforms.emr.log_uri import LogUri


@pytest.mark.parametrize(
    ("region", "console"),
    [
        ("eu-central-1", "https://eu-central-1.console.aws.amazon.com"),
        ("us-gov-west-1", "https://console.amazonaws-us-gov.com"),
        ("us-gov-east-1", "https://console.amazonaws-us-gov.com"),
        ("cn-north-1", "https://console.amazonaws.cn"),
        ("eusc-de-east-1", "https://console.amazonaws-eusc.eu"),
    ],
)
def test_each_partition_has_its_console(region: str, console: str) -> None:
    page = f"{console}/emr/home?region={region}"
    assert console_url(region, "j-1") == f"{page}#/clusterDetails/j-1"
    assert console_url(region, "j-1", "s-1") == f"{page}&stepId=s-1#/clusterDetails/j-1"
    url = log_url(region, LogUri("team-logs", "emr logs/a&b"), "j-1", "s-1")
    assert url == f"{console}/s3/buckets/team-logs?region={region}&prefix=emr%20logs/a%26b/j-1/steps/s-1/"
