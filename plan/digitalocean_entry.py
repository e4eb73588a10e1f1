"""The way in to a cluster on DigitalOcean: its load balancer, and the names of that. Pure."""

from collections.abc import Collection, Iterator

from plan.model import LoadBalancerPlan, NamesPlan
from settings.digitalocean import DigitalOceanEntrySettings
from settings.ingress import IngressSettings
from settings.model import Settings

LOAD_BALANCER = "service.beta.kubernetes.io/do-loadbalancer"
EVERYBODY = "0.0.0.0/0"
ZONE = "cluster.network.entry.hostedZone"


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
        ports=_ports(ingress),
    )


def _ports(ingress: IngressSettings) -> tuple[str, ...]:
    """What the gateway answers: by HTTP at a domain, whose redirect and certificate are there."""
    if ingress.domain is None:
        return ("https",)
    return ("http2",) if ingress.insecure else ("https", "http2")


def decide_names(
    said: DigitalOceanEntrySettings | None, ingress: IngressSettings
) -> NamesPlan | None:
    """The domain and all under it, where models have theirs; None without a zone for them."""
    if said is None or said.hosted_zone is None or ingress.domain is None:
        return None
    own = ingress.domain.removesuffix(said.hosted_zone).removesuffix(".")
    return NamesPlan(zone=said.hosted_zone, records=(own, f"*.{own}") if own else ("@", "*"))


def entry_mistakes(said: DigitalOceanEntrySettings, settings: Settings) -> Iterator[str]:
    """`path: what is wrong` where the way in contradicts the gateway or its domain."""
    if settings.kubeflow.istio == "existing":
        yield "cluster.network.entry: leads to the stack's own gateway; say kubeflow.istio: managed"
    if said.hosted_zone:
        yield from _zone_mistakes(said.hosted_zone, settings.ingress.domain)
    if settings.ingress.tls.challenge == "http01" and EVERYBODY not in said.sources:
        yield _challenge_mistake(said.sources)


def _zone_mistakes(zone: str, domain: str | None) -> Iterator[str]:
    if domain is None:
        yield f"{ZONE}: {zone!r} is where ingress.domain gets its records; say that too"
    elif domain != zone and not domain.endswith(f".{zone}"):
        yield (
            f"{ZONE}: ingress.domain {domain!r} does not lie in {zone!r}; name the domain of the "
            "account that it lies in, or remove hostedZone and make the records where it is"
        )


def _challenge_mistake(sources: Collection[str]) -> str:
    return (
        "ingress.tls.challenge: with http01 Let's Encrypt comes from addresses that it does not "
        f"tell, and cluster.network.entry.sources admits {', '.join(sources)} only; let it be "
        f"digitalocean, or add {EVERYBODY}"
    )
