"""The VPC: public and private subnets per zone, ways out, and what is logged of the traffic."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, ec2, iam, vpc

from plan.clouds import AwsPlan, ZoneSubnets

ANYWHERE = "0.0.0.0/0"
HTTPS = 443


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Which addresses, and where they lie."""

    name: str
    region: str
    plan: AwsPlan


class Network(pulumi.ComponentResource):
    """A network whose nodes reach out by NAT and are reached by nobody.

    `routes` are the private subnets' ways out, `public_routes` the public ones' to the internet:
    whatever stands there depends on them.
    """

    vpc_id: pulumi.Output[str]
    private_subnets: Mapping[str, pulumi.Output[str]]
    public_subnets: Mapping[str, pulumi.Output[str]]
    routes: tuple[pulumi.Resource, ...]
    public_routes: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("kubeflow:aws:Network", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        kept = pulumi.ResourceOptions(parent=self, protect=args.plan.keeps_cluster)
        network = ec2.Vpc(
            name,
            cidr_block=args.plan.addresses.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": args.name},
            opts=kept,
        )
        # AWS makes it and it cannot be deleted: adopted without a rule, it admits nothing.
        ec2.DefaultSecurityGroup(name, vpc_id=network.id, ingress=[], egress=[], opts=own)
        zones = args.plan.addresses.subnets
        public = {one.zone: _subnet(args, network, one, own, is_public=True) for one in zones}
        private = {one.zone: _subnet(args, network, one, own, is_public=False) for one in zones}
        out, self.public_routes = _gateways(args, network, public, own)
        tables, routes = _private_routes(args, network, private, out, own)
        _endpoints(args, network, private, tables, own)
        if args.plan.logs_flows:
            _flow_logs(name, args, network, own)

        self.vpc_id = network.id
        self.private_subnets = {zone: subnet.id for zone, subnet in private.items()}
        self.public_subnets = {zone: subnet.id for zone, subnet in public.items()}
        self.routes = routes
        self.register_outputs({})


def _subnet(
    args: NetworkArgs,
    network: ec2.Vpc,
    planned: ZoneSubnets,
    own: pulumi.ResourceOptions,
    *,
    is_public: bool,
) -> ec2.Subnet:
    side = "public" if is_public else "private"
    role = "kubernetes.io/role/elb" if is_public else "kubernetes.io/role/internal-elb"
    return ec2.Subnet(
        f"{side}-{planned.zone}",
        vpc_id=network.id,
        availability_zone=planned.zone,
        cidr_block=planned.public if is_public else planned.private,
        map_public_ip_on_launch=False,
        tags={"Name": f"{args.name}-{side}-{planned.zone}", role: "1"},
        opts=own,
    )


def _gateways(
    args: NetworkArgs,
    network: ec2.Vpc,
    public: Mapping[str, ec2.Subnet],
    own: pulumi.ResourceOptions,
) -> tuple[dict[str, ec2.NatGateway], tuple[pulumi.Resource, ...]]:
    """The NAT gateway of each zone that has one, and the public subnets' ways to the internet."""
    gateway = ec2.InternetGateway("internet", vpc_id=network.id, opts=own)
    table = ec2.RouteTable(
        "public", vpc_id=network.id, tags={"Name": f"{args.name}-public"}, opts=own
    )
    route = ec2.Route(
        "public",
        route_table_id=table.id,
        destination_cidr_block=ANYWHERE,
        gateway_id=gateway.id,
        opts=own,
    )
    joined = {
        zone: ec2.RouteTableAssociation(
            f"public-{zone}", route_table_id=table.id, subnet_id=subnet.id, opts=own
        )
        for zone, subnet in public.items()
    }
    made = {}
    for zone in args.plan.nat_zones:
        # An address that stands on a gateway cannot be let go before it.
        routed = pulumi.ResourceOptions(parent=own.parent, depends_on=[route, joined[zone]])
        address = ec2.Eip(f"nat-{zone}", domain="vpc", opts=routed)
        made[zone] = ec2.NatGateway(
            zone,
            allocation_id=address.id,
            subnet_id=public[zone].id,
            tags={"Name": f"{args.name}-{zone}"},
            opts=routed,
        )
    return made, (route, *joined.values())


def _private_routes(
    args: NetworkArgs,
    network: ec2.Vpc,
    private: Mapping[str, ec2.Subnet],
    out: Mapping[str, ec2.NatGateway],
    own: pulumi.ResourceOptions,
) -> tuple[list[ec2.RouteTable], tuple[pulumi.Resource, ...]]:
    """A table per zone: out by the zone's own gateway, or by the one there is."""
    tables: list[ec2.RouteTable] = []
    routes: list[pulumi.Resource] = []
    for zone, subnet in private.items():
        label = f"private-{zone}"
        table = ec2.RouteTable(
            label, vpc_id=network.id, tags={"Name": f"{args.name}-{label}"}, opts=own
        )
        tables.append(table)
        gateway = out.get(zone, out[args.plan.nat_zones[0]])
        routes += [
            ec2.Route(
                label,
                route_table_id=table.id,
                destination_cidr_block=ANYWHERE,
                nat_gateway_id=gateway.id,
                opts=own,
            ),
            ec2.RouteTableAssociation(
                label, route_table_id=table.id, subnet_id=subnet.id, opts=own
            ),
        ]
    return tables, tuple(routes)


def _endpoints(
    args: NetworkArgs,
    network: ec2.Vpc,
    private: Mapping[str, ec2.Subnet],
    tables: list[ec2.RouteTable],
    own: pulumi.ResourceOptions,
) -> None:
    """S3 always, for it costs nothing and image layers come from there; others when asked for."""
    service = f"com.amazonaws.{args.region}"
    ec2.VpcEndpoint(
        "s3",
        vpc_id=network.id,
        service_name=f"{service}.s3",
        vpc_endpoint_type="Gateway",
        route_table_ids=[table.id for table in tables],
        opts=own,
    )
    if not args.plan.endpoints:
        return
    door = door_for_the_vpc(
        "endpoints", "AWS services inside the VPC", network.id, args.plan.addresses.cidr, own
    )
    for endpoint in args.plan.endpoints:
        ec2.VpcEndpoint(
            endpoint,
            vpc_id=network.id,
            service_name=f"{service}.{endpoint}",
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=[subnet.id for subnet in private.values()],
            security_group_ids=[door.id],
            opts=own,
        )


def door_for_the_vpc(
    name: str,
    description: str,
    vpc_id: pulumi.Input[str],
    cidr: str,
    own: pulumi.ResourceOptions,
) -> ec2.SecurityGroup:
    """In from the VPC's own addresses, to HTTPS alone, and out to nobody."""
    door = ec2.SecurityGroup(name, description=description, vpc_id=vpc_id, opts=own)
    vpc.SecurityGroupIngressRule(
        name,
        security_group_id=door.id,
        description="HTTPS from the VPC",
        ip_protocol="tcp",
        from_port=HTTPS,
        to_port=HTTPS,
        cidr_ipv4=cidr,
        opts=own,
    )
    return door


def _flow_logs(name: str, args: NetworkArgs, network: ec2.Vpc, own: pulumi.ResourceOptions) -> None:
    group = f"/aws/vpc/{args.name}/flow-logs"
    logs = cloudwatch.LogGroup(
        "flow-logs",
        name=group,
        retention_in_days=args.plan.log_days,
        opts=own,
    )
    role = iam.Role("flow-logs", assume_role_policy=trust("vpc-flow-logs.amazonaws.com"), opts=own)
    written = iam.RolePolicy(
        "flow-logs",
        role=role.id,
        policy=_may_write(group),
        opts=own,
    )
    ec2.FlowLog(
        name,
        vpc_id=network.id,
        traffic_type="ALL",
        log_destination_type="cloud-watch-logs",
        log_destination=logs.arn,
        iam_role_arn=role.arn,
        opts=pulumi.ResourceOptions(parent=own.parent, depends_on=[written]),
    )


def trust(service: str, *actions: str) -> str:
    """A trust policy: only this service may take the role."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": list(actions) or ["sts:AssumeRole"],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _may_write(group: str) -> str:
    """Said by its name, so that a preview knows the whole policy and can judge it."""
    arn = f"arn:*:logs:*:*:log-group:{group}"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    statement = {"Effect": "Allow", "Action": actions, "Resource": [arn, f"{arn}:*"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
