"""What named causes made of upstream's objects: the units that `diff-upstream` shows. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from upstream.clean import CLEAN_UPS, CleanUp, cleaned_by
from upstream.kinds import Kinds
from upstream.model import Obj
from upstream.render import as_object, placed


@dataclass(frozen=True, kw_only=True)
class Change:
    """An object before and after; `before` is None where the cause made the object."""

    before: Obj | None
    after: Obj


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
