"""Images with known holes, raised to the first version without them. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from components.platform.patches.model import Json, Patch, Selector
from upstream.documents import read_yaml

TABLE = Path(__file__).with_suffix(".yaml")
VERSION = r"(?P<version>\d+\.\d+\.\d+)"
# A digest would go on naming the old content, whatever the tag before it says.
DIGEST = r"(?:@sha256:[0-9a-f]{64})?"

Version = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Floor:
    """The oldest versions of an image that may run, one per minor, and where it is named."""

    name: str
    image: str
    floors: tuple[str, ...]
    cves: tuple[str, ...]
    why: str
    where: tuple[dict[str, str], ...]

    def raised(self, version: str) -> str:
        """The version itself, or the floor it is below of."""
        asked, floors = _numbers(version), sorted(_numbers(floor) for floor in self.floors)
        if asked[:2] > floors[-1][:2]:
            return version
        floor = next(floor for floor in floors if floor[:2] >= asked[:2])
        return version if asked >= floor else ".".join(str(number) for number in floor)


@cache
def version_floors() -> tuple[Floor, ...]:
    """The whole table."""
    return tuple(_floor(row) for row in read_yaml(TABLE.read_text(encoding="utf-8"))["floors"])


def _floor(row: Json) -> Floor:
    fields: dict[str, Any] = {
        name: tuple(said) if isinstance(said, list) else said for name, said in row.items()
    }
    return Floor(**fields)


def floor_patches() -> tuple[Patch, ...]:
    """One patch per place where an image with a floor is named."""
    source = read_yaml(TABLE.read_text(encoding="utf-8"))["source"]
    return tuple(
        Patch(
            name=f"{floor.name}-floor-{place['kind'].lower()}-{place['name']}",
            component=place["component"],
            selector=Selector(kind=place["kind"], namespace=place["namespace"], name=place["name"]),
            why=f"{floor.why} ({', '.join(floor.cves)})",
            source=source,
            change=_raising(floor, place.get("written", "")),
            may_hold_already=True,
        )
        for floor in version_floors()
        for place in floor.where
    )


def _raising(floor: Floor, written: str) -> Callable[[Json], Json]:
    pattern = re.compile(
        written.replace("VERSION", VERSION)
        if written
        else rf"(?<![\w.-]){floor.image}:v?{VERSION}[\w.-]*{DIGEST}"
    )

    def raise_version(match: re.Match[str]) -> str:
        old = match["version"]
        new = floor.raised(old)
        if new == old:
            return match[0]
        return match[0].replace(old, new, 1).partition("@")[0]

    def change(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: change(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [change(inner) for inner in value]
        return pattern.sub(raise_version, value) if isinstance(value, str) else value

    return lambda body: dict(change(body))


def _numbers(version: str) -> Version:
    return tuple(int(number) for number in version.split("."))
