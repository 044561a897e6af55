"""The pages that show an EMR step: the AWS console, its logs, Spark's history; and the metadata of its materializations."""

from typing import Any
from urllib.parse import quote

from dagster import MetadataValue

from dagster_pipes_jvm.platforms.emr.log_uri import LogUri
from dagster_pipes_jvm.platforms.emr.states import ClusterNow, StepNow

# The consoles of the other partitions of AWS, by the prefix of their regions.
_CONSOLE_BY_REGION_PREFIX = {
    "cn-": "console.amazonaws.cn",
    "us-gov-": "console.amazonaws-us-gov.com",
    "eusc-": "console.amazonaws-eusc.eu",
}


def console_url(region: str, cluster_id: str, step_id: str | None = None) -> str:
    """The cluster's page in the AWS console, which lists its steps.

    Args:
        region: the region.
        cluster_id: the cluster.
        step_id: the step to look for on that page. AWS describes no page of a step, so the link only has its id.
    """
    step = f"&stepId={step_id}" if step_id else ""
    return f"https://{_console(region)}/emr/home?region={region}{step}#/clusterDetails/{cluster_id}"


def log_url(region: str, log_uri: LogUri, cluster_id: str, step_id: str) -> str:
    """The folder of a step's logs in the S3 console."""
    return folder_url(region, log_uri.step_folder(cluster_id, step_id))


def folder_url(region: str, uri: str) -> str:
    """The folder of an object in the S3 console.

    Args:
        region: the region.
        uri: `s3://BUCKET/FOLDER/`, also with the object's name.
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    prefix = quote(key[: key.rfind("/") + 1], safe="/")
    return f"https://{_console(region)}/s3/buckets/{bucket}?region={region}&prefix={prefix}"


def spark_history_url(cluster: ClusterNow) -> str | None:
    """The Spark history server on the primary node, `None` before it has a name; reached from the cluster's network.

    Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-web-interfaces.html.
    """
    return f"http://{cluster.primary_dns_name}:18080" if cluster.primary_dns_name else None


def step_links(region: str, cluster: ClusterNow, step: StepNow) -> dict[str, Any]:
    """Where a person looks at the step, also while it runs; keys of Dagster's own EMR client where it has one."""
    links: dict[str, Any] = {
        "AWS EMR Cluster ID": cluster.id,
        "AWS EMR Cluster": MetadataValue.url(console_url(region, cluster.id)),
        "AWS EMR Step ID": step.id,
        "AWS EMR Step": MetadataValue.url(console_url(region, cluster.id, step.id)),
    }
    if history_url := spark_history_url(cluster):
        links["AWS EMR Spark History"] = MetadataValue.url(history_url)
    if cluster.log_uri:
        links["AWS EMR Log URI"] = MetadataValue.url(log_url(region, cluster.log_uri, cluster.id, step.id))
        links["AWS EMR Log Folder"] = MetadataValue.path(cluster.log_uri.step_folder(cluster.id, step.id))
    return links


def step_metadata(region: str, cluster: ClusterNow, step: StepNow) -> dict[str, Any]:
    """The metadata that every materialization of the step gets."""
    metadata = step_links(region, cluster, step)
    if step.pending_seconds is not None:
        metadata["AWS EMR Pending Seconds"] = round(step.pending_seconds, 1)
    if step.running_seconds is not None:
        metadata["AWS EMR Running Seconds"] = round(step.running_seconds, 1)
    if cluster.normalized_instance_hours is not None:
        metadata["AWS EMR Normalized Instance Hours"] = cluster.normalized_instance_hours
    return metadata


def _console(region: str) -> str:
    for prefix, host in _CONSOLE_BY_REGION_PREFIX.items():
        if region.startswith(prefix):
            return host
    return f"{region}.console.aws.amazon.com"
