"""A stack's configuration, read so that it means the same to this engine and to Pulumi.

Pulumi reads YAML 1.2-like, PyYAML reads 1.1: `no`, `012345`, `12:30` and dates differ. Plain
scalars that two readers could take for different things are refused, as are keys said twice.
"""

import json
import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import yaml

from rehearsal.errors import RehearsalError


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack: its name and its configuration as Pulumi hands it to a program.

    `encrypted` are the places of values that only Pulumi can read; their keys are not in `config`.
    """

    name: str
    project: str
    config: dict[str, str]
    encrypted: tuple[str, ...] = ()

    @property
    def denied_packages(self) -> frozenset[str]:
        """Packages whose default provider is disabled: nothing may land on an ambient account."""
        return frozenset(json.loads(self.config.get("pulumi:disable-default-providers", "[]")))

    @property
    def secrets_in_clear(self) -> tuple[str, ...]:
        """What stands beside the settings: their secrets, which this engine cannot decrypt."""
        ours = (key for key in self.config if key.startswith(f"{self.project}:"))
        return tuple(key for key in ours if key != f"{self.project}:settings")

    def refuse_encrypted(self) -> None:
        """Raises `RehearsalError` when a program that this engine runs would miss a value."""
        if self.encrypted:
            raise RehearsalError(
                f"Pulumi.{self.name}.yaml: {', '.join(self.encrypted)}: encrypted by Pulumi; the "
                "built-in engine cannot read it. Use --engine pulumi for this stack"
            )


def load_stack(root: Path, name: str) -> Stack:
    """The stack `name` of the project in `root`; raises `RehearsalError` saying what is wrong."""
    project = _read(root / "Pulumi.yaml")
    folder = root / project.get("stackConfigDir", ".")
    path = folder / f"Pulumi.{name}.yaml"
    if not path.is_file():
        known = sorted(p.name.split(".")[1] for p in folder.glob("Pulumi.*.yaml"))
        raise RehearsalError(f"there is no stack {name!r}; {folder.name}/ has {', '.join(known)}")
    config = _read(path).get("config") or {}
    if not isinstance(config, dict):
        raise RehearsalError(f"{path.name}: config: expected keys and values, found {config!r}")
    return Stack(
        name=name,
        project=project["name"],
        config={
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in config.items()
            if not any(_encrypted(value, key))
        },
        encrypted=tuple(place for key, value in config.items() for place in _encrypted(value, key)),
    )


def _encrypted(value: Any, place: str) -> Iterator[str]:
    """Where in a value `secure: …` stands, Pulumi's mark of what it encrypted."""
    if isinstance(value, dict):
        if set(value) == {"secure"}:
            yield place
            return
        for key, inner in value.items():
            yield from _encrypted(inner, f"{place}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _encrypted(inner, f"{place}[{number}]")


def _read(path: Path) -> dict[str, Any]:
    try:
        loaded = read_strictly(path.read_text(encoding="utf-8"), path.name)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        hint = "; YAML is indented with spaces, not with tabs" if "'\\t'" in str(error) else ""
        raise RehearsalError(f"{path.name}: {error}{hint}") from error
    if not isinstance(loaded, dict):
        found = "nothing" if loaded is None else f"{loaded!r}"
        raise RehearsalError(
            f"{path.name}: expected keys and values, found {found}; "
            f"start from {path.parent.name}/Pulumi.sandbox.yaml"
        )
    return loaded


def read_strictly(text: str, name: str = "<text>") -> Any:
    """What a text in YAML says; raises `YAMLError`, with the text's name, where two readers would
    differ.
    """
    stream = StringIO(text)
    stream.name = name
    return yaml.load(stream, _StrictLoader)


class _StrictLoader(yaml.SafeLoader):
    """SafeLoader that refuses what YAML 1.1 and 1.2 read differently."""


INT_BITS = 64  # with its sign

_AMBIGUOUS = re.compile(
    r"(?i:y|n|yes|no|on|off)"  # booleans of 1.1
    r"|[-+]?0[0-9_]+|[-+]?0[boxBOX].*"  # octal, hexadecimal
    r"|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"  # sexagesimal
    r"|[-+]?([0-9][0-9_]*(\.[0-9_]*)?|\.[0-9_]+)[eE][-+]?[0-9]+|[-+]?[0-9]+_[0-9_]*"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|[-+]?\.(?i:inf|nan)|=|~"
)


def _scalar(loader: _StrictLoader, node: yaml.ScalarNode) -> Any:
    if node.style is None and (_AMBIGUOUS.fullmatch(node.value) or _is_rounded(node)):
        raise yaml.constructor.ConstructorError(
            None, None, f"{node.value!r} means different things to YAML readers; quote it",
            node.start_mark,
        )  # fmt: skip
    return _PLAIN[node.tag](loader, node)


def _is_rounded(node: yaml.ScalarNode) -> bool:
    """Whether a reader in Go makes another number of it: 3.0 becomes 3, and 2**64 a float."""
    if node.tag.endswith(":float"):
        return float(node.value.replace("_", "")).is_integer()
    return node.tag.endswith(":int") and int(node.value.replace("_", "")).bit_length() >= INT_BITS


def _mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(
                None, None, "a key has to be plain text", key.start_mark
            )
        if key.value in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key.value!r} is said twice", key.start_mark
            )
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


_PLAIN = {
    f"tag:yaml.org,2002:{kind}": getattr(yaml.SafeLoader, f"construct_yaml_{kind}")
    for kind in ("null", "bool", "int", "float", "timestamp", "str")
}
for _tag in _PLAIN:
    _StrictLoader.add_constructor(_tag, _scalar)
_StrictLoader.add_constructor("tag:yaml.org,2002:map", _mapping)
