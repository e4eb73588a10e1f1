"""What a cloud resource is called in Terraform, whose provider is inside Pulumi's. Pure."""

import re
from collections.abc import Iterator
from typing import Any

from rehearsal.engine.goal import Goal

Json = dict[str, Any]
# The provider's word where it is not the module's and the resource's.
TYPES = {
    "autoscaling/tag": "aws_autoscaling_group_tag",
    "lb/loadBalancer": "aws_lb",
    "rds/instance": "aws_db_instance",
    "rds/parameterGroup": "aws_db_parameter_group",
    "rds/subnetGroup": "aws_db_subnet_group",
}
WITHOUT_MODULE = ("ec2",)
NESTED = "nested_type"  # an attribute that is written like a block


class UnknownNameError(LookupError):
    """The provider knows no such resource, argument or block."""


def terraform_type(token: str) -> str:
    """`aws:eks/nodeGroup:NodeGroup` as `aws_eks_node_group`."""
    place = token.split(":")[1]
    module, _, name = place.partition("/")
    words = [] if module in WITHOUT_MODULE else [module]
    return TYPES.get(place, "_".join(["aws", *words, snake(name)]))


def configuration(goals: list[Goal], schemas: Json) -> Json:
    """Every resource in Terraform's JSON, by the provider's own schemas.

    Raises `UnknownNameError` with every name that the provider does not have.
    """
    resources: dict[str, Json] = {}
    unknown: list[str] = []
    for goal in goals:
        type_ = terraform_type(goal.type)
        if type_ not in schemas:
            unknown.append(f"{goal.type} is no {type_}")
            continue
        label = re.sub(r"\W", "_", f"r_{goal.name}")
        at = f"{type_} {goal.name}"
        block, lost = in_block(goal.inputs, schemas[type_]["block"], at)
        if schemas[type_]["block"]["attributes"].get("name", {}).get("required"):
            block.setdefault("name", label)  # Pulumi makes a name where none is said
        resources.setdefault(type_, {})[label] = block
        unknown += lost
    if unknown:
        raise UnknownNameError("\n".join(unknown))
    return {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
        "provider": {"aws": {"region": "eu-west-1"}},
        "resource": resources,
    }


def in_block(said: Json, block: Json, at: str) -> tuple[Json, list[str]]:
    """Inputs under the names of a block's schema, and the places of those without one."""
    made: Json = {}
    unknown: list[str] = []
    attributes, blocks = block.get("attributes", {}), block.get("block_types", {})
    for name, value in said.items():
        known = next((one for one in candidates(name) if one in attributes or one in blocks), None)
        inner = blocks[known]["block"] if known in blocks else attributes.get(known, {}).get(NESTED)
        if known is None:
            unknown.append(f"{at}.{name}")
        elif inner is None:
            made[known] = literal(value)
        else:
            rows = value if isinstance(value, list) else [value]
            found = [in_block(row, inner, f"{at}.{name}") for row in rows]
            single = inner.get("nesting_mode") == "single"
            made[known] = found[0][0] if single else [row for row, _ in found]
            unknown += [line for _, lost in found for line in lost]
    return made, unknown


def candidates(name: str) -> Iterator[str]:
    """An input's name, and its singular: Pulumi says the plural of a block that may be repeated."""
    plural = snake(name)
    yield plural
    for ending, singular in (("ies", "y"), ("es", ""), ("s", "")):
        if plural.endswith(ending):
            yield plural.removesuffix(ending) + singular


def snake(name: str) -> str:
    """`nodeGroup` as `node_group`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def literal(value: Any) -> Any:
    """A value that Terraform does not read as a template."""
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, dict):
        return {name: literal(inner) for name, inner in value.items()}
    return [literal(one) for one in value] if isinstance(value, list) else value
