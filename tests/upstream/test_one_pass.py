"""One pass on a slow cluster, by a model of it: nothing is rejected, and no gate or edge is idle.

Everything takes a time of its own; a gate or an edge is proven by what goes wrong without it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import pytest
from syrupy.assertion import SnapshotAssertion

from components.platform.patches.table import platform_objects
from tests.components.conftest import ARGS
from tests.upstream.conftest import rendered
from tests.upstream.programs import CA_INJECTOR, FIRST_USER
from tests.upstream.slow_cluster import Cluster, Fact, Survey
from tests.upstream.waves import faults, gates_of, go_wrong, with_samples
from upstream import references
from upstream.exceptions import SELF_PATCHING, WAITS, SelfPatching, Wait
from upstream.model import CrdRef, Key, Obj
from upstream.order import Edges, order
from upstream.pins import known_releases
from upstream.probes import KIND as PROBE
from upstream.probes import Probe, find_probes, with_probes

SEEDS = range(40)
MANY_SEEDS = range(400)


@dataclass(frozen=True, kw_only=True)
class Pass:
    """All of a release as the program declares it, and the cluster it goes to."""

    objs: tuple[Obj, ...]
    crds: tuple[CrdRef, ...]
    survey: Survey
    cluster: Cluster
    probes: tuple[Probe, ...]
    gates: Mapping[Key, Fact]

    @property
    def edges(self) -> Edges:
        """The product's order, and somebody who works with the platform once `up` is done."""
        edges = with_probes(order(self.objs, self.crds), self.probes)
        return {**edges, FIRST_USER: frozenset(edges)}

    def without(self, *keys: Key) -> dict[Key, Fact]:
        """The gates but those of `keys`, which count as done when they are written."""
        return {key: fact for key, fact in self.gates.items() if key not in keys}


@cache
def _pass(release: str) -> Pass:
    known = rendered(release)
    objs = platform_objects(
        known.objects,
        replace(ARGS, components=tuple(known.components)),
    )
    survey = Survey(objs, known.all_crds)
    probes = find_probes(objs, known.all_crds, order(objs, known.all_crds))
    return Pass(
        objs=objs,
        crds=known.all_crds,
        survey=survey,
        cluster=with_samples(survey.cluster(), probes),
        probes=probes,
        gates=gates_of(objs, known.all_crds, probes),
    )


@pytest.fixture(params=known_releases())
def one(request: pytest.FixtureRequest) -> Pass:
    """Every release in turn."""
    return _pass(str(request.param))


def test_nothing_is_rejected_however_slow_anything_is(one: Pass) -> None:
    edges = one.edges
    found = [fault for seed in SEEDS for fault in faults(one.cluster, edges, one.gates, seed)]
    assert found == []


def test_without_any_order_everything_goes_wrong(one: Pass) -> None:
    none: Edges = dict.fromkeys(one.edges, frozenset())
    found = [fault for seed in SEEDS for fault in faults(one.cluster, none, one.gates, seed)]
    reasons = {fault.reason for fault in found}
    assert reasons == {
        "a sidecar without CNI plugin",
        "exits",
        "no account",
        "no namespace",
        "no pods of it",
        "no priority class",
        "no rights",
        "no role",
        "no such kind",
        "not judged",
        "nothing to fetch",
        "nothing to mount",
        "runs by its defaults",
    }


@dataclass(frozen=True, kw_only=True)
class Spare:
    """Gates whose absence no write would notice, and what they are for."""

    reason: str
    has: Callable[[Key, Pass], bool]


def _is_behind_awaited_service(key: Key, one: Pass) -> bool:
    return any(key in one.survey.backends.get(service, ()) for service in one.gates)


def _is_scaled(key: Key, one: Pass) -> bool:
    return any(key in n for k, n in one.edges.items() if k.kind == "HorizontalPodAutoscaler")


def _answers_only_who_goes_on_without(key: Key, one: Pass) -> bool:
    judged = {demand.fact.key for demand in one.cluster.demands[FIRST_USER]}
    is_answer = key.kind == "Service" or _is_configuration(key)
    return is_answer and key not in judged


SPARE = {
    "behind a service": Spare(
        reason="its Service waits for the same pods; with both gone it goes wrong (next test)",
        has=_is_behind_awaited_service,
    ),
    "CA injector": Spare(
        reason="each configuration waits for its own CA; it is named where it does not start",
        has=lambda key, _: key == CA_INJECTOR,
    ),
    "issuer": Spare(
        reason="a Certificate waits for it too; a wrong issuer is named, not all of its own",
        has=lambda key, _: key.kind in ("ClusterIssuer", "Issuer"),
    ),
    "scaled": Spare(
        reason="an autoscaler can wait for its workload; the edge is for the way down",
        has=lambda key, one: _is_scaled(key, one) and not _is_behind_awaited_service(key, one),
    ),
    "fails open": Spare(
        reason="what its webhook is asked about is created without an answer as well",
        has=_answers_only_who_goes_on_without,
    ),
}


