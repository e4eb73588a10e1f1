"""What stands, as `pulumi stack output cost --json` tells it."""

import json
from pathlib import Path
from typing import Any

from cost.report import VERSION


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
    if not isinstance(found, dict) or found.get("version") != VERSION or "lines" not in found:
        raise NoOutputError(f"--against {file}: it is no output `cost` of version {VERSION}; {way}")
    return found
