"""The built-in engine's runs over a session: preview, up, refresh, destroy."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kube.client import Client
from rehearsal.engine.clouds import CLOUDS, CloudResources, UnaskedAccount, answers
from rehearsal.engine.declared import Declared
from rehearsal.engine.deployment import Deployment, Operators
from rehearsal.engine.dynamic_resources import DynamicResources
from rehearsal.engine.events import Event, Listener, component_of
from rehearsal.engine.goal import Goal
from rehearsal.engine.kubernetes_objects import KubernetesObjects, live_objects
from rehearsal.engine.monitor import Monitor
from rehearsal.engine.operator import Op
from rehearsal.engine.program import Run, run_program, unwrapped
from rehearsal.engine.random_values import RandomValues
from rehearsal.engine.refresh import refresh as refresh_state
from rehearsal.engine.state import Built, State
from rehearsal.engine.teardown import take_down
from rehearsal.errors import RehearsalError
from rehearsal.session import Session

Json = dict[str, Any]

KUBECONFIG = "kubeflow:kubeconfig"
PRICED = Path(__file__).parent / "priced_cluster.py"
READ_OUTPUTS = "pulumi:pulumi:readStackOutputs"
# Stands where a kubeconfig will be while there is no cluster: nobody answers at this address.
NO_CLUSTER = json.dumps(
    {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "none", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "none", "user": {}}],
        "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}],
        "current-context": "none",
    }
)


class StepsFailedError(RehearsalError):
    """Steps failed; each is told by its event."""

    def __init__(self, failures: list[Event]) -> None:
        self.failures = failures
        listed = "\n".join(f"  {one.type} {one.name}: {one.error}" for one in failures)
        super().__init__(f"{len(failures)} steps failed\n{listed}")


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a run did, or would do."""

    goals: dict[str, Goal]
    changes: dict[str, Op]
    outputs: Json

    @property
    def counts(self) -> dict[str, int]:
        """How many resources per operation, components and providers included."""
        return dict(Counter(self.changes.values()))

    @property
    def is_quiet(self) -> bool:
        """Whether nothing had to change."""
        return set(self.changes.values()) <= {"same"}


def preview(
    session: Session, kubeconfig: str | None, tell: Listener, *, remembered: str | None = None
) -> Result:
    """What `up` would do. Asks the cluster when there is one, and changes nothing.

    `remembered` is the kubeconfig of a cluster that does not run: what was built with it is
    compared with it.
    """
    state = State(session.folder, session.key())
    operators = _operators(session, state, kubeconfig)
    run = Run(
        secrets={KUBECONFIG: session.handed_in(kubeconfig or remembered or NO_CLUSTER)},
        tell=tell.note,
        is_preview=True,
        waits=kubeconfig is not None,
    )
    deployment, outputs = _run(session, Deployment(state, operators, tell, is_preview=True), run)
    leaving = [one for one in state if one.urn not in deployment.goals]
    for one in leaving:
        tell(_leaving(one))
    return _result(deployment, leaving, outputs)


def priced(session: Session, tell: Listener) -> None:
    """Tell what the stack costs by its plan and its lock file, without a manifest or a cluster."""
    state = State(session.folder, session.key())
    run = Run(
        secrets={KUBECONFIG: session.handed_in(NO_CLUSTER)},
        tell=tell.note,
        is_preview=True,
        waits=False,
    )
    operators = _operators(session, state, None)
    _run(session, Deployment(state, operators, tell, is_preview=True), run, PRICED)


def up(session: Session, kubeconfig: str, tell: Listener) -> Result:
    """Bring the stack to what the program says; raises `StepsFailedError` with every failure."""
    state = State(session.folder, session.key())
    operators = _operators(session, state, kubeconfig)
    run = Run(
        secrets={KUBECONFIG: session.handed_in(kubeconfig)},
        tell=tell.note,
        is_preview=False,
        waits=True,
    )
    deployment, outputs = _run(session, Deployment(state, operators, tell, is_preview=False), run)
    leaving = [one for one in state if one.urn not in deployment.goals or _is_replaced(one, state)]
    failures = take_down(leaving, state, operators, tell)
    if failures:
        raise StepsFailedError(failures)
    state.fold()
    return _result(deployment, leaving, outputs)


