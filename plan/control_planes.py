"""Whether the control planes that a cluster has are the ones a stack can live with. Pure.

Each judgement is a sentence that names the setting, what was found, what is allowed and the way
out; none means that nothing is in the way.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Source = Literal["managed", "existing"]
SETTINGS: Mapping[str, str] = {"istio": "kubeflow.istio", "cert-manager": "kubeflow.certManager"}
# The Deployment that tells a control plane's version: where it is, its name where it is ours, and
# the label it is found by where it is not.
HOMES: Mapping[str, tuple[str, str, str]] = {
    "istio": ("istio-system", "istiod", "app=istiod"),
    "cert-manager": ("cert-manager", "cert-manager", "app=cert-manager"),
}
INGRESS = "app=istio-ingressgateway,istio=ingressgateway"
NAMES: Mapping[str, str] = {"istio": "Istio", "cert-manager": "cert-manager"}
ONE_MINOR_AT_A_TIME = "istio.io/latest/docs/setup/upgrade"
_VERSION = re.compile(r":v?(\d+)\.(\d+)\.(\d+)(?:[-+][\w.-]*)?(?:@sha256:[0-9a-f]{64})?$")

Version = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a stack asks of one control plane: its own, of version `brings`, or the cluster's.

    `kinds` (`group/version Kind`) and `providers` (Istio's extension providers) are what the
    stack's own objects take for granted.
    """

    component: str
    source: Source
    brings: str
    at_least: str
    below: str
    kinds: tuple[str, ...]
    providers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Running:
    """A control plane's Deployment on the cluster; `stack` is whose it is, "" for a stranger's."""

    namespace: str
    name: str
    image: str
    stack: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the cluster shows of one component; the rest is only looked at for `existing`."""

    running: tuple[Running, ...]
    missing_kinds: tuple[str, ...] = ()
    missing_providers: tuple[str, ...] = ()
    has_ingress: bool = True


def judge(wanted: Wanted, seen: Seen, stack: str) -> tuple[str, ...]:
    """Every reason why the stack must not be applied."""
    if wanted.source == "managed":
        return tuple(_managed(wanted, seen.running, stack))
    return tuple(_existing(wanted, seen, stack))


def image_of(deployment: Mapping[str, Any]) -> str:
    """The image of a Deployment's first container: of a control plane, its own."""
    return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"])


def version_of(image: str) -> Version | None:
    """The version an image's tag tells: `istio/pilot:1.29.2-distroless` is 1.29.2."""
    found = _VERSION.search(image)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _managed(wanted: Wanted, running: Sequence[Running], stack: str) -> Iterator[str]:
    setting = SETTINGS[wanted.component]
    for one in running:
        if one.stack != stack:
            whose = f"stack {one.stack}'s" if one.stack else "not this stack's"
            yield (
                f"{setting} is managed, but the cluster has {_shown(wanted, one)}, which is "
                f"{whose}; say {setting}: existing to use it, or remove it"
            )
        elif wanted.component == "istio":
            yield from _skipped(wanted.brings, one)


def _skipped(brings: str, one: Running) -> Iterator[str]:
    """Istio goes one minor at a time, up and down."""
    old, new = version_of(one.image), _numbers(brings)
    if old is None or (old[0] == new[0] and abs(new[1] - old[1]) <= 1):
        return
    yield (
        f"kubeflow.release brings Istio {brings}, and {one.namespace}/{one.name} runs "
        f"{_dotted(old)}: Istio goes one minor at a time ({ONE_MINOR_AT_A_TIME}); take istiod, the "
        f"gateways and the CNI plugin through {_between(old, new)} first, by a release of Kubeflow "
        "that has it or by their images, then run this again"
    )


def _between(old: Version, new: Version) -> str:
    if old[0] != new[0]:
        return f"every minor between {old[0]}.{old[1]} and {new[0]}.{new[1]}"
    step = 1 if new[1] > old[1] else -1
    return ", ".join(f"{old[0]}.{minor}" for minor in range(old[1] + step, new[1], step))


def _existing(wanted: Wanted, seen: Seen, stack: str) -> Iterator[str]:
    setting = SETTINGS[wanted.component]
    allowed = f"{wanted.at_least} or newer, older than {wanted.below}"
    namespace, _, label = HOMES[wanted.component]
    here = [one for one in seen.running if one.namespace == namespace]
    if not here:
        elsewhere = ", ".join(f"{one.namespace}/{one.name}" for one in seen.running) or "none"
        yield (
            f"{setting} is existing, but namespace {namespace} has no Deployment labelled {label} "
            f"(elsewhere: {elsewhere}); install {NAMES[wanted.component]} {allowed}, or say "
            f"{setting}: managed"
        )
        return
    for one in here:
        yield from _unfit(wanted, one, allowed, stack)
    if seen.missing_kinds:
        yield (
            f"{setting} is existing, but the cluster does not serve "
            f"{', '.join(seen.missing_kinds)}; install all CRDs of {NAMES[wanted.component]} "
            f"{allowed}"
        )
    if seen.missing_providers:
        yield (
            f"{setting} is existing, but its mesh configuration (ConfigMap {namespace}/istio) has "
            f"no extensionProviders named {', '.join(seen.missing_providers)}, and nobody could "
            "log in; add what docs/existing.md shows"
        )
    if not seen.has_ingress:
        yield (
            f"{setting} is existing, but {namespace} has no Deployment labelled "
            f"{INGRESS}, and nobody could get in; install Istio's ingress gateway there"
        )


def _unfit(wanted: Wanted, one: Running, allowed: str, stack: str) -> Iterator[str]:
    setting = SETTINGS[wanted.component]
    version = version_of(one.image)
    if one.stack == stack:
        yield (
            f"{setting} is existing, but {one.namespace}/{one.name} is this stack's own and would "
            f"be deleted under everything that uses it; leave {setting}: managed, or destroy the "
            "stack first"
        )
    elif version is None:
        yield (
            f"{setting} is existing, but the image of {_shown(wanted, one)} has no version in its "
            f"tag; it has to be {allowed}"
        )
    elif not _numbers(wanted.at_least) <= version < _numbers(wanted.below):
        yield (
            f"{setting} is existing, and the cluster has {_shown(wanted, one)}; this release of "
            f"Kubeflow works with {allowed}: bring it there, or say {setting}: managed on a "
            f"cluster without {NAMES[wanted.component]}"
        )


def _shown(wanted: Wanted, one: Running) -> str:
    version = version_of(one.image)
    told = _dotted(version) if version else one.image
    return f"{NAMES[wanted.component]} {told} ({one.namespace}/{one.name})"


def _numbers(version: str) -> Version:
    major, minor, patch = version.split(".")
    return int(major), int(minor), int(patch)


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))
