"""From what is registered to what is paid for: the table of types, and what is left out of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cost import aws, digitalocean, objects
from cost.aws import Extractor
from cost.model import Demand, NotPriced, Resource, Surroundings, UnknownInputError

EXTRACTORS: Mapping[str, Extractor] = {
    **aws.EXTRACTORS,
    **digitalocean.EXTRACTORS,
    **objects.EXTRACTORS,
}
FREE: Mapping[str, str] = {**aws.FREE, **digitalocean.FREE}
# Whole packages; a type of a cloud has to be named.
FREE_PREFIXES: Mapping[str, str] = {
    "kubernetes:": "it lives in the cluster, whose nodes are priced",
    "kubeflow:": "only groups others",
    "pulumi:": "only tells how to reach a cloud",
    "pulumi-python:dynamic/": "works on the cluster",
    "random:": "only a number",
}
YOURS = "the cluster is yours, and so is what it costs"


@dataclass(frozen=True)
class Demanded:
    """Everything that is paid for, and everything that the bill says nothing about."""

    demands: tuple[Demand, ...]
    not_priced: tuple[NotPriced, ...]


def extract_demands(around: Surroundings) -> Demanded:
    """The demands of all resources, in their order."""
    demands: list[Demand] = []
    left: list[NotPriced] = []
    for resource in around.resources:
        reason = ""
        try:
            found = list(_of(resource, around))
        except UnknownInputError as error:
            found, reason = [], str(error)
        if reason or not is_covered(resource.type):
            left.append(_left_out(resource, reason or "nobody knows what it costs"))
        elif found and around.place.provider == "existing":
            left.append(_left_out(resource, YOURS))
        else:
            demands += found
    return Demanded(tuple(demands), tuple(left))


def is_covered(type_: str) -> bool:
    """Whether a type has a price, or a reason to have none."""
    return type_ in EXTRACTORS or type_ in FREE or type_.startswith(tuple(FREE_PREFIXES))


def _of(resource: Resource, around: Surroundings) -> Iterable[Demand]:
    extractor = EXTRACTORS.get(resource.type)
    return extractor(resource, around) if extractor else ()


def _left_out(resource: Resource, reason: str) -> NotPriced:
    return NotPriced(resource=resource.name, type=resource.type, reason=reason)
