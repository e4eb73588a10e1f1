"""What a rule is, and what it reads: resources as plain data, some of it not known yet."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

UNKNOWN = "[computed]"  # as a rehearsal's preview writes it
STACK = "pulumi:pulumi:Stack"  # what it is judged by are its outputs

Severity = Literal["medium", "high", "critical"]


class UnknownInputError(Exception):
    """A rule asked for an input that only an `up` will tell."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One declared or deployed resource. `read` collects the paths that were asked for."""

    type: str
    name: str
    inputs: Mapping[str, Any]
    read: set[str] = field(default_factory=set, compare=False, repr=False)

    def get(self, path: str, default: Any = None) -> Any:
        """What stands at `a.b.c`; raises `UnknownInputError` where any of it is not known."""
        value = self._at(path)
        if _holds_unknown(value):
            raise UnknownInputError(path)
        return default if value is None else value

    def has(self, path: str) -> bool:
        """Whether anything will stand there: something unknown is something."""
        return self._at(path) not in (None, "", [], {})

    def _at(self, path: str) -> Any:
        self.read.add(path)
        value: Any = self.inputs
        for part in path.split("."):
            if value == UNKNOWN:
                return UNKNOWN
            value = value.get(part) if isinstance(value, Mapping) else None
        return value


class Stack:
    """All resources of a stack, found by type, in their own order."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        # By type: of hundreds of teams a rule must not go through every resource for each one.
        self._by_type: dict[str, list[tuple[int, Resource]]] = {}
        for number, one in enumerate(resources):
            self._by_type.setdefault(one.type, []).append((number, one))

    def of(self, *types: str) -> Iterator[Resource]:
        """Those of some types; `:Gateway` is that kind of Kubernetes in every version."""
        found = (
            numbered
            for actual, listed in self._by_type.items()
            if any(_is_of(actual, wanted) for wanted in types)
            for numbered in listed
        )
        return (one for _, one in sorted(found, key=lambda numbered: numbered[0]))


Holds = Callable[[Resource, Stack], bool]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What has to hold for every resource of `types`.

    `checks` are rows of docs/checks.md, `ids` those of checkov and of other catalogues. `accepted`
    has a reason for each environment in which it need not hold. `setting` is the one by which an
    owner may decide otherwise: then it is said, and never blocks. What an owner has asked for
    (`is_asked_for`) blocks in dev, too. `config` is what the owner of the policy pack may say, as
    properties of a JSON schema: a rule reads it as the input `config`.
    """

    name: str
    wants: str
    types: tuple[str, ...]
    holds: Holds
    severity: Severity = "high"
    checks: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    accepted: Mapping[str, str] = field(default_factory=dict)
    setting: str = ""
    is_asked_for: bool = False
    config: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def each(holds: Callable[[Resource], bool]) -> Holds:
    """A rule that looks at nothing but the resource itself."""
    return lambda resource, _: holds(resource)


def _is_of(actual: str, wanted: str) -> bool:
    if wanted.startswith(":"):
        return actual.startswith("kubernetes:") and actual.endswith(wanted)
    return actual == wanted


def _holds_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_unknown(one) for one in value.values())
    if isinstance(value, list | tuple):
        return any(_holds_unknown(one) for one in value)
    return bool(value == UNKNOWN)
