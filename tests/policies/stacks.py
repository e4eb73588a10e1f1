"""Whole stacks as the policies see them, and the means to break one."""

import copy
import json
from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

from plan.build import make_plan
from policies.model import Resource
from rehearsal import builtin
from rehearsal.engine.events import Event
from rehearsal.session import Session, open_session
from settings.keys import SETTINGS
from settings.load import read_settings

ROOT = Path(__file__).parent.parent.parent
DEV = ("aws-dev", "digitalocean-dev", "existing", "sandbox", "README", "README-aws")
PROD = ("aws-prod", "digitalocean-prod")

Resources = tuple[Resource, ...]


class _Quiet:
    """Listens and says nothing."""

    def __call__(self, event: Event) -> None:
        """Not of interest here."""

    def note(self, message: str) -> None:
        """Nor this."""


@cache
def declared(stack: str) -> Resources:
    """What a preview of a stack in stacks/ declares."""
    return _previewed(open_session(ROOT, stack))


def declared_with(stack: str, **sections: Any) -> Resources:
    """The same with some sections of its settings replaced."""
    session = open_session(ROOT, stack)
    said = json.dumps(json.loads(session.stack.config[SETTINGS]) | sections)
    changed = replace(session.stack, config={**session.stack.config, SETTINGS: said})
    plan = make_plan(read_settings(stack, said), stack)
    return _previewed(replace(session, stack=changed, plan=plan))


def _previewed(session: Session) -> Resources:
    result = builtin.preview(session, None, _Quiet())
    return tuple(
        Resource(type=goal.type, name=goal.name, inputs=goal.shown_inputs)
        for goal in result.goals.values()
    )


def broken(resources: Resources, type_: str, name: str, path: str, value: Any) -> Resources:
    """The same stack with one input of one resource changed, or all of them without a path.

    `...` takes it away. In a part of a path `~` stands for `/`.
    """
    found = [one for one in resources if one.type.endswith(type_) and fnmatch(one.name, name)]
    assert len(found) == 1, f"{type_} {name}: {len(found)} of them"
    inputs = _with(found[0].inputs, path.split("/"), value) if path else value
    changed = replace(found[0], inputs=inputs)
    assert changed.inputs != found[0].inputs, f"{name} {path}: nothing changes"
    return tuple(changed if one is found[0] else one for one in resources)


def without(resources: Resources, type_: str, name: str = "") -> Resources:
    """The same stack without some of its resources."""
    left = tuple(
        one for one in resources if not (one.type.endswith(type_) and name in ("", one.name))
    )
    assert left != resources, f"{type_} {name}: there is none"
    return left


def _with(inputs: Mapping[str, Any], path: list[str], value: Any) -> Mapping[str, Any]:
    whole: Any = copy.deepcopy(dict(inputs))
    holder = whole
    for part in path[:-1]:
        holder = holder[int(part)] if isinstance(holder, list) else holder.setdefault(part, {})
    last: Any = int(path[-1]) if isinstance(holder, list) else path[-1].replace("~", "/")
    if value is ...:
        del holder[last]
    elif isinstance(holder, list) and last == len(holder):
        holder.append(value)
    else:
        holder[last] = value
    return dict(whole)
