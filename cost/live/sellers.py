"""Who can be asked for prices: what each tells, and how it is reached."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cost.live.offers import offer_of
from cost.live.source import Source

SPOT, DROPLET = "aws.ec2.spot.", "do.droplet/"


@dataclass(frozen=True, kw_only=True)
class Seller:
    """Known without asking: what it has a name for. `connect` takes the region."""

    covers: Callable[[str], bool]
    connect: Callable[[str], Source]


def _aws(region: str) -> Source:
    # Here, because most runs ask nobody, and importing boto3 takes longer than the whole bill.
    from cost.live.aws import connect  # noqa: PLC0415

    return connect(region)


def _digitalocean(region: str) -> Source:
    from cost.live.digitalocean import connect  # noqa: PLC0415  # likewise

    return connect(region)


SELLERS: Mapping[str, Seller] = {
    "aws": Seller(
        covers=lambda sku: sku.startswith(SPOT) or offer_of(sku) is not None, connect=_aws
    ),
    "digitalocean": Seller(covers=lambda sku: sku.startswith(DROPLET), connect=_digitalocean),
}
