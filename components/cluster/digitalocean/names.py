"""Names that lead to the load balancer, in a domain that the account has on DigitalOcean."""

import pulumi
import pulumi_digitalocean as digitalocean

from plan.clouds import NamesPlan

TTL = 300  # seconds; a load balancer made anew has another address


def records(
    plan: NamesPlan, own: pulumi.ResourceOptions, address: pulumi.Output[str]
) -> tuple[pulumi.Resource, ...]:
    """One for each name of the plan."""
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
