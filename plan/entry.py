"""The way in to a cluster on AWS: what its load balancer listens to, and where that leads. Pure."""

from collections.abc import Collection, Iterator

from plan.model import EntryPlan
from settings.aws import AwsEntrySettings
from settings.ingress import IngressSettings
from settings.model import Settings

EVERYBODY = "0.0.0.0/0"
# By the name of the gateway's port.
LISTENERS = {"https": 443, "http2": 80}
# From the band that Kubernetes leaves to those who choose: no other Service gets one by chance.
NODE_PORTS = {"https": 30043, "http2": 30080}
STATUS_PORTS = {"status-port": 30021}


def decide_entry(said: AwsEntrySettings | None, ingress: IngressSettings) -> EntryPlan | None:
    """The load balancer asked for; None: nobody reaches the gateway from outside."""
    if said is None:
        return None
    spoken, domain = _spoken(ingress), ingress.domain
    return EntryPlan(
        sources=tuple(said.sources),
        listeners={name: LISTENERS[name] for name in spoken},
        node_ports={name: NODE_PORTS[name] for name in spoken} | STATUS_PORTS,
        hosted_zone=said.hosted_zone,
        # Models have names of their own under the domain.
        names=(domain, f"*.{domain}") if said.hosted_zone and domain else (),
    )


def _spoken(ingress: IngressSettings) -> tuple[str, ...]:
    """What the gateway answers: by HTTP at a domain, whose certificate and redirect are there."""
    if ingress.domain is None:
        return ("https",)
    return ("http2",) if ingress.insecure else ("https", "http2")


def entry_mistakes(said: AwsEntrySettings, settings: Settings) -> Iterator[str]:
    """`path: what is wrong` where the way in contradicts the gateway or its domain."""
    if settings.kubeflow.istio == "existing":
        yield "cluster.network.entry: leads to the stack's own gateway; use kubeflow.istio: managed"
    if said.hosted_zone:
        yield from _zone_mistakes(said.hosted_zone, settings.ingress.domain)
    if settings.ingress.tls.challenge == "http01":
        yield from _challenge_mistakes(said.sources)


def _zone_mistakes(zone: str, domain: str | None) -> Iterator[str]:
    path = "cluster.network.entry.hostedZone"
    if domain is None:
        yield f"{path}: {zone!r} is where ingress.domain gets its records; say that too"
    elif domain != zone and not domain.endswith(f".{zone}"):
        yield (
            f"{path}: ingress.domain {domain!r} does not lie in {zone!r}; name the zone of Route "
            "53 that it lies in, or remove hostedZone and make the records where the domain is"
        )


def _challenge_mistakes(sources: Collection[str]) -> Iterator[str]:
    if EVERYBODY not in sources:
        yield (
            "ingress.tls.challenge: with http01 Let's Encrypt comes from addresses that it does "
            f"not tell, and cluster.network.entry.sources admits {', '.join(sources)} only; let it "
            f"be route53, or add {EVERYBODY}"
        )
