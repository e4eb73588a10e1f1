"""preview, up, refresh, destroy and status with the built-in engine, as a person runs them."""

from collections import Counter
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from pulumi import RunError
from rich.console import Console
from rich.text import Text

from kube.client import Client
from kube.errors import KubeError
from plan.lock import claim_namespaces
from policies.judge import Finding, judge, told
from policies.model import STACK, Resource
from rehearsal import builtin, report
from rehearsal.cluster.cluster import (
    Access,
    find_cluster,
    remembered_kubeconfig,
    start_cluster,
    stop_cluster,
)
from rehearsal.cluster.versions import KUBERNETES
from rehearsal.engine.lock import hold
from rehearsal.engine.state import State
from rehearsal.errors import RehearsalError
from rehearsal.leftovers import kept_claims, leftovers
from rehearsal.placement import judged_placement, placement
from rehearsal.remembered import remember_plan
from rehearsal.session import Session
from rehearsal.trouble import last_event
from rehearsal.unrendered import show_unrendered
from upstream.errors import UpstreamError

Json = dict[str, Any]


def preview(session: Session, console: Console, *, as_json: bool, lists_all: bool) -> None:
    """What `up` would do, without doing it; with a running rehearsal, compared with it.

    Without manifests what is known is shown, and it fails all the same: who asks a preview whether
    to go on must not hear yes from one that saw no object. JSON is all or nothing.
    """
    session.stack.refuse_encrypted()
    access = find_cluster(session.stack.name)
    kubeconfig = access.kubeconfig if access else None
    title = f"preview {session.stack.name}" + ("" if access else " (no cluster yet)")
    remembered = remembered_kubeconfig(session.stack.name)
    try:
        with report.Progress(console, title, lists_all=lists_all) as progress:
            result = builtin.preview(session, kubeconfig, progress, remembered=remembered)
    except RunError as error:
        if isinstance(error.__cause__, UpstreamError):
            show_unrendered(session.plan, console)
            builtin.priced(session, report.Spoken(console))
        raise
    console.print(report.changes(result.counts))
    if not result.outputs["capacity"]["fits"]:
        console.print("some pods wait for nodes at first: see capacity above", style="bold yellow")
    found = judged(session, result)
    console.print(Text(told(found)), soft_wrap=True)
    if as_json:
        report.print_json(as_document(session, result))
    if blocking := sum(one.blocks for one in found):
        raise RehearsalError(
            f"{session.stack.name}: {blocking} policies are broken, which "
            f"{session.plan.environment} does not allow"
        )


def judged(session: Session, result: builtin.Result) -> tuple[Finding, ...]:
    """What the policies say of what is declared, and of the outputs."""
    resources = (
        Resource(type=goal.type, name=goal.name, inputs=goal.shown_inputs)
        for goal in result.goals.values()
    )
    stack = Resource(type=STACK, name=session.stack.name, inputs=result.outputs)
    return judge((stack, *resources), session.plan.environment)


def up(session: Session, console: Console, *, as_json: bool) -> None:
    """Start the rehearsal cluster if need be and bring the stack up on it."""
    session.stack.refuse_encrypted()
    name = session.stack.name
    with hold(session.folder, f"rehearsal up {name}"):
        with report.Progress(console, f"rehearsal cluster {name}") as progress:
            _say_version(session, progress)
            remember_plan(session.folder, session.plan)
            access = start_cluster(name, session.plan.cluster, progress.note, pace=session.pace)
        client = Client(access.kubeconfig)
        with report.Progress(console, f"up {name}") as progress:
            try:
                result = builtin.up(session, access.kubeconfig, progress)
            except builtin.StepsFailedError as error:
                # The failure is what counts: a cluster that answers no more must not hide it.
                with suppress(KubeError):
                    console.print(report.placed(placement(client)))
                _print_trouble(console, client, error)
                raise
        session.keep_cost(result.outputs["cost"])
        found = judged_placement(client)
        console.print(report.changes(result.counts))
        console.print(report.placed(found))
        _print_outputs(console, access, result.outputs)
    if as_json:
        report.print_json(as_document(session, result))
    if found.waiting:
        raise RehearsalError(f"{len(found.waiting)} pods have no node; the table says why")


