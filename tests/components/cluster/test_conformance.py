"""Every input of every cloud resource has a name and a type that its provider knows, to the bottom.

Python checks neither in nested inputs: a misspelt one reaches the cloud, or nobody.
"""

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, get_args, get_origin

import pytest
from pulumi._types import input_type_py_to_pulumi_names, input_type_types, is_input_type

from components.cluster.choice import build_cluster
from plan.build import make_plan
from rehearsal.engine.clouds import CLOUDS, answers, is_of_a_cloud
from rehearsal.engine.goal import Goal
from settings.model import Settings

GPUS = {
    "name": "gpu",
    "instanceTypes": ["gpu-4000adax1-20gb"],
    "nodes": 1,
    "maxNodes": 2,
    "labels": {"workload": "gpu"},
    "taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}],
}
EVERYTHING: dict[str, dict[str, Any]] = {
    "aws": {
        "cluster": {
            "provider": "aws",
            "region": "eu-west-1",
            "admins": ["arn:aws:iam::123456789012:role/admin"],
            "accountId": "123456789012",
            "tags": {"owner": "ml"},
            "network": {
                "publicAccessCidrs": ["203.0.113.7/32"],
                "endpoints": ["ecr.api", "ecr.dkr"],
                "entry": {"sources": ["203.0.113.0/24"], "hostedZone": "b.test"},
            },
        },
        "stores": {"objects": {"kind": "s3"}, "database": {"kind": "rds"}},
    },
    "digitalocean": {
        "cluster": {
            "provider": "digitalocean",
            "region": "fra1",
            "tags": {"owner": "ml"},
            "registry": True,
            "network": {"cidr": "10.10.0.0/20"},
        },
        "pools": [
            {"name": "general", "instanceTypes": ["g-4vcpu-16gb"], "nodes": 3, "maxNodes": 5},
            GPUS,
        ],
        "stores": {"objects": {"kind": "spaces", "bucket": "our-artefacts"}},
    },
}


def arguments(type_: str) -> type:
    """The library's class of a type's inputs."""
    cloud, place, name = type_.split(":")
    module = place.partition("/")[0]
    library = import_module(CLOUDS[f"{cloud}:"] + ("" if module == "index" else f".{module}"))
    # Where a block has the name already, the library calls it otherwise.
    found: type = getattr(library, f"{name}InitArgs", None) or getattr(library, f"{name}Args")
    return found


def mistakes(said: Any, wanted: Any, at: str) -> Iterator[str]:
    """Unknown names, missing ones, and values of another type, each with its place."""
    if is_input_type(wanted):
        yield from _block_mistakes(said, wanted, at)
    elif wanted in (str, bool, int, float):
        if type(said) is not wanted:
            yield f"{at}: {said!r} is no {wanted.__name__}"
    elif isinstance(said, list):
        for number, inner in enumerate(said):
            yield from mistakes(inner, plain(get_args(wanted)[0]), f"{at}[{number}]")
    elif isinstance(said, dict):
        for name, inner in said.items():
            yield from mistakes(inner, plain(get_args(wanted)[1]), f"{at}.{name}")
    elif not (_is_union(wanted) and type(said) in get_args(wanted)):
        yield f"{at}: {said!r} is no {wanted}"


def _block_mistakes(said: Any, wanted: type, at: str) -> Iterator[str]:
    if not isinstance(said, dict):
        yield f"{at}: {said!r} is no block"
        return
    types = input_type_types(wanted)
    for name in required(wanted) - said.keys():
        yield f"{at}.{name}: is missing"
    for name, inner in said.items():
        if name in types:
            yield from mistakes(inner, types[name], f"{at}.{name}")
        else:
            yield f"{at}.{name}: is unknown"


def required(wanted: type) -> set[str]:
    """The names that have no default, as on the wire."""
    wire = input_type_py_to_pulumi_names(wanted)
    parameters = inspect.signature(wanted).parameters.values()
    return {wire[one.name] for one in parameters if one.default is inspect.Parameter.empty}


def plain(annotation: Any) -> Any:
    """The type inside `Input[...]`, the library's union of a value and its futures."""
    parts = get_args(annotation) if get_origin(annotation) is not None else ()
    if get_origin(annotation) in (list, dict) or not parts or not _is_union(annotation):
        return annotation
    known = [one for one in parts if is_input_type(one)]
    return known[0] if known else parts[0]


def _is_union(annotation: Any) -> bool:
    return "Union" in str(get_origin(annotation))


def graph_of(deploy: Callable[..., Any], provider: str, environment: str) -> list[Goal]:
    raw = {
        "environment": environment,
        **EVERYTHING[provider],
        "ingress": {"domain": "ml.b.test", "auth": {"adminEmail": "a@b.test"}},
    }
    plan = make_plan(Settings.model_validate(raw), "kf")
    graph = deploy(lambda: build_cluster("cluster", plan, None), None, answers(plan.cluster))
    return [goal for goal in graph.goals.values() if is_of_a_cloud(goal.type)]


@pytest.mark.parametrize("environment", ["dev", "prod"])
@pytest.mark.parametrize(("provider", "least"), [("aws", 50), ("digitalocean", 4)])
def test_the_provider_knows_every_input(
    deploy: Callable[..., Any], provider: str, least: int, environment: str
) -> None:
    goals = graph_of(deploy, provider, environment)
    assert len(goals) >= least
    found = [
        line
        for goal in goals
        for line in mistakes(goal.inputs, arguments(goal.type), f"{goal.type} {goal.name}")
    ]
    assert found == []


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ({"amiTipe": "A"}, "g.amiTipe: is unknown"),
        (
            {"scalingConfig": {"desiredSize": 1, "minSize": 0}},
            "g.scalingConfig.maxSize: is missing",
        ),
        ({"taints": [{"kee": "a", "key": "b", "effect": "c"}]}, "g.taints[0].kee: is unknown"),
        ({"subnetIds": "s"}, "g.subnetIds: 's' is no typing.Sequence"),
        ({"labels": {"a": 1}}, "g.labels.a: 1 is no str"),
        ({"instanceTypes": [1]}, "g.instanceTypes[0]: 1 is no str"),
    ],
)
def test_a_mistake_would_be_found(said: dict[str, Any], line: str) -> None:
    good = {
        "clusterName": "c",
        "nodeRoleArn": "r",
        "subnetIds": ["s"],
        "scalingConfig": {"desiredSize": 1, "minSize": 0, "maxSize": 2},
    }
    group = arguments("aws:eks/nodeGroup:NodeGroup")
    assert list(mistakes(good, group, "g")) == []
    (only,) = mistakes(good | said, group, "g")
    assert only.startswith(line)
