"""The way in to a cluster on AWS: what its load balancer listens to, and where that leads. Pure."""

from plan.entry import DnsWords, spoken_ports
from plan.model import EntryPlan
from settings.aws import AwsEntrySettings
from settings.ingress import IngressSettings

DNS = DnsWords(zone="zone of Route 53", challenge="route53")
# By the name of the gateway's port.
LISTENERS = {"https": 443, "http2": 80}
# From the band that Kubernetes leaves to those who choose: no other Service gets one by chance.
NODE_PORTS = {"https": 30043, "http2": 30080}
STATUS_PORTS = {"status-port": 30021}


def decide_entry(said: AwsEntrySettings | None, ingress: IngressSettings) -> EntryPlan | None:
    """The load balancer asked for; None: nobody reaches the gateway from outside."""
    if said is None:
        return None
    spoken, domain = spoken_ports(ingress), ingress.domain
    return EntryPlan(
        sources=tuple(said.sources),
        listeners={name: LISTENERS[name] for name in spoken},
        node_ports={name: NODE_PORTS[name] for name in spoken} | STATUS_PORTS,
        hosted_zone=said.hosted_zone,
        # Models have names of their own under the domain.
        names=(domain, f"*.{domain}") if said.hosted_zone and domain else (),
    )