def refresh(session: Session, console: Console, *, as_json: bool) -> None:
    """Read what stands on the running cluster into the state."""
    name = session.stack.name
    with hold(session.folder, f"rehearsal refresh {name}"):
        access = running(session)
        with report.Progress(console, f"refresh {name}") as progress:
            changes = builtin.refresh(session, access.kubeconfig, progress)
        console.print(report.changes(Counter(changes.values())))
    if as_json:
        report.print_json({"stack": name, "changes": changes})


def running(session: Session) -> Access:
    """The stack's cluster as it runs: without one, all would be taken for deleted."""
    name = session.stack.name
    access = find_cluster(name)
    if access is None:
        raise RehearsalError(
            f"{name}: no rehearsal cluster is running, so there is nothing to read; "
            f"`python -m rehearsal up {name}` starts one"
        )
    return access


def destroy(
    session: Session, console: Console, *, leaves_cluster: bool, as_json: bool = False
) -> None:
    """Take the stack down, prove that nothing is left, and stop the cluster."""
    name = session.stack.name
    with hold(session.folder, f"rehearsal destroy {name}"):
        access = find_cluster(name) or _revived(session, console)
        if access is None:
            # A run killed while its cluster was starting left processes, but no resources.
            if not leaves_cluster:
                stop_cluster(name, console.print)
            console.print(f"{name}: nothing to destroy, 0 left")
            if as_json:
                report.print_json(_ended(name, (), ()))
            return
        with report.Progress(console, f"destroy {name}") as progress:
            done = builtin.destroy(session, access.kubeconfig, progress)
        session.keep_cost(None)
        left = stop_after(session, access, console, done, leaves_cluster=leaves_cluster)
    if as_json:
        report.print_json(_ended(name, done.urns, left))
    refuse_left(session, done, left, leaves_cluster=leaves_cluster)


def stop_after(
    session: Session,
    access: Access,
    console: Console,
    done: builtin.Destroyed,
    *,
    leaves_cluster: bool,
) -> tuple[str, ...]:
    """Ask the cluster what is left, and stop it."""
    client = Client(access.kubeconfig)
    keeps_crds, kept_namespaces = _kept(session, done)
    left = leftovers(
        client,
        session.plan.label_selector,
        keeps_crds=keeps_crds,
        kept_namespaces=kept_namespaces,
        existing=session.plan.kubeflow.existing,
    )
    name = session.stack.name
    if not left:
        kept = _kept_words(client, keeps_crds=keeps_crds, kept_namespaces=kept_namespaces)
        console.print(f"destroyed {len(done.urns)} resources, 0 left{kept}", style="bold green")
    if not leaves_cluster:
        stop_cluster(name, console.print)
    return left


def refuse_left(
    session: Session, done: builtin.Destroyed, left: tuple[str, ...], *, leaves_cluster: bool
) -> None:
    """Raises `RehearsalError` listing what was left, if anything."""
    if not left:
        return
    listed = "\n".join(f"  {one}" for one in left)
    name = session.stack.name
    raise RehearsalError(
        f"destroyed {len(done.urns)} resources, but {len(left)} left:\n{listed}\n"
        + (
            f"the cluster runs on, as --leave-cluster says; `destroy {name}` alone stops it"
            if leaves_cluster
            else "the cluster was stopped, and they went with it; --leave-cluster keeps it"
        )
    )


def _ended(name: str, gone: tuple[str, ...], left: tuple[str, ...]) -> Json:
    """What went, in the words of `up --json`, and what is left."""
    return {"stack": name, "changes": dict.fromkeys(gone, "delete"), "left": list(left)}


