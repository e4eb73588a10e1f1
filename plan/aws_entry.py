"""The way in to a cluster on AWS: what its load balancer listens to, and where that leads. Pure."""

from collections.abc import Sequence

from plan.clouds import ChallengePlan, EntryPlan
from plan.entry import DnsWords, names_leading_here, spoken_ports
from settings.aws import AwsEntrySettings
from settings.ingress import IngressSettings

DNS = DnsWords(zone="zone of Route 53", challenge="route53")
# By the name of the gateway's port.
LISTENERS = {"https": 443, "http2": 80}
# From the band that Kubernetes leaves to those who choose: no other Service gets one by chance.
NODE_PORTS = {"https": 30043, "http2": 30080}
STATUS_PORTS = {"status-port": 30021}


def decide_entry(
    said: AwsEntrySettings | None, ingress: IngressSettings, namespaces: Sequence[str]
) -> EntryPlan | None:
    """The load balancer asked for; None: nobody reaches the gateway from outside."""
    if said is None:
        return None
    spoken = spoken_ports(ingress)
    return EntryPlan(
        sources=tuple(said.sources),
        listeners={name: LISTENERS[name] for name in spoken},
        node_ports={name: NODE_PORTS[name] for name in spoken} | STATUS_PORTS,
        hosted_zone=said.hosted_zone,
        names=names_leading_here(ingress, namespaces) if said.hosted_zone else (),
    )


def decide_challenge(
    said: AwsEntrySettings | None, ingress: IngressSettings, namespaces: Sequence[str]
) -> ChallengePlan | None:
    """What Let's Encrypt asks for in the zone of Route 53; None where it asks for nothing there."""
    if said is None or said.hosted_zone is None or ingress.tls.challenge != DNS.challenge:
        return None
    return ChallengePlan(
        hosted_zone=said.hosted_zone,
        # A wildcard is asked for at what it is below of.
        records=tuple(
            f"_acme-challenge.{place}"
            for place in (
                ingress.domain,
                *(f"{namespace}.{ingress.domain}" for namespace in namespaces),
            )
        ),
    )
