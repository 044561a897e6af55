"""Where a person looks at a step: the console, its log, Spark's history; and what the materialization keeps of it."""

from typing import Any

from dagster import MetadataValue

from dagster_pipes_jvm.platforms.emr.states import ClusterNow, StepNow


def console_url(region: str, cluster_id: str) -> str:
    """The cluster's page in the AWS console, its steps among it; the console of AWS in China has a host of its own."""
    host = "console.amazonaws.cn" if region.startswith("cn-") else f"{region}.console.aws.amazon.com"
    return f"https://{host}/emr/home?region={region}#/clusterDetails/{cluster_id}"


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
    }
    if history_url := spark_history_url(cluster):
        links["AWS EMR Spark History"] = MetadataValue.url(history_url)
    if cluster.log_uri:
        links["AWS EMR Log URI"] = MetadataValue.path(cluster.log_uri.step_folder(cluster.id, step.id))
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
