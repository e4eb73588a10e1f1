"""Every key that may be said is written down: as an example, and in README's table."""

from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel

from ops.schema import NAME, settings_table
from settings.model import Settings

ROOT = Path(__file__).parent.parent.parent


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The sections inside an annotation such as `list[PoolSettings] | None`."""
    if get_origin(annotation) in (list, Union, UnionType, Annotated):
        for part in get_args(annotation):
            yield from models_in(part)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation


def keys(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """Every key as README writes it, e.g. `pools[].taints[].key`; sections are named by theirs."""
    for field in model.model_fields.values():
        path = f"{before}{field.alias}"
        inner = list(models_in(field.annotation))
        many = "[]" if "list[" in str(field.annotation) else ""
        for one in inner:
            yield from keys(one, f"{path}{many}.")
        if not inner:
            yield path


def said(value: Any, before: str = "") -> Iterator[str]:
    """Every key of an example, written likewise, as deep as the model goes."""
    if isinstance(value, dict):
        for key, inner in value.items():
            path = f"{before}.{key}" if before else key
            yield path
            yield from said(inner, path)
    elif isinstance(value, list):
        for inner in value:
            yield from said(inner, f"{before}[]")


KEYS = sorted(set(keys(Settings)))


TABLE = settings_table((ROOT / "README.md").read_text())


def table() -> set[str]:
    """README's keys, and those of a taint that its row names in words."""
    words = TABLE["pools[].taints"]
    return {*TABLE, *(f"pools[].taints[].{name}" for name in NAME.findall(words))}


def test_the_models_keys_are_found_at_every_depth() -> None:
    assert {"environment", "cluster.zones", "pools[].taints[].effect"} <= set(KEYS)
    assert {"kubeflow.kserve.mode", "ingress.auth.adminEmail", "kubeflow.components"} <= set(KEYS)
    assert len(KEYS) > 20


@pytest.mark.parametrize("key", KEYS)
def test_the_example_names_every_key(key: str) -> None:
    # One file per provider: a stack has only one, and each example is a stack.
    examples = (ROOT / "stacks").glob("Pulumi.README*.yaml")
    loaded = [yaml.safe_load(path.read_text())["config"]["kubeflow:settings"] for path in examples]
    assert key in {name for example in loaded for name in said(example)}


@pytest.mark.parametrize("key", KEYS)
def test_readmes_table_names_every_key(key: str) -> None:
    assert key in table()
