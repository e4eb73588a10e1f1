"""What Kubernetes objects make the cloud bill: volumes by their claims, load balancers. Pure."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import ceil
from typing import Any

from cost.aws import Extractor, ebs_volume
from cost.model import Demand, Resource, Surroundings, demand, exactly, known, usage

STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
PUBLIC_SUBNET = "kubernetes.io/role/elb"
AWS_LB = "service.beta.kubernetes.io/aws-load-balancer-"
DO_LB = "service.beta.kubernetes.io/do-loadbalancer-"
NLB_CLASS = "service.k8s.aws/nlb"
UNITS = {"": 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
UNITS |= {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
GIB = 2**30


def claim(resource: Resource, around: Surroundings) -> Iterable[Demand]:
    """The volume behind a claim."""
    yield from _volumes(resource, known(resource, "spec"), 1, around)


def stateful_set(resource: Resource, around: Surroundings) -> Iterable[Demand]:
    """The volumes that it claims for each of its pods."""
    spec = known(resource, "spec")
    number = 1 if spec.get("replicas") is None else int(spec["replicas"])
    for template in spec.get("volumeClaimTemplates") or ():
        yield from _volumes(resource, template["spec"], number, around)


def prometheus(resource: Resource, around: Surroundings) -> Iterable[Demand]:
    """The volumes that its operator claims for each of its pods."""
    spec = known(resource, "spec")
    if "storage" in spec:
        claimed = spec["storage"]["volumeClaimTemplate"]["spec"]
        yield from _volumes(resource, claimed, int(spec["replicas"]), around)


def _volumes(
    resource: Resource, spec: Mapping[str, Any], number: int, around: Surroundings
) -> Iterable[Demand]:
    size = gibibytes(spec["resources"]["requests"]["storage"])
    if around.place.provider == "digitalocean":
        yield demand(resource, "volume", "storage", exactly(size * number), "do.volume")
        return
    parameters = _class_parameters(spec.get("storageClassName"), around)
    disk = {"volumeType": parameters.get("type"), "volumeSize": size, **parameters}
    yield from ebs_volume(resource, "volume", disk, exactly(number))


def gibibytes(quantity: str | int) -> int:
    """A quantity of storage as it is billed: whole GiB."""
    number, unit = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", str(quantity)).groups()  # type: ignore[union-attr]  # the API server takes no other
    return ceil(Decimal(number) * UNITS[unit] / GIB)


def _class_parameters(name: str | None, around: Surroundings) -> Mapping[str, Any]:
    for one in around.resources:
        if one.type == STORAGE_CLASS and one.inputs["metadata"]["name"] == name:
            return one.inputs.get("parameters") or {}
    return {}


def service(resource: Resource, around: Surroundings) -> Iterable[Demand]:
    """The load balancer behind a Service, if it has one."""
    if known(resource, "spec", "type") != "LoadBalancer":
        return
    said = known(resource, "metadata", "annotations") or {}
    if around.place.provider == "digitalocean":
        yield from _digitalocean_balancer(resource, said)
    else:
        yield from _aws_balancer(resource, said, around)


def _digitalocean_balancer(resource: Resource, said: Mapping[str, str]) -> Iterable[Demand]:
    kind = said.get(f"{DO_LB}type", "REGIONAL_NETWORK")
    sku = {"REGIONAL": "do.lb.regional_http"}.get(kind, f"do.lb.{kind.lower()}")
    nodes = int(said.get(f"{DO_LB}size-unit", "1"))
    yield demand(resource, f"load balancer, {kind}", "network", exactly(nodes), sku)


def _aws_balancer(
    resource: Resource, said: Mapping[str, str], around: Surroundings
) -> Iterable[Demand]:
    """A classic one unless a network one is asked for; it has an address in each public subnet."""
    by_controller = known(resource, "spec", "loadBalancerClass") == NLB_CLASS or said.get(
        f"{AWS_LB}type"
    ) in ("external", "nlb-ip")
    is_network = by_controller or said.get(f"{AWS_LB}type") == "nlb"
    kind, item = ("nlb", "network load balancer") if is_network else ("clb", "load balancer")
    yield demand(resource, item, "network", exactly(1), f"aws.{kind}.hour")
    used = around.usage.lb_units if is_network else around.usage.lb_gb
    sku = "aws.nlb.lcu" if is_network else "aws.clb.gb"
    yield from usage(demand(resource, "load balancer use", "network", used, sku))
    zones = _public_subnets(around)
    if _faces_the_internet(said, by_controller=by_controller) and zones:
        yield demand(
            resource, "public IPv4 addresses", "network", exactly(zones), "aws.ipv4.public"
        )


def _faces_the_internet(said: Mapping[str, str], *, by_controller: bool) -> bool:
    scheme = said.get(f"{AWS_LB}scheme", "internal" if by_controller else "internet-facing")
    return scheme == "internet-facing" and said.get(f"{AWS_LB}internal") != "true"


def _public_subnets(around: Surroundings) -> int:
    return sum(
        1
        for one in around.resources
        if one.type == "aws:ec2/subnet:Subnet" and PUBLIC_SUBNET in (one.inputs.get("tags") or {})
    )


EXTRACTORS: Mapping[str, Extractor] = {
    "kubernetes:core/v1:PersistentVolumeClaim": claim,
    "kubernetes:apps/v1:StatefulSet": stateful_set,
    "kubernetes:monitoring.coreos.com/v1:Prometheus": prometheus,
    "kubernetes:core/v1:Service": service,
}
