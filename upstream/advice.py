"""What a release says to those who run it, from its file: what it works with, and what is new.

Apart from `pins.py`: nothing here decides what is rendered, so nothing here renders it anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upstream.documents import read_yaml
from upstream.pins import RELEASES


@dataclass(frozen=True, kw_only=True)
class Range:
    """Versions from `at_least` on and older than `below`, and who says so."""

    at_least: str
    below: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Note:
    """What somebody must know who comes from the release before, and who says so."""

    text: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What is known about one release: what of it a cluster may bring, what an upgrade means."""

    works_with: Mapping[str, Range]
    notes: tuple[Note, ...]


def advice(release: str, releases: Path = RELEASES) -> Advice:
    """What the file of a known release says."""
    text = (releases / f"{release}.yaml").read_text(encoding="utf-8")
    raw: Mapping[str, Any] = read_yaml(text)
    return Advice(
        works_with={name: Range(**row) for name, row in raw["works_with"].items()},
        notes=tuple(Note(**row) for row in raw.get("notes", ())),
    )
