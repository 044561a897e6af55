"""`dagster-pipes-jvm doctor`: whether what EMR runs need is there, and what to do where it is not."""

import sys

import click

_MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("?", "yellow")}


@click.command()
@click.option("--bucket", required=True, help="The message reader's, also of staged files.")
@click.option("--key-prefix", default="", help="The message reader's.")
@click.option("--staging-prefix", default="dagster-pipes-jvm", show_default=True, help="Of bridge jar and PySpark zip.")
@click.option("--cluster-id", help="The cluster that is there.")
@click.option("--cluster-name", help="Its name.")
@click.option("--cluster-tag", "cluster_tags", multiple=True, metavar="KEY=VALUE", help="A tag of it. May be repeated.")
@click.option("--service-role", default="EMR_DefaultRole", show_default=True, help="Of a new cluster.")
@click.option("--job-flow-role", default="EMR_EC2_DefaultRole", show_default=True, help="Its instance profile.")
def doctor(
    bucket: str,
    key_prefix: str,
    staging_prefix: str,
    cluster_id: str | None,
    cluster_name: str | None,
    cluster_tags: tuple[str, ...],
    service_role: str,
    job_flow_role: str,
) -> None:
    """Look at what PipesSparkEMRClient needs: credentials, region, bucket, bridge jar, PySpark zip, cluster or roles.

    Launches nothing; writes one object under the prefix and deletes it. Ends with exit code 1 where something is wrong (✗); what
    these credentials may not look at (?) is not.
    """
    import boto3

    from dagster_pipes_jvm.platforms.emr.clusters import ExistingCluster
    from dagster_pipes_jvm.platforms.emr.doctor import Examined, examine

    for tag in cluster_tags:
        if "=" not in tag:
            raise click.BadParameter(f"expected KEY=VALUE, got {tag!r}", param_hint="--cluster-tag")
    tags = dict(tag.split("=", 1) for tag in cluster_tags) or None
    is_named = cluster_id or cluster_name or tags
    cluster = ExistingCluster(cluster_id, cluster_name, tags) if is_named else None
    is_well = True
    for finding in examine(
        Examined(boto3.Session(), bucket, key_prefix, staging_prefix, cluster, service_role, job_flow_role)
    ):
        mark, colour = _MARKS[finding.is_good]
        click.echo(f"{click.style(mark, fg=colour)} {finding.what}: {finding.found}")
        if finding.is_good is not True:
            click.echo(f"  {finding.remedy}")
        is_well = is_well and finding.is_good is not False
    sys.exit(0 if is_well else 1)