def test_none_of_the_gates_went(one: Pass, snapshot: SnapshotAssertion) -> None:
    """Also one that others can stand in for is missed."""
    assert sorted(f"{key}: {fact.what}" for key, fact in one.gates.items()) == snapshot


def test_every_gate_is_needed_or_says_what_it_is_for(one: Pass) -> None:
    edges = one.edges
    waited_for = {need for key, needs in edges.items() if key != FIRST_USER for need in needs}
    gates = [k for k in one.gates if k in waited_for or k.kind.endswith("WebhookConfiguration")]
    assert len(gates) > 60
    idle = {
        key
        for key in gates
        if not faults(one.cluster, edges, one.without(key), 0, one.gates[key].key)
    }
    told = {key: [name for name, row in SPARE.items() if row.has(key, one)] for key in idle}
    assert {str(key): names for key, names in told.items() if len(names) != 1} == {}
    assert {names[0] for names in told.values()} == set(SPARE)


def test_a_webhook_is_waited_for_by_its_service_or_its_workload(one: Pass) -> None:
    edges = one.edges
    services = [
        key
        for key in one.gates
        if key.kind == "Service" and not _answers_only_who_goes_on_without(key, one)
    ]
    assert len(services) > 10
    for service in services:
        for backend in one.survey.backends[service]:
            gates = one.without(service, backend)
            assert faults(one.cluster, edges, gates, 0, backend), f"{service}: nobody waits for it"


@pytest.mark.parametrize("row", WAITS, ids=lambda row: row.reason)
def test_every_exception_is_needed(one: Pass, row: Wait, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upstream.order.WAITS", [kept for kept in WAITS if kept != row])
    edges = one.edges
    for slowest in row.before:
        harm = (faults(one.cluster, edges, one.gates, seed, slowest) for seed in SEEDS)
        assert any(harm), f"{slowest}: nobody needs it first"


@pytest.mark.parametrize("row", SELF_PATCHING, ids=lambda row: row.service.name)
def test_who_patches_its_own_configuration_must_be_known(
    one: Pass, row: SelfPatching, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = frozenset(kept.service for kept in SELF_PATCHING if kept != row)
    monkeypatch.setattr("upstream.order._SELF_PATCHING", known)
    monkeypatch.setattr("upstream.gates._SELF_PATCHING", known)
    assert go_wrong(one.cluster, one.edges, gates_of(one.objs, one.crds, one.probes), SEEDS)


# Rules that no write needs; their edges turned round are the order of a destroy.
FOR_DESTROY = {
    "_aggregated": "a collected ClusterRole deleted first would be written again by its controller",
    "_ca_injection": "who fills a CA in goes after those it fills; on the way up the gates wait",
    "_issuer": "an issuer goes after its Certificates; on the way up cert-manager waits",
    "_issuers_secrets": "what an issuer signs with goes after it; on the way up cert-manager waits",
    "_scaled": "an autoscaler goes before what it scales",
}


@pytest.mark.parametrize("rule", references.RULES, ids=lambda rule: rule.__name__)
def test_every_rule_about_references_is_needed(
    one: Pass, rule: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tuple(other for other in references.RULES if other is not rule)
    monkeypatch.setattr("upstream.references.RULES", kept)
    is_harmful = go_wrong(one.cluster, one.edges, one.gates, SEEDS)
    assert is_harmful is (rule.__name__ not in FOR_DESTROY)


CLASSES: Mapping[str, Callable[[Key, Key], bool]] = {
    "namespace": lambda _, need: need.kind == "Namespace",
    "definition": lambda _, need: need.kind == "CustomResourceDefinition",
    "webhook": lambda key, need: _is_configuration(need) and key.kind != "Deployment",
    "injection": lambda _, need: need.name == "istio-sidecar-injector" and _is_configuration(need),
    "certificate": lambda key, need: need.kind == "Certificate" and not _is_configuration(key),
    "answer": lambda _, need: need.kind == "Service",
    "probe": lambda _, need: need.kind == PROBE,
}


def _is_configuration(key: Key) -> bool:
    return key.kind.endswith("WebhookConfiguration")


@pytest.mark.parametrize("name", CLASSES)
def test_every_kind_of_edge_is_needed(one: Pass, name: str) -> None:
    fewer = {
        key: frozenset(n for n in needs if key == FIRST_USER or not CLASSES[name](key, n))
        for key, needs in one.edges.items()
    }
    assert go_wrong(one.cluster, fewer, one.gates, SEEDS)
