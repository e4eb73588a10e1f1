"""The plan that a stack was last brought up with, kept beside its state for `destroy`.

By then the stack's file may be broken or gone; what stands on the cluster is as it was planned.
"""

import os
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from plan.model import Plan

FILE = "plan.json"
_PLAN = TypeAdapter(Plan)


def remember_plan(folder: Path, plan: Plan) -> None:
    """Keep it; whole or not at all. Only we may read it: patches say what their owner likes."""
    new = folder / f"{FILE}.new"
    new.touch(mode=0o600)
    new.write_bytes(_PLAN.dump_json(plan))
    os.replace(new, folder / FILE)  # noqa: PTH105  atomic on purpose


def remembered_plan(folder: Path) -> Plan | None:
    """The same again; None where there is none, or one of another version of this program."""
    try:
        return _PLAN.validate_json((folder / FILE).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
