"""Names that lead to the load balancer, in a domain that the account has on DigitalOcean."""

import pulumi
import pulumi_digitalocean as digitalocean

from components.cluster.handle import Reached
from plan.model import NamesPlan

TTL = 300  # seconds; a load balancer made anew has another address


def reach(
    name: str, plan: NamesPlan | None, service: pulumi.Resource, own: pulumi.ResourceOptions
) -> Reached:
    """The load balancer of that name, asked for once its Service has an address."""
    found = digitalocean.get_load_balancer_output(
        name=name,
        opts=pulumi.InvokeOutputOptions(
            parent=own.parent, provider=own.provider, depends_on=[service]
        ),
    )
    after = pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(depends_on=[service]))
    records = () if plan is None else _records(plan, found.ip, after)
    return Reached(address=found.ip, records=records)


def _records(
    plan: NamesPlan, address: pulumi.Output[str], own: pulumi.ResourceOptions
) -> tuple[pulumi.Resource, ...]:
    return tuple(
        digitalocean.DnsRecord(
            f"{record}.{plan.zone}",
            domain=plan.zone,
            type="A",
            name=record,
            value=address,
            ttl=TTL,
            opts=own,
        )
        for record in plan.records
    )
