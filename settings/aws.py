"""What may be said of a cluster on AWS."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, field_validator

from settings.aws_tags import TagKey, TagValue, fitting
from settings.networks import is_private, network_of
from settings.rules import RULES, distinct
from settings.texts import DnsLabel, Form, Minor

Principal = Annotated[
    str,
    Form(
        r"arn:aws:iam::\d{12}:(role|user)/\S+",
        "an IAM role or user like arn:aws:iam::123456789012:role/platform-admin",
    ),
]

Account = Annotated[str, Form(r"\d{12}", "twelve digits, quoted")]

Domain = Annotated[
    str,
    Form(
        r"([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
        "a domain in small letters like ml.your-domain.test, without a dot at the end",
    ),
]

InterfaceEndpoint = Literal[
    "autoscaling", "ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "elasticloadbalancing", "logs",
    "sts",
]  # fmt: skip

VPC_PREFIXES = range(16, 29)  # AWS makes no others

WIDEST_PUBLIC_PREFIX = 16


class AwsEntrySettings(BaseModel):
    """A load balancer in front of the gateway: who may connect, and by which names."""

    model_config = RULES

    sources: Annotated[list[str], Field(min_length=1)]
    hosted_zone: Domain | None = None

    @field_validator("sources")
    @classmethod
    def _are_networks(cls, texts: list[str]) -> list[str]:
        for text in texts:
            network_of(text)
        return distinct(texts, "network")


class AwsNetworkSettings(BaseModel):
    """The VPC of a cluster; who reaches its API server from outside, and what stays inside."""

    model_config = RULES

    cidr: str = "10.0.0.0/16"
    nat: Literal["one", "perZone"] | None = None
    public_access_cidrs: list[str] = []
    endpoints: list[InterfaceEndpoint] = []
    entry: AwsEntrySettings | None = None

    @field_validator("cidr")
    @classmethod
    def _is_a_private_network(cls, text: str) -> str:
        network = network_of(text)
        if network.prefixlen not in VPC_PREFIXES or not is_private(network):
            raise ValueError(
                "a VPC takes /16 to /28 of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"
            )
        return text

    @field_validator("public_access_cidrs")
    @classmethod
    def _are_somebodys(cls, texts: list[str]) -> list[str]:
        wide = [text for text in texts if network_of(text).prefixlen < WIDEST_PUBLIC_PREFIX]
        if wide:
            raise ValueError(
                f"{', '.join(wide)} is nearly everybody; list /16 or smaller, such as the address "
                "your office is seen with, or leave it out: the API server is private then"
            )
        hidden = [text for text in texts if is_private(network_of(text))]
        if hidden:
            raise ValueError(
                f"{', '.join(hidden)} is private, and AWS takes none such: nobody comes from there "
                "to a public address; list what the network is seen with outside, or leave it out"
            )
        return distinct(texts, "network")

    @field_validator("endpoints")
    @classmethod
    def _endpoints_differ(cls, endpoints: list[InterfaceEndpoint]) -> list[InterfaceEndpoint]:
        distinct(list(endpoints), "endpoint")
        return endpoints


class AwsClusterSettings(BaseModel):
    """An EKS cluster that this stack makes, with its network and nodes."""

    model_config = RULES

    provider: Literal["aws"]
    region: DnsLabel
    admins: Annotated[
        list[Principal],
        Field(min_length=1),
    ]
    kubernetes: Minor = "1.35"
    zones: Annotated[list[DnsLabel], Field(min_length=2)] | None = None
    account_id: Account | None = None
    network: AwsNetworkSettings = AwsNetworkSettings()
    tags: dict[TagKey, TagValue] = {}

    @field_validator("zones")
    @classmethod
    def _zones_differ(cls, zones: list[str] | None) -> list[str] | None:
        return None if zones is None else distinct(zones, "zone")

    @field_validator("tags")
    @classmethod
    def _tags_fit(cls, tags: dict[str, str]) -> dict[str, str]:
        return fitting(tags)

    @field_validator("admins")
    @classmethod
    def _admins_differ(cls, admins: list[str]) -> list[str]:
        return distinct(admins, "admin")


AWS_POOLS: tuple[dict[str, Any], ...] = (
    {"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": 3, "minNodes": 3, "maxNodes": 6},
    {
        "name": "gpu",
        "instanceTypes": ["g4dn.xlarge", "g5.xlarge", "g6.xlarge"],
        "nodes": 0,
        "minNodes": 0,
        "maxNodes": 2,
        "spot": True,
        "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}],
    },
)
