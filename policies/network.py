"""What a network must not let in, or out, and what of it is written down."""

from collections.abc import Callable

from policies.model import Resource, Rule, Stack, each

VPC = "aws:ec2/vpc:Vpc"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
SUBNET = "aws:ec2/subnet:Subnet"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
NAT = "aws:ec2/natGateway:NatGateway"
DEFAULT_VPC = "aws:ec2/defaultVpc:DefaultVpc"

ANYWHERE = ("0.0.0.0/0", "::/0")
ZONES = 2


def _is_wide(one: Resource) -> bool:
    return one.get("cidrIpv4") in ANYWHERE or one.get("cidrIpv6") in ANYWHERE


def _shut(port: int) -> Callable[[Resource], bool]:
    """A port that an ingress rule does not open to everybody."""

    def holds(one: Resource) -> bool:
        if not _is_wide(one):
            return True
        every = one.get("ipProtocol") == "-1"
        return not (every or one.get("fromPort", 0) <= port <= one.get("toPort", port))

    return holds


def _is_bound(one: Resource) -> bool:
    return one.get("ipProtocol") != "-1" or not _is_wide(one)


def _zones(stack: Stack) -> set[str]:
    return {one.get("availabilityZone") for one in stack.of(SUBNET)}


RULES = (
    Rule(name="traffic-is-logged", wants="the VPC's traffic is logged",
         types=(VPC,), holds=lambda _, stack: any(stack.of(FLOW_LOG)),
         severity="medium", checks=("SEC-10",), ids=("CKV2_AWS_11",),
         accepted={"dev": "it costs $0.50 a GB, and nobody would read it"}),
    Rule(name="default-group-is-shut", wants="the default security group admits nothing",
         types=(DEFAULT_GROUP,), checks=("SEC-10",), ids=("CKV2_AWS_12",),
         holds=each(lambda one: not one.get("ingress") and not one.get("egress"))),
    Rule(name="default-group-is-ours", wants="the VPC's default security group is emptied",
         types=(VPC,), holds=lambda _, stack: any(stack.of(DEFAULT_GROUP)), checks=("SEC-10",)),
    Rule(name="no-default-vpc", wants="the account's default VPC is not used",
         types=(DEFAULT_VPC,), holds=lambda *_: False, severity="medium",
         checks=("SEC-10",), ids=("CKV_AWS_148",)),
    Rule(name="no-public-addresses", wants="no subnet hands out public addresses",
         types=(SUBNET,), checks=("SEC-11",), ids=("CKV_AWS_130", "CIS EKS 5.4.3"),
         holds=each(lambda one: not one.get("mapPublicIpOnLaunch"))),
    Rule(name="groups-say-what-for", wants="security groups say what for",
         types=(GROUP,), severity="medium", ids=("CKV_AWS_23",),
         holds=each(lambda one: bool(one.get("description")))),
    Rule(name="ssh-is-shut", wants="SSH is not open to everybody", types=(INGRESS,),
         severity="critical", checks=("SEC-09",), ids=("CKV_AWS_24",), holds=each(_shut(22))),
    Rule(name="rdp-is-shut", wants="RDP is not open to everybody", types=(INGRESS,),
         severity="critical", checks=("SEC-09",), ids=("CKV_AWS_25",), holds=each(_shut(3389))),
    Rule(name="plain-http-is-shut", wants="HTTP is not open to everybody", types=(INGRESS,),
         checks=("SEC-09",), ids=("CKV_AWS_260",), holds=each(_shut(80))),
    Rule(name="no-port-range-for-everybody", wants="not every port is open to everybody",
         types=(INGRESS,), severity="critical", checks=("SEC-09",), ids=("CKV_AWS_277",),
         holds=each(_is_bound)),
    Rule(name="way-out-is-bound", wants="no way out to everybody on every port",
         types=(EGRESS,), severity="medium", ids=("CKV_AWS_382",), holds=each(_is_bound)),
    Rule(name="two-zones", wants="subnets are in two zones or more: EKS needs them",
         types=(VPC,), holds=lambda _, stack: len(_zones(stack)) >= ZONES, checks=("REL-22",)),
    Rule(name="a-way-out-per-zone", wants="every zone has a NAT gateway of its own",
         types=(VPC,), checks=("REL-22",), severity="medium",
         holds=lambda _, stack: len(list(stack.of(NAT))) >= len(_zones(stack)),
         accepted={"dev": "one costs $33 a month less than two, and may fail"}),
)  # fmt: skip