def refresh(session: Session, kubeconfig: str, tell: Listener) -> dict[str, Op]:
    """Read what stands into the state; gives what each resource has become, by URN."""
    state = State(session.folder, session.key())
    changes = refresh_state(state, _operators(session, state, kubeconfig), tell)
    state.fold()
    return changes


@dataclass(frozen=True)
class Destroyed:
    """What went, and what was kept: None when there were none to judge by."""

    urns: tuple[str, ...]
    keeps_crds: bool | None
    kept_namespaces: frozenset[str] | None


def destroy(session: Session, kubeconfig: str, tell: Listener) -> Destroyed:
    """Take everything in the state down, dependants first."""
    state = State(session.folder, session.key())
    done = Destroyed(
        tuple(one.urn for one in state if not one.retains_on_delete),
        keeps_crds({**one.inputs, **one.outputs} for one in state),
        kept_namespaces((one.inputs, one.retains_on_delete) for one in state),
    )
    failures = take_down(list(state), state, _operators(session, state, kubeconfig), tell)
    if failures:
        raise StepsFailedError(failures)
    state.fold()
    return done


def keeps_crds(resources: Iterable[Mapping[str, Any]]) -> bool | None:
    """Whether any recorded CRDs are to outlive their stack; None when there are none."""
    said = [bool(one["keepsOnDelete"]) for one in resources if "keepsOnDelete" in one]
    return any(said) if said else None


def kept_namespaces(
    resources: Iterable[tuple[Mapping[str, Any], bool]],
) -> frozenset[str] | None:
    """Which recorded namespaces are to outlive their stack, for the volume claims in them.

    None when there are none. Each resource by its inputs, and whether it is retained.
    """
    said = [(one, retained) for one, retained in resources if one.get("kind") == "Namespace"]
    names = frozenset(str(one["metadata"]["name"]) for one, retained in said if retained)
    return names if said else None


def _run(
    session: Session, deployment: Deployment, run: Run, main: Path | None = None
) -> tuple[Deployment, Json]:
    monitor = Monitor(
        deployment.register,
        {**answers(session.plan.cluster), READ_OUTPUTS: lambda _asked: _last_outputs(session)},
    )
    try:
        run_program(main or session.root / "__main__.py", session.stack, monitor, run)
    except Exception as error:
        if deployment.failures:
            raise StepsFailedError(deployment.failures) from error
        raise
    return deployment, unwrapped(monitor.outputs)


def _last_outputs(session: Session) -> Json:
    """What stands, as the engine itself tells a program."""
    last = session.last_cost()
    return {"outputs": {"cost": last} if last else {}}


def _operators(session: Session, state: State, kubeconfig: str | None) -> Operators:
    client = Client(kubeconfig) if kubeconfig else None
    labels = session.plan.label_selector
    declared = Declared()
    return Operators(
        by_prefix={
            "component": declared,
            "pulumi:providers:": declared,
            "random:": RandomValues(),
            **dict.fromkeys(CLOUDS, CloudResources()),
            "pulumi-python:dynamic": DynamicResources(kubeconfig),
            "pulumi-python:dynamic/kubeflow:Preflight": UnaskedAccount(),
            "kubernetes:": KubernetesObjects(
                client=client, live=live_objects(client, state, labels) if client else {}
            ),
        },
        denied_packages=session.stack.denied_packages,
    )


def _is_replaced(one: Built, state: State) -> bool:
    return state.get(one.urn) is not one


def _leaving(one: Built) -> Event:
    return Event(phase="planned", op="delete", urn=one.urn, component=component_of(one.parent))


def _result(deployment: Deployment, leaving: Iterable[Built], outputs: Json) -> Result:
    changes: dict[str, Op] = {urn: step.op for urn, step in deployment.steps.items()}
    for one in leaving:
        changes.setdefault(one.urn, "delete")
    return Result(goals=deployment.goals, changes=changes, outputs=outputs)
