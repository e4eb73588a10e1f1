"""Kubernetes objects as YAML that every reader takes for the same, people among them. Pure."""

import re
from collections.abc import Iterable
from typing import Any

import yaml

_Base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
# YAML 1.2, which Kubernetes' tools are near to, reads 1e3 and 0o7 as numbers, where PyYAML writes
# them as text without quotes.
_LIKE_A_NUMBER = re.compile(r"[-+.\d]")


class _Dumper(_Base):  # type: ignore[misc]  # the base is chosen at run time
    """Multi-line text as blocks, what looks like a number in quotes, no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: Any, value: str) -> Any:
    style = "|" if "\n" in value else '"' if _LIKE_A_NUMBER.match(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def as_yaml(documents: Iterable[Any]) -> str:
    """The documents of one file, in their order, keys as they come."""
    return yaml.dump_all(documents, Dumper=_Dumper, sort_keys=False, explicit_start=True, width=120)
