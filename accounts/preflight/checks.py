"""The checks that are the same in every account. Pure."""

from dataclasses import dataclass

from accounts.preflight.model import Finding, Unread, Verdict, unchecked


@dataclass(frozen=True, kw_only=True)
class Needed:
    """Of a limit: what `up` asks for, and what the stack comes to when every pool is largest."""

    at_first: int
    at_most: int


def limit(what: str, needed: Needed, had: float, used: float, fix: str) -> Finding:
    """`had` and `used` by others are of the account; `fix` says how there may be more."""
    room = had - used
    verdict: Verdict = (
        "fine" if room >= needed.at_most else ("doubtful" if room >= needed.at_first else "wrong")
    )
    return Finding(
        what=what,
        verdict=verdict,
        value=f"{had:g}, {used:g} of it used by others",
        needed=str(needed.at_most)
        if needed.at_first == needed.at_most
        else f"{needed.at_first} at first, {needed.at_most} when every pool is at its largest",
        fix="" if verdict == "fine" else fix,
    )


def names(stack: str, clashes: tuple[str, ...] | Unread) -> Finding:
    """Whether things of the stack's names are another's."""
    if isinstance(clashes, Unread):
        return unchecked("names", clashes)
    return Finding(
        what="names",
        verdict="wrong" if clashes else "fine",
        value=", ".join(clashes) if clashes else "free, or this stack's",
        needed="free",
        fix=f"delete them, or call the stack something other than {stack}" if clashes else "",
    )
