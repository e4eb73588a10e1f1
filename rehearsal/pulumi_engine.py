"""The same commands with the real engine: Automation API, file backend, a home of its own."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from pulumi import automation as auto
from rich.console import Console

from kube.client import Client
from rehearsal.builtin import NO_CLUSTER, Destroyed, keeps_crds, kept_namespaces
from rehearsal.cluster.cluster import Access, find_cluster, start_cluster
from rehearsal.commands import refuse_left, running, stop_after
from rehearsal.engine.lock import hold
from rehearsal.errors import RehearsalError
from rehearsal.placement import judged_placement
from rehearsal.remembered import remember_plan
from rehearsal.report import placed
from rehearsal.session import PASSPHRASE, Session

STACKS = "stacks"


def run(command: str, session: Session, console: Console, *, leaves_cluster: bool) -> None:
    """`preview`, `up`, `refresh` or `destroy`; refuses a stack that makes its own cluster."""
    if session.plan.cluster.provider != "existing":
        raise RehearsalError(
            f"{session.stack.name}: --engine pulumi would make a cluster on "
            f"{session.plan.cluster.provider}, and a rehearsal never calls a cloud; "
            "leave --engine out, or run pulumi itself"
        )
    if command == "preview":
        _preview(session, console)
    elif command == "up":
        _up(session, console)
    elif command == "refresh":
        _refresh(session, console)
    else:
        _destroy(session, console, leaves_cluster=leaves_cluster)


def _preview(session: Session, console: Console) -> None:
    """`pulumi preview`."""
    stack = _stack(session, find_cluster(session.stack.name))
    _guarded(lambda: stack.preview(on_output=_printer(console)))


def _up(session: Session, console: Console) -> None:
    """`pulumi up` on the rehearsal cluster."""
    name = session.stack.name
    with hold(session.folder, f"rehearsal up {name} --engine pulumi"):
        remember_plan(session.folder, session.plan)
        access = start_cluster(name, session.plan.cluster, console.print, pace=session.pace)
        stack = _stack(session, access)
        _guarded(lambda: stack.up(on_output=_printer(console)))
        console.print(placed(judged_placement(Client(access.kubeconfig))))


def _refresh(session: Session, console: Console) -> None:
    """`pulumi refresh` against the rehearsal cluster as it stands."""
    name = session.stack.name
    with hold(session.folder, f"rehearsal refresh {name} --engine pulumi"):
        stack = _stack(session, running(session))
        _guarded(lambda: stack.refresh(on_output=_printer(console)))


def _destroy(session: Session, console: Console, *, leaves_cluster: bool) -> None:
    """`pulumi destroy`, with the same proof that nothing is left."""
    name = session.stack.name
    with hold(session.folder, f"rehearsal destroy {name} --engine pulumi"):
        if not (session.folder / "pulumi" / "backend").exists():
            console.print(f"{name}: nothing to destroy by the real engine")
            return
        access = start_cluster(name, session.plan.cluster, console.print)
        stack = _stack(session, access, reads_settings=False)
        known = (stack.export_stack().deployment or {}).get("resources", ())
        done = Destroyed(
            tuple(str(one["urn"]) for one in known if not one.get("retainOnDelete")),
            keeps_crds(one.get("inputs", {}) for one in known),
            kept_namespaces(
                (one.get("inputs", {}), one.get("retainOnDelete", False)) for one in known
            ),
        )
        _guarded(lambda: stack.destroy(on_output=_printer(console)))
        stack.workspace.remove_stack(name)
        left = stop_after(session, access, console, done, leaves_cluster=leaves_cluster)
    refuse_left(session, done, left, leaves_cluster=leaves_cluster)


def _stack(session: Session, access: Access | None, *, reads_settings: bool = True) -> auto.Stack:
    if shutil.which("pulumi") is None:
        raise RehearsalError(
            "--engine pulumi needs `pulumi` on PATH; install it, or leave --engine out"
        )
    home = session.folder / "pulumi"
    backend = home / "backend"
    backend.mkdir(parents=True, exist_ok=True)
    stack = auto.create_or_select_stack(
        session.stack.name,
        work_dir=str(_project(session, home / "project", reads_settings=reads_settings)),
        opts=auto.LocalWorkspaceOptions(
            pulumi_home=str(home / "home"),
            env_vars={
                "PULUMI_BACKEND_URL": backend.as_uri(),
                PASSPHRASE: os.environ.get(PASSPHRASE, session.key().decode()),
                "PULUMI_SKIP_UPDATE_CHECK": "true",
            },
        ),
    )
    kubeconfig = session.handed_in(access.kubeconfig if access else NO_CLUSTER)
    stack.set_config("kubeflow:kubeconfig", auto.ConfigValue(value=kubeconfig, secret=True))
    return stack


def _project(session: Session, folder: Path, *, reads_settings: bool) -> Path:
    """The project by links, with a copy of the stack's file: Pulumi writes its salt and our
    kubeconfig into that file, and a checkout must stay as it was. What ends a stack makes do with
    the copy that is there: the checkout's may be broken, or gone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for entry in session.root.iterdir():
        link = folder / entry.name
        if entry.name != STACKS and not link.exists():
            link.symlink_to(entry)
    stacks = folder / STACKS
    stacks.mkdir(exist_ok=True)
    name = f"Pulumi.{session.stack.name}.yaml"
    if reads_settings:
        _renew(stacks / name, yaml.safe_load((session.root / STACKS / name).read_text()))
    return folder


def _renew(copy: Path, wanted: dict[str, Any]) -> None:
    """What the checkout says now, and of what Pulumi wrote, its salt: it opens the old secrets.

    As JSON, which is YAML that all read alike: PyYAML leaves "1e3" bare, a number to Pulumi.
    """
    known = yaml.safe_load(copy.read_text()) if copy.exists() else {}
    salt = {"encryptionsalt": known["encryptionsalt"]} if "encryptionsalt" in known else {}
    copy.touch(mode=0o600)
    copy.write_text(json.dumps({**salt, **wanted}, indent=1, ensure_ascii=False))


def _printer(console: Console) -> auto.OnOutput:
    return lambda line: console.print(line, markup=False, soft_wrap=True)


def _guarded(run: Callable[[], object]) -> None:
    try:
        run()
    except auto.CommandError as error:
        raise RehearsalError(f"pulumi failed: {error}") from error
