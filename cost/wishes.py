"""Settings as if they said something else: `pools[gpu].maxNodes=8`. Pure."""

import copy
import re
from collections.abc import Callable, Iterable
from typing import Any

import yaml


class WishError(Exception):
    """A wish that cannot be read, or that names what is not there."""


Reader = Callable[[str], Any]  # of YAML; raises `YAMLError`


def with_wishes(settings: dict[str, Any], wishes: Iterable[str], read: Reader) -> dict[str, Any]:
    """A copy of the settings with every wish in it; whether they make sense is not asked here.

    `read` is what reads a stack's file, so that a value means the same in both.
    """
    changed = copy.deepcopy(settings)
    for wish in wishes:
        path, equals, value = wish.partition("=")
        if not equals:
            raise WishError(f"--set {wish}: write it like pools[gpu].maxNodes=8")
        _put(changed, _steps(path, wish), _value(value, wish, read), wish)
    return changed


def _value(text: str, wish: str, read: Reader) -> Any:
    try:
        return read(text)
    except yaml.YAMLError as error:
        why = getattr(error, "problem", None) or error
        raise WishError(
            f"--set {wish}: {text!r} is no value as a settings file has it: {why}"
        ) from error


def _steps(path: str, wish: str) -> list[str]:
    """`a.b[c].d` as its keys; `[c]` is the entry of a list with that name or number."""
    steps = re.findall(r"[^.\[\]]+|\[[^\]]+\]", path)
    if not steps or re.fullmatch(r"[^.\[\]]+(\.[^.\[\]]+|\[[^\]]+\])*", path) is None:
        raise WishError(f"--set {wish}: {path!r} is no path of a setting like cluster.region")
    return steps


def _put(at: Any, steps: list[str], value: Any, wish: str) -> None:
    for step in steps[:-1]:
        at = _entry(at, step, wish) if step.startswith("[") else _block(at, step, wish)
        if not isinstance(at, dict | list):
            raise WishError(f"--set {wish}: {step} has no settings in it, it is {at!r}")
    if steps[-1].startswith("[") or not isinstance(at, dict):
        raise _no_entry_named(wish)
    at[steps[-1]] = value


def _no_entry_named(wish: str) -> WishError:
    return WishError(f"--set {wish}: name a setting of one entry, like pools[gpu].nodes")


def _block(at: Any, step: str, wish: str) -> Any:
    if not isinstance(at, dict):
        raise _no_entry_named(wish)
    return at.setdefault(step, {})


def _entry(at: Any, step: str, wish: str) -> Any:
    entries = at if isinstance(at, list) else []
    wanted = step.strip("[]")
    for number, entry in enumerate(entries):
        if wanted in (str(number), _name(entry, number)):
            return entry
    names = ", ".join(_name(entry, number) for number, entry in enumerate(entries))
    raise WishError(
        f"--set {wish}: the settings have no entry {step}; "
        + (f"they have {names}" if names else "the list is left out there: write it down first")
    )


def _name(entry: Any, number: int) -> str:
    return str(entry["name"] if isinstance(entry, dict) and "name" in entry else number)