def _kept(session: Session, done: builtin.Destroyed) -> tuple[bool, frozenset[str]]:
    """Whether CRDs, and which namespaces: as last built, for settings may have changed since."""
    wanted = session.plan.kubeflow
    namespaces = claim_namespaces(wanted.release) if wanted.keeps_volumes else frozenset[str]()
    return (
        wanted.keeps_crds if done.keeps_crds is None else done.keeps_crds,
        namespaces if done.kept_namespaces is None else done.kept_namespaces,
    )


def _kept_words(client: Client, *, keeps_crds: bool, kept_namespaces: frozenset[str]) -> str:
    """What destroy left on purpose, and which setting says so."""
    words = ["CRDs kept, as protection.crds says"] if keeps_crds else []
    if kept_namespaces:
        claims = ", ".join(kept_claims(client, kept_namespaces)) or "none"
        words.append(
            f"namespace {', '.join(sorted(kept_namespaces))} kept, as protection.volumes says, "
            f"with its volume claims: {claims}"
        )
    return f" ({'; '.join(words)})" if words else ""


def status(session: Session, console: Console, *, as_json: bool) -> None:
    """What the state holds and where the pods are."""
    access = find_cluster(session.stack.name)
    number = len(State(session.folder, session.key()))
    if as_json:
        found = placement(Client(access.kubeconfig)) if access else None
        report.print_json(
            {
                "stack": session.stack.name,
                "running": access is not None,
                "resources": number,
                "placement": found.as_output() if found else None,
            }
        )
        return
    console.print(f"{session.stack.name}: {number} resources in the state")
    if access is None:
        console.print("no rehearsal cluster is running; `python -m rehearsal up` starts one")
        return
    console.print(f"API server {access.server}")
    console.print(report.placed(placement(Client(access.kubeconfig))))


def as_document(session: Session, result: builtin.Result) -> Json:
    """The JSON form: what is declared, what changes, and room for what later judges it."""
    return {
        "stack": session.stack.name,
        "resources": [
            {
                "urn": goal.urn,
                "type": goal.type,
                "name": goal.name,
                "inputs": goal.shown_inputs,
                "dependsOn": list(goal.dependencies),
                "component": goal.parent.rpartition("::")[2],
            }
            for goal in result.goals.values()
        ],
        "changes": result.changes,
        "capacity": result.outputs.get("capacity"),
        "cost": result.outputs.get("cost"),
        "policies": [asdict(one) for one in judged(session, result)],
    }


def _say_version(session: Session, progress: report.Progress) -> None:
    wanted = session.plan.cluster.kubernetes
    if not KUBERNETES.startswith(f"{wanted}."):
        progress.note(f"the stack says Kubernetes {wanted}; it is rehearsed on {KUBERNETES}")


def _revived(session: Session, console: Console) -> Access | None:
    """The cluster of a stack that still has resources: they can only be deleted on it."""
    if not len(State(session.folder, session.key())):
        return None
    return start_cluster(session.stack.name, session.plan.cluster, console.print)


def _print_trouble(console: Console, client: Client, error: builtin.StepsFailedError) -> None:
    for failure in error.failures:
        namespace, _, name = failure.name.rpartition("/")
        with suppress(KubeError):
            said = last_event(client, namespace, name)
            if said:
                console.print(f"  {failure.name}: {said}", style="red", markup=False)


def _print_outputs(console: Console, access: Access, outputs: Json) -> None:
    kubeconfig = access.folder / "kubeconfig"
    kubeconfig.touch(mode=0o600)
    kubeconfig.write_text(access.kubeconfig)
    table = report.grid("Outputs", "name", "value")
    for name, value in sorted(outputs.items()):
        if isinstance(value, str):
            table.add_row(name, Text(value))
    table.add_row("kubeconfig", str(kubeconfig))
    console.print(table)
