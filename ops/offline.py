"""What a stack's program renders and with which patches, without cluster, state or secret."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from components.platform.credentials import Credentials
from components.platform.patches.table import PatchArgs
from components.platform.stores import make_stores
from rehearsal.session import Session
from upstream.load import load_as_is, load_release
from upstream.model import Obj, Release

ROOT = Path(__file__).resolve().parent.parent  # where the program itself looks for a mirror
GENERATED = "[generated"  # how every placeholder begins

Tell = Callable[[str], None]


def release_of(session: Session, tell: Tell) -> Release:
    """The stack's release, cleaned, as the program loads it."""
    kubeflow = session.plan.kubeflow
    return load_release(
        kubeflow.release, kubeflow.components, mirror=kubeflow.mirror, project=ROOT, tell=tell
    )


def as_is(session: Session, tell: Tell) -> tuple[Obj, ...]:
    """The same components with nothing of ours in them, CRDs among them."""
    kubeflow = session.plan.kubeflow
    return load_as_is(
        kubeflow.release, kubeflow.components, mirror=kubeflow.mirror, project=ROOT, tell=tell
    )


def patch_args(session: Session) -> PatchArgs:
    """What the stack's patches are made of; a placeholder stands for each generated secret."""
    kubeflow = session.plan.kubeflow
    stores = session.plan.stores
    placeholders = {one.name: f"{GENERATED} {one.name}]" for one in fields(Credentials)}
    return PatchArgs(
        credentials=Credentials(**placeholders),
        stores=make_stores(stores, {key: f"{GENERATED} from {key}]" for key in stores.secrets}),
        admin_email=kubeflow.admin_email,
        storage_class=session.plan.cluster.storage_class,
        components=kubeflow.components,
        existing=kubeflow.existing,
        kserve_mode=kubeflow.kserve_mode,
        is_highly_available=session.plan.environment == "prod",
        own=kubeflow.patches,
        pools=session.plan.cluster.pools,
        idle_notebook_minutes=kubeflow.idle_notebook_minutes,
    )
