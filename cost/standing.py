"""What stands, as `pulumi stack output cost --json` tells it."""

import json
from pathlib import Path
from typing import Any

from cost.report import VERSION
from cost.usage import SCENARIOS


class NoOutputError(Exception):
    """The file is no output `cost`; the message says which, and how to get one."""


def read_output(file: Path) -> dict[str, Any]:
    """The output of a stack's last `up`; raises `NoOutputError`."""
    way = "`pulumi stack output cost --json -s STACK` writes one"
    try:
        found: dict[str, Any] = json.loads(file.read_text())
    except OSError as error:
        raise NoOutputError(f"--against {file}: {error.strerror}; {way}") from error
    except ValueError as error:
        raise NoOutputError(f"--against {file}: it is not JSON; {way}") from error
    if not _is_output(found):
        raise NoOutputError(f"--against {file}: it is no output `cost` of version {VERSION}; {way}")
    return found


def _is_output(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and found.get("version") == VERSION
        and isinstance(found.get("complete"), bool)
        and _has_numbers(found.get("monthly"), SCENARIOS)
        and isinstance(found.get("lines"), dict)
        and all(_has_numbers(line, ("quantity", "price")) for line in found["lines"].values())
    )


def _has_numbers(value: Any, names: tuple[str, ...]) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(name), int | float) for name in names
    )
