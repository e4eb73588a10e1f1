"""What one named cause made of one object: the unit that `diff-upstream` shows."""

from dataclasses import dataclass

from upstream.model import Obj


@dataclass(frozen=True, kw_only=True)
class Change:
    """An object before and after; `before` is None where the cause made the object."""

    before: Obj | None
    after: Obj
