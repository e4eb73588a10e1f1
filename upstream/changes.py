"""What named causes made of upstream's objects: the units that `diff-upstream` shows. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from upstream.clean import CLEAN_UPS, CleanUp, cleaned_by
from upstream.kinds import Kinds
from upstream.model import Obj
from upstream.render import as_object, placed


@dataclass(frozen=True, kw_only=True)
class Change:
    """An object before and after; None before where the cause made it, None after where it goes."""

    before: Obj | None
    after: Obj | None


def applied(objs: Iterable[Obj], changes: Sequence[Change]) -> tuple[Obj, ...]:
    """The objects after some changes, each in its place and new ones behind them.

    `ValueError` where a change starts from something else, or makes what is there already.
    """
    wanted = {_place(change.before): change for change in changes if change.before}
    result: list[Obj] = []
    for obj in objs:
        change = wanted.pop(_place(obj), None)
        if change is None:
            result.append(obj)
            continue
        if change.before != obj:
            raise ValueError(f"{obj.key} is not what the change to it starts from")
        if change.after:
            result.append(change.after)
    if wanted:
        raise ValueError(f"{min(wanted)} is changed and not there")
    result.extend(change.after for change in changes if not change.before and change.after)
    counted = Counter(map(_place, result))
    twice = [place for place, count in counted.items() if count > 1]
    if twice:
        raise ValueError(f"{twice[0]} is there already")
    return tuple(result)


def between(before: Iterable[Obj], after: Iterable[Obj]) -> tuple[Change, ...]:
    """What leads from some objects to others, whatever made the difference."""
    old = {_place(obj): obj for obj in before}
    new = {_place(obj): obj for obj in after}
    places = dict.fromkeys([*old, *new])
    found = (Change(before=old.get(place), after=new.get(place)) for place in places)
    return tuple(change for change in found if is_change(change))


def is_change(change: Change) -> bool:
    """Whether anything differs: a patch may find what it wants already there."""
    return not change.before or not change.after or change.before.body != change.after.body


def _place(obj: Obj) -> tuple[str, ...]:
    return (obj.component, *obj.key)


def placements(
    objs: Iterable[Obj], namespaces: Mapping[str, str], kinds: Kinds
) -> Iterator[Change]:
    """Objects without a namespace, in the one that the release's map says for their component."""
    for obj in objs:
        body = placed(obj.body, namespaces[obj.component], kinds)
        if body is not obj.body:
            yield Change(before=obj, after=as_object(body, obj.component))


def clean_ups(objs: Iterable[Obj], kinds: Kinds) -> dict[str, tuple[Change, ...]]:
    """What each clean-up, by its name, changes when they are applied in their order."""
    current = list(objs)
    found: dict[str, tuple[Change, ...]] = {}
    for row in CLEAN_UPS:
        after = [_cleaned(row, obj, kinds) for obj in current]
        pairs = zip(current, after, strict=True)
        found[row.name] = tuple(Change(before=a, after=b) for a, b in pairs if a is not b)
        current = after
    return found


def _cleaned(row: CleanUp, obj: Obj, kinds: Kinds) -> Obj:
    body = dict(obj.body)
    cured = cleaned_by(row, body, kinds)
    return obj if cured is body else as_object(cured, obj.component)
