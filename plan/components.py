"""Which components of Kubeflow a stack gets: what was asked for, and what that needs. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plan.model import KserveMode, KubeflowPlan
from upstream.pins import ReleaseMap

# training-operator is the predecessor of trainer: whoever still needs it says so.
PRESETS: Mapping[str, tuple[str, ...]] = {
    "full": (
        "notebooks",
        "pipelines",
        "katib",
        "kserve",
        "trainer",
        "spark",
        "model-registry",
    ),
    "notebooks": ("notebooks",),
    "pipelines": ("pipelines",),
    "serving": ("kserve", "model-registry"),
    "training": ("trainer", "katib"),
}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Every component to install, in the release's order, and those added: name -> needed by."""

    components: tuple[str, ...]
    added: Mapping[str, str]


def choose(asked: str | Sequence[str], kserve_mode: KserveMode, release: ReleaseMap) -> Choice:
    """What to install for a preset or a list of names, each a component of `release`."""
    wanted = PRESETS[asked] if isinstance(asked, str) else tuple(asked)
    found = dict.fromkeys(release.base, "every selection")
    found |= dict.fromkeys(wanted, "")
    waiting = list(found)
    while waiting:
        name = waiting.pop(0)
        for need in _needs(name, kserve_mode, release):
            if need not in found:
                found[need] = name
                waiting.append(need)
    return Choice(
        components=tuple(name for name in release.components if name in found),
        added={
            name: found[name]
            for name in release.components
            if found.get(name) and name not in release.base
        },
    )


def report(plan: KubeflowPlan) -> str:
    """What is installed, and why what nobody asked for is."""
    lines = [f"components: {', '.join(plan.components)}"]
    if plan.added:
        reasons = (f"{name} (needed by {why})" for name, why in plan.added.items())
        lines.append(f"components: added {', '.join(reasons)}")
    if plan.existing:
        lines.append(f"components: {', '.join(plan.existing)} as the cluster has it")
    return "\n".join(lines)


def _needs(name: str, kserve_mode: KserveMode, release: ReleaseMap) -> tuple[str, ...]:
    needs = release.components[name].needs
    if name == "kserve" and kserve_mode == "RawDeployment":
        return tuple(need for need in needs if need != "knative")
    return needs
