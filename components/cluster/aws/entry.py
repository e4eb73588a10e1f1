"""The way in: a network load balancer of this stack's own, onto node ports of the gateway.

No controller makes it, so its address, price and deletion are in the graph and nothing orphans it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import pulumi
from pulumi_aws import autoscaling, ec2, lb, route53, vpc

from components.cluster.handle import Entry
from plan.clouds import EntryPlan

READY = "/healthz/ready"  # what Istio's own readiness probe asks


@dataclass(frozen=True, kw_only=True)
class LoadBalancerArgs:
    """Where it stands, and which nodes it leads to: `scaling_groups` are by pool.

    `after` are the subnets' ways to the internet: AWS makes none without, and keeps the gateway for
    as long as one has addresses.
    """

    plan: EntryPlan
    vpc_id: pulumi.Input[str]
    subnets: Mapping[str, pulumi.Output[str]]
    nodes_group: pulumi.Input[str]
    scaling_groups: Mapping[str, pulumi.Output[str]]
    is_kept: bool
    after: Sequence[pulumi.Resource]


class LoadBalancer(pulumi.ComponentResource):
    """Listeners that pass on what they get: TLS is ended by the gateway."""

    entry: Entry

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("kubeflow:aws:LoadBalancer", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        door = _door(args, own)
        balancer = lb.LoadBalancer(
            "entry",
            load_balancer_type="network",
            internal=False,
            subnets=list(args.subnets.values()),
            security_groups=[door.id],
            # The gateway may have pods in fewer zones than there are.
            enable_cross_zone_load_balancing=True,
            enable_deletion_protection=args.is_kept,
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.is_kept, depends_on=list(args.after)
            ),
        )
        for listener, port in args.plan.listeners.items():
            targets = _targets(listener, args, own)
            lb.Listener(
                listener,
                load_balancer_arn=balancer.arn,
                port=port,
                protocol="TCP",
                default_actions=[{"type": "forward", "target_group_arn": targets.arn}],
                opts=own,
            )
        _records(args.plan, balancer, own)
        address = args.plan.names[0] if args.plan.names else balancer.dns_name
        self.entry = Entry(
            address=pulumi.Output.from_input(address), node_ports=args.plan.node_ports
        )
        self.register_outputs({"address": self.entry.address})


def _door(args: LoadBalancerArgs, own: pulumi.ResourceOptions) -> ec2.SecurityGroup:
    """In from the sources, out to the gateway's node ports, and there from nowhere else."""
    door = ec2.SecurityGroup(
        "entry", description="The way in to Kubeflow", vpc_id=args.vpc_id, opts=own
    )
    for source, (listener, port) in product(args.plan.sources, args.plan.listeners.items()):
        vpc.SecurityGroupIngressRule(
            f"{listener}-from-{source}",
            security_group_id=door.id,
            description=f"{listener} from {source}",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            cidr_ipv4=source,
            opts=own,
        )
    for name, number in args.plan.node_ports.items():
        vpc.SecurityGroupEgressRule(
            f"entry-{name}",
            security_group_id=door.id,
            description=f"{name} of the gateway",
            ip_protocol="tcp",
            from_port=number,
            to_port=number,
            referenced_security_group_id=args.nodes_group,
            opts=own,
        )
        vpc.SecurityGroupIngressRule(
            f"nodes-{name}",
            security_group_id=args.nodes_group,
            description=f"{name} of the gateway, from its load balancer",
            ip_protocol="tcp",
            from_port=number,
            to_port=number,
            referenced_security_group_id=door.id,
            opts=own,
        )
    return door


def _targets(name: str, args: LoadBalancerArgs, own: pulumi.ResourceOptions) -> lb.TargetGroup:
    """Every node of the platform's pools, those that come later too; only nodes with a gateway
    pod are healthy, for a node port of the gateway leads to no other node.
    """
    targets = lb.TargetGroup(
        name,
        vpc_id=args.vpc_id,
        target_type="instance",
        protocol="TCP",
        port=args.plan.node_ports[name],
        preserve_client_ip="true",
        health_check={
            "protocol": "HTTP",
            "port": str(args.plan.node_ports["status-port"]),
            "path": READY,
            "matcher": "200",
            "interval": 10,
            "healthy_threshold": 2,
            "unhealthy_threshold": 2,
        },
        opts=own,
    )
    for pool, scaling_group in args.scaling_groups.items():
        autoscaling.Attachment(
            f"{name}-{pool}",
            autoscaling_group_name=scaling_group,
            lb_target_group_arn=targets.arn,
            opts=own,
        )
    return targets


def _records(plan: EntryPlan, balancer: lb.LoadBalancer, own: pulumi.ResourceOptions) -> None:
    if plan.hosted_zone is None:
        return
    zone = route53.get_zone_output(
        name=plan.hosted_zone, opts=pulumi.InvokeOptions(parent=own.parent)
    )
    for name in plan.names:
        route53.Record(
            name,
            zone_id=zone.zone_id,
            name=name,
            type="A",
            aliases=[
                {
                    "name": balancer.dns_name,
                    "zone_id": balancer.zone_id,
                    "evaluate_target_health": True,
                }
            ],
            opts=own,
        )
