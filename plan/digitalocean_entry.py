"""The way in to a cluster on DigitalOcean: its load balancer, and the names of that. Pure."""

from collections.abc import Sequence

from plan.clouds import LoadBalancerPlan, NamesPlan
from plan.entry import DnsWords, names_leading_here, spoken_ports
from settings.digitalocean import DigitalOceanEntrySettings
from settings.ingress import IngressSettings

DNS = DnsWords(zone="domain of the account", challenge="digitalocean")
LOAD_BALANCER = "service.beta.kubernetes.io/do-loadbalancer"


def decide_load_balancer(
    said: DigitalOceanEntrySettings | None, ingress: IngressSettings, stack: str
) -> LoadBalancerPlan | None:
    """One that passes TCP on, TLS unopened.

    Not REGIONAL_NETWORK, which the API takes by itself: that one passes a port on to the same port
    of a pod, and Istio's gateway listens on others. Not the PROXY protocol either: the gateway
    would have to expect it of everybody, of pods and of the kubelet's probes too.
    """
    if said is None:
        return None
    asked = {
        "name": stack,
        "type": "REGIONAL",
        "network": "EXTERNAL",
        "protocol": "tcp",
        "size-unit": str(said.size_unit),
    }
    return LoadBalancerPlan(
        annotations={f"{LOAD_BALANCER}-{key}": value for key, value in asked.items()},
        sources=tuple(said.sources),
        ports=spoken_ports(ingress),
    )


def decide_names(
    said: DigitalOceanEntrySettings | None, ingress: IngressSettings, namespaces: Sequence[str]
) -> NamesPlan | None:
    """The domain and all under it, as the zone calls them; None without a zone for them."""
    if said is None or said.hosted_zone is None or ingress.domain is None:
        return None
    names = names_leading_here(ingress, namespaces)
    return NamesPlan(
        zone=said.hosted_zone,
        records=tuple(
            name.removesuffix(said.hosted_zone).removesuffix(".") or "@" for name in names
        ),
    )
