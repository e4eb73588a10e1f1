"""What may be said of a cluster on DigitalOcean."""

from ipaddress import IPv4Network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, field_validator

from settings.networks import is_private, network_of
from settings.rules import RULES, distinct
from settings.texts import DnsLabel, Form, Host, Minor

DIGITALOCEAN_PREFIXES = range(16, 25)  # smaller ones exist, and are soon full of nodes

DIGITALOCEAN_TAKEN = tuple(
    IPv4Network(text)
    for text in ("10.229.0.0/16", "10.244.0.0/16", "10.245.0.0/16", "10.246.0.0/24")
)

DigitalOceanTag = Annotated[str, Form(r"[\w-]{1,100}", "letters, digits, hyphens and underscores")]
# The program, DOKS and Pulumi's provider find their own things by tags of these names.
TAKEN_TAGS = ("kubeflow-stack-name", "k8s", "terraform")


def _is_free(key: str) -> str:
    if key in TAKEN_TAGS:
        raise ValueError(f"{', '.join(TAKEN_TAGS)} say whose a thing is; choose another key")
    return key


DigitalOceanTagKey = Annotated[DigitalOceanTag, AfterValidator(_is_free)]


class MaintenanceSettings(BaseModel):
    """When DigitalOcean may upgrade a cluster: four hours from `start`, in UTC."""

    model_config = RULES

    day: Literal[
        "any", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
    ] = "sunday"
    start: Annotated[str, Form(r"([01]\d|2[0-3]):00", 'a full hour, quoted, like "04:00"')] = (
        "04:00"
    )


class DigitalOceanEntrySettings(BaseModel):
    """A load balancer in front of the gateway: who may connect, its machines, and its names."""

    model_config = RULES

    sources: Annotated[list[str], Field(min_length=1)]
    size_unit: Annotated[int, Field(ge=1, le=200)] = 1
    hosted_zone: Host | None = None

    @field_validator("sources")
    @classmethod
    def _are_networks(cls, texts: list[str]) -> list[str]:
        for text in texts:
            network_of(text)
        return distinct(texts, "network")


class DigitalOceanNetworkSettings(BaseModel):
    """The VPC of a cluster; without a range DigitalOcean picks one that the account has free."""

    model_config = RULES

    cidr: str | None = None
    entry: DigitalOceanEntrySettings | None = None

    @field_validator("cidr")
    @classmethod
    def _is_a_private_network(cls, text: str | None) -> str | None:
        if text is None:
            return None
        network = network_of(text)
        if network.prefixlen not in DIGITALOCEAN_PREFIXES or not is_private(network):
            raise ValueError(
                "a VPC takes /16 to /24 of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"
            )
        taken = next((one for one in DIGITALOCEAN_TAKEN if one.overlaps(network)), None)
        if taken:
            raise ValueError(f"it overlaps {taken}, which DigitalOcean keeps for itself")
        return text


class DigitalOceanClusterSettings(BaseModel):
    """A DOKS cluster that this stack makes, with its network and nodes."""

    model_config = RULES

    provider: Literal["digitalocean"]
    region: DnsLabel
    kubernetes: Minor = "1.35"
    high_availability: bool | None = None
    auto_upgrade: bool | None = None
    maintenance: MaintenanceSettings = MaintenanceSettings()
    registry: bool = False
    network: DigitalOceanNetworkSettings = DigitalOceanNetworkSettings()
    tags: dict[DigitalOceanTagKey, DigitalOceanTag] = {}


DIGITALOCEAN_POOLS: tuple[dict[str, Any], ...] = (
    {"name": "general", "instanceTypes": ["s-4vcpu-16gb-amd"], "nodes": 3},
)
