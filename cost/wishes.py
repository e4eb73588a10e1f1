"""Settings as if they said something else: `pools[gpu].maxNodes=8`. Pure."""

import copy
import re
from collections.abc import Iterable
from typing import Any

import yaml


class WishError(Exception):
    """A wish that cannot be read, or that names what is not there."""


def with_wishes(settings: dict[str, Any], wishes: Iterable[str]) -> dict[str, Any]:
    """A copy of the settings with every wish in it; whether they make sense is not asked here."""
    changed = copy.deepcopy(settings)
    for wish in wishes:
        path, equals, value = wish.partition("=")
        if not equals:
            raise WishError(f"--set {wish}: write it like pools[gpu].maxNodes=8")
        _put(changed, _steps(path, wish), _value(value, wish), wish)
    return changed


def _value(text: str, wish: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise WishError(f"--set {wish}: {text!r} is no value as a settings file has it") from error


def _steps(path: str, wish: str) -> list[str]:
    """`a.b[c].d` as its keys; `[c]` is the entry of a list with that name or number."""
    steps = re.findall(r"[^.\[\]]+|\[[^\]]+\]", path)
    if not steps or re.fullmatch(r"[^.\[\]]+(\.[^.\[\]]+|\[[^\]]+\])*", path) is None:
        raise WishError(f"--set {wish}: {path!r} is no path of a setting like cluster.region")
    return steps


def _put(at: Any, steps: list[str], value: Any, wish: str) -> None:
    for step in steps[:-1]:
        at = _entry(at, step, wish) if step.startswith("[") else at.setdefault(step, {})
        if not isinstance(at, dict | list):
            raise WishError(f"--set {wish}: {step} has no settings in it, it is {at!r}")
    if steps[-1].startswith("[") or not isinstance(at, dict):
        raise WishError(f"--set {wish}: name a setting of one entry, like pools[gpu].nodes")
    at[steps[-1]] = value


def _entry(at: Any, step: str, wish: str) -> Any:
    entries = at if isinstance(at, list) else []
    wanted = step.strip("[]")
    for number, entry in enumerate(entries):
        if wanted in (str(number), entry.get("name")):
            return entry
    names = ", ".join(str(entry.get("name")) for entry in entries)
    raise WishError(
        f"--set {wish}: the settings have no entry {step}; "
        + (f"they have {names}" if names else "the list is left out there: write it down first")
    )
