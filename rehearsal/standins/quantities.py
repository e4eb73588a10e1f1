"""Kubernetes quantities as numbers, and what a pod asks of a node. Pure."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_SUFFIXES = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGTPE", 1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", 1)},
}

Amounts = Mapping[str, Decimal]


def amount(text: str | float) -> Decimal:
    """A quantity such as `250m`, `1.5Gi`, `2e3` as a number."""
    digits = str(text).rstrip("kKmMGTPEi")
    return Decimal(digits) * _SUFFIXES[str(text)[len(digits) :]]


def requests(spec: Mapping[str, Any]) -> Amounts:
    """What the scheduler counts for a pod: its containers and sidecars, or a larger init step."""
    total = _sum(spec["containers"])
    peak: Counter[str] = Counter()
    for container in spec.get("initContainers") or ():
        own = _sum([container])
        if container.get("restartPolicy") == "Always":
            total = _add(total, own)
        else:
            peak |= own
    most = total | peak
    return {**most, "pods": Decimal(1)}


def _sum(containers: list[Mapping[str, Any]]) -> "Counter[str]":
    total: Counter[str] = Counter()
    for container in containers:
        asked = (container.get("resources") or {}).get("requests") or {}
        total = _add(total, Counter({name: amount(text) for name, text in asked.items()}))  # type: ignore[arg-type]
    return total


def _add(one: "Counter[str]", other: "Counter[str]") -> "Counter[str]":
    return one + other
