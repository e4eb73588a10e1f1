"""The way in to a cluster on AWS: exactly who may go where, and what the gateway opens for it."""

from collections.abc import Callable
from typing import Any

import pytest

from components.cluster.choice import build_cluster
from components.platform.patches.entry import entry_patches
from components.platform.patches.model import apply_patches
from plan.aws_entry import NODE_PORTS, STATUS_PORTS
from rehearsal.engine.aws_resources import answers
from tests.components.cluster.test_aws import needed_by, of_type, plan
from upstream.model import Obj, Release

Deploy = Callable[..., Any]
RULES = "aws:vpc/securityGroup{}Rule:SecurityGroup{}Rule"
API = ("SecurityGroup-api", "10.0.0.0/16", 443, 443)
ENTRY = {"sources": ["203.0.113.0/24", "198.51.100.7/32"]}


def declare(deploy: Deploy, environment: str, **entry: Any) -> tuple[Any, Any]:
    """The graph of a cluster with this entry, and its handle."""
    made = plan(environment, network={"entry": entry} if entry else {})
    kept: list[Any] = []
    graph = deploy(
        lambda: kept.append(build_cluster("cluster", made, None)), None, answers(made.cluster)
    )
    return graph, kept[0]


def rules(graph: Any, kind: str) -> set[tuple[str, str, int, int]]:
    """Security group, the other side, and the ports, of every rule."""
    return {
        (
            one["securityGroupId"],
            one.get("cidrIpv4") or one["referencedSecurityGroupId"],
            one["fromPort"],
            one["toPort"],
        )
        for one in of_type(graph, RULES.format(kind, kind)).values()
    }


def test_nobody_comes_in_unless_listed(deploy: Deploy) -> None:
    graph, handle = declare(deploy, "prod")
    assert handle.entry is None
    assert of_type(graph, "aws:lb/loadBalancer:LoadBalancer") == {}
    assert rules(graph, "Ingress") == {API}


def test_the_listed_reach_the_balancer_and_it_reaches_the_gateway_and_nothing_else(
    deploy: Deploy,
) -> None:
    graph, handle = declare(deploy, "dev", **ENTRY)
    door = "SecurityGroup-entry"
    assert rules(graph, "Ingress") - {API} == {
        (door, "203.0.113.0/24", 443, 443),
        (door, "198.51.100.7/32", 443, 443),
        (door, "203.0.113.0/24", 80, 80),
        (door, "198.51.100.7/32", 80, 80),
        ("sg-cluster", door, 30043, 30043),
        ("sg-cluster", door, 30080, 30080),
        ("sg-cluster", door, 30021, 30021),
    }
    assert rules(graph, "Egress") == {
        (door, "sg-cluster", 30043, 30043),
        (door, "sg-cluster", 30080, 30080),
        (door, "sg-cluster", 30021, 30021),
    }
    assert dict(handle.entry.node_ports) == {"https": 30043, "http2": 30080, "status-port": 30021}


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_balancer_passes_tls_through_to_the_platforms_nodes(
    deploy: Deploy, environment: str
) -> None:
    graph, _ = declare(deploy, environment, **ENTRY)
    zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"][: 3 if environment == "prod" else 2]
    assert graph["aws:lb/loadBalancer:LoadBalancer", "entry"] == {
        "loadBalancerType": "network",
        "internal": False,
        "subnets": [f"Subnet-public-{zone}" for zone in zones],
        "securityGroups": ["SecurityGroup-entry"],
        "enableCrossZoneLoadBalancing": True,
        "enableDeletionProtection": environment == "prod",
    }
    arn = "arn:aws:elasticloadbalancing::123456789012:"
    assert graph["aws:lb/listener:Listener", "https"] == {
        "loadBalancerArn": f"{arn}loadbalancer/entry",
        "port": 443,
        "protocol": "TCP",
        "defaultActions": [{"type": "forward", "targetGroupArn": f"{arn}targetgroup/https"}],
    }
    assert graph["aws:lb/targetGroup:TargetGroup", "https"] == {
        "vpcId": "Vpc-cluster",
        "targetType": "instance",
        "protocol": "TCP",
        "port": 30043,
        "preserveClientIp": "true",
        "healthCheck": {
            "protocol": "HTTP",
            "port": "30021",
            "path": "/healthz/ready",
            "matcher": "200",
            "interval": 10,
            "healthyThreshold": 2,
            "unhealthyThreshold": 2,
        },
    }
    assert of_type(graph, "aws:autoscaling/attachment:Attachment") == {
        f"{name}-general": {
            "autoscalingGroupName": "eks-general",
            "lbTargetGroupArn": f"{arn}targetgroup/{name}",
        }
        for name in ("https", "http2")
    }
    plain = graph["aws:lb/listener:Listener", "http2"]
    assert (plain["port"], plain["protocol"]) == (80, "TCP")
    assert graph["aws:lb/targetGroup:TargetGroup", "http2"]["port"] == 30080


def test_the_balancer_comes_after_the_ways_to_the_internet_and_goes_before_them(
    deploy: Deploy,
) -> None:
    graph, _ = declare(deploy, "dev", **ENTRY)
    assert needed_by(graph, ("aws:lb/loadBalancer:LoadBalancer", "entry")) >= {
        ("aws:ec2/internetGateway:InternetGateway", "internet"),
        ("aws:ec2/route:Route", "public"),
        ("aws:ec2/routeTableAssociation:RouteTableAssociation", "public-eu-west-1a"),
        ("aws:ec2/routeTableAssociation:RouteTableAssociation", "public-eu-west-1b"),
    }


def test_the_domain_and_all_under_it_lead_here_from_its_zone(deploy: Deploy) -> None:
    graph, _ = declare(deploy, "dev", **ENTRY, hostedZone="b.test")
    alias = {"name": "entry.elb.invalid", "zoneId": "Z-elb", "evaluateTargetHealth": True}
    assert of_type(graph, "aws:route53/record:Record") == {
        name: {"zoneId": "Z-b.test", "name": name, "type": "A", "aliases": [alias]}
        for name in ("ml.b.test", "*.ml.b.test")
    }


@pytest.fixture(scope="module")
def opened(release: Release) -> dict[str, Obj]:
    objs = apply_patches(release.objects, entry_patches(NODE_PORTS | STATUS_PORTS))
    return {f"{obj.kind} {obj.name}": obj for obj in objs if obj.namespace == "istio-system"}


def test_the_gateway_opens_the_ports_that_the_balancer_leads_to(opened: dict[str, Obj]) -> None:
    spec = opened["Service istio-ingressgateway"].body["spec"]
    assert (spec["type"], spec["externalTrafficPolicy"]) == ("NodePort", "Local")
    assert {port["name"]: (port["port"], port.get("nodePort")) for port in spec["ports"]} == {
        "https": (443, 30043),
        "status-port": (15021, 30021),
        "http2": (80, 30080),
    }


def test_the_policies_of_the_gateway_admit_what_the_balancer_brings_and_no_more(
    opened: dict[str, Obj],
) -> None:
    spec = opened["NetworkPolicy istio-ingressgateway-entry"].body["spec"]
    gateway = opened["Deployment istio-ingressgateway"].body["spec"]["template"]
    labels = spec["podSelector"]["matchLabels"]
    assert labels.items() <= gateway["metadata"]["labels"].items()
    assert sorted(port["port"] for port in spec["ingress"][0]["ports"]) == [8080, 8443, 15021]
    assert spec["policyTypes"] == ["Ingress"]
