"""The way in to a cluster of the stack's own, whichever cloud's load balancer leads there. Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from settings.aws import AwsEntrySettings
from settings.digitalocean import DigitalOceanEntrySettings
from settings.ingress import IngressSettings
from settings.model import Settings

EVERYBODY = "0.0.0.0/0"
BY_DNS = ("digitalocean", "route53")  # challenges
ZONE = "cluster.network.entry.hostedZone"


@dataclass(frozen=True, kw_only=True)
class DnsWords:
    """What a cloud calls a zone, and the challenge of Let's Encrypt that it can answer."""

    zone: str
    challenge: str


def spoken_ports(ingress: IngressSettings) -> tuple[str, ...]:
    """The gateway's ports that answer, by name: by HTTP at a domain, which has a redirect there."""
    if ingress.domain is None:
        return ("https",)
    return ("http2",) if ingress.insecure else ("https", "http2")


def names_leading_here(ingress: IngressSettings, namespaces: Sequence[str]) -> tuple[str, ...]:
    """The domain and all under it, where models have names of their own.

    A wildcard of DNS is for names of any depth, but for none below a name that exists (RFC 4592),
    and the answer to a challenge is one below each namespace's: those have a wildcard each.
    """
    domain = ingress.domain
    if domain is None:
        return ()
    answered = namespaces if ingress.tls.challenge in BY_DNS else ()
    return (domain, f"*.{domain}", *(f"*.{namespace}.{domain}" for namespace in answered))


def entry_mistakes(
    said: AwsEntrySettings | DigitalOceanEntrySettings, settings: Settings, words: DnsWords
) -> Iterator[str]:
    """`path: what is wrong` where the way in contradicts the gateway or its domain."""
    if settings.kubeflow.istio == "existing":
        yield "cluster.network.entry: leads to the stack's own gateway; use kubeflow.istio: managed"
    if said.hosted_zone:
        yield from _zone_mistakes(said.hosted_zone, settings.ingress.domain, words)
    if settings.ingress.tls.challenge == "http01":
        yield from _challenge_mistakes(said.sources, words)


def _zone_mistakes(zone: str, domain: str | None, words: DnsWords) -> Iterator[str]:
    if domain is None:
        yield f"{ZONE}: {zone!r} is where ingress.domain gets its records; say that too"
    elif domain != zone and not domain.endswith(f".{zone}"):
        yield (
            f"{ZONE}: ingress.domain {domain!r} does not lie in {zone!r}; name the {words.zone} "
            "that it lies in, or remove hostedZone and make the records where the domain is"
        )


def _challenge_mistakes(sources: Collection[str], words: DnsWords) -> Iterator[str]:
    if EVERYBODY not in sources:
        yield (
            "ingress.tls.challenge: with http01 Let's Encrypt comes from addresses that it does "
            f"not tell, and cluster.network.entry.sources admits {', '.join(sources)} only; let it "
            f"be {words.challenge}, or add {EVERYBODY}"
        )
