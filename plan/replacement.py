"""What a cluster cannot become: the settings whose change would replace it. Pure."""

from collections.abc import Mapping

VERSION = "cluster.kubernetes"  # goes up in place, and never down
ONE_WAY = "cluster.highAvailability"  # is switched on in place, and never off


def refusal(cluster: str, old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """Why the cluster would be made anew, and the ways out; "" when it would not be."""
    changes = [
        path for path in sorted(old) if path in new and _replaces(path, old[path], new[path])
    ]
    if not changes:
        return ""
    listed = "\n".join(f"  {path}: {old[path]!r} -> {new[path]!r}" for path in changes)
    return (
        f"cluster {cluster} would be deleted with all that is on it, and made anew\n{listed}\n"
        "put the setting back; or, when that is what you want, say "
        f"protection.replaceCluster: {cluster}"
    )


def _replaces(path: str, old: str, new: str) -> bool:
    if path == VERSION:
        return _numbers(new) < _numbers(old)
    if path == ONE_WAY:
        return (old, new) == ("true", "false")
    return old != new


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
