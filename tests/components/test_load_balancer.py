"""From outside the ports asked for are reached, by those who may; the rest stays as it was."""

from dataclasses import replace

from components.platform.patches.load_balancer import load_balancer_patches
from components.platform.patches.model import apply_patches
from plan.clouds import LoadBalancerPlan
from upstream.model import Obj, Release

PLAN = LoadBalancerPlan(annotations={"a/b": "c"}, sources=("203.0.113.0/24",), ports=("https",))
GATEWAY = {"app": "istio-ingressgateway", "istio": "ingressgateway"}


def added(release: Release, plan: LoadBalancerPlan = PLAN) -> dict[str, Obj]:
    objs = apply_patches(release.objects, load_balancer_patches(plan))
    before = {obj.key: obj for obj in release.objects}
    assert all(obj == before[obj.key] for obj in objs if obj.key in before)
    return {obj.kind: obj for obj in objs if obj.key not in before}


def test_a_service_of_its_own_has_https_alone(release: Release) -> None:
    service = added(release)["Service"]
    assert (service.namespace, service.name) == ("istio-system", "istio-ingressgateway-entry")
    assert service.body["metadata"]["annotations"] == {"a/b": "c"}
    assert service.body["spec"] == {
        "type": "LoadBalancer",
        "externalTrafficPolicy": "Local",
        "loadBalancerSourceRanges": ["203.0.113.0/24"],
        "selector": GATEWAY,
        "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 8443}],
    }


def test_a_policy_lets_its_callers_reach_the_gateway_and_that_port_alone(release: Release) -> None:
    assert added(release)["NetworkPolicy"].body["spec"] == {
        "podSelector": {"matchLabels": GATEWAY},
        "policyTypes": ["Ingress"],
        "ingress": [{"ports": [{"protocol": "TCP", "port": 8443}]}],
    }


def test_at_a_domain_plain_http_is_let_in_too_and_its_port_alone(release: Release) -> None:
    made = added(release, replace(PLAN, ports=("https", "http2")))
    assert {(one["name"], one["port"]) for one in made["Service"].body["spec"]["ports"]} == {
        ("http2", 80),
        ("https", 443),
    }
    (rule,) = made["NetworkPolicy"].body["spec"]["ingress"]
    assert {one["port"] for one in rule["ports"]} == {8080, 8443}
