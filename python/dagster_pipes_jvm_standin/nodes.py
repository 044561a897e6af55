"""The machines of a cluster, as ListInstances gives them: every one is this machine."""

import random
from collections.abc import Sequence
from typing import Any


class Node:
    """One instance of an instance group."""

    public_dns_name = private_dns_name = "localhost"
    public_ip_address = private_ip_address = "127.0.0.1"
    ebs_volumes: tuple[()] = ()

    def __init__(self, group: Any) -> None:
        self.instance_group = group
        self.id = f"ci-{_characters('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', 13)}"
        self.ec2_instance_id = f"i-{_characters('0123456789abcdef', 17)}"

    @property
    def instance_group_id(self) -> str:
        """Its group's."""
        return str(self.instance_group.id)

    @property
    def instance_type(self) -> str:
        """Its group's."""
        return str(self.instance_group.instance_type)

    @property
    def market(self) -> str:
        """Its group's."""
        return str(self.instance_group.market)

    @property
    def status(self) -> dict[str, Any]:
        """Its group's."""
        status: dict[str, Any] = self.instance_group.status
        return {**status, "StateChangeReason": {}}


def nodes_of(groups: Sequence[Any]) -> list[Node]:
    """The instances of these groups."""
    return [Node(group) for group in groups for _ in range(int(group.num_instances))]


def _characters(alphabet: str, length: int) -> str:
    return "".join(random.choices(alphabet, k=length))
