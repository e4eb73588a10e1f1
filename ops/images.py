"""The container images of a stack: what a mirror has to hold and a scanner to look at."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from components.platform.credentials import Credentials
from components.platform.patches.table import PatchArgs, platform_objects
from components.platform.registry import with_registry
from components.platform.stores import make_stores
from rehearsal.session import Session
from upstream.images import images
from upstream.load import load_release

ROOT = Path(__file__).resolve().parent.parent  # where the program itself looks for a mirror


def stack_images(session: Session, tell: Callable[[str], None]) -> tuple[str, ...]:
    """Every image that the stack's objects name, as they will be pulled, sorted."""
    kubeflow = session.plan.kubeflow
    release = load_release(
        kubeflow.release,
        kubeflow.components,
        mirror=kubeflow.mirror,
        project=ROOT,
        tell=tell,
    )
    # No image depends on a secret.
    nothing = Credentials(**{field.name: "" for field in fields(Credentials)})
    args = PatchArgs(
        credentials=nothing,
        stores=make_stores(session.plan.stores, dict.fromkeys(session.plan.stores.secrets, "")),
        admin_email=kubeflow.admin_email,
        storage_class=session.plan.cluster.storage_class,
        components=kubeflow.components,
        kserve_mode=kubeflow.kserve_mode,
        is_highly_available=session.plan.environment == "prod",
        own=kubeflow.patches,
    )
    objs = platform_objects(release.objects, args)
    return images(with_registry(objs, kubeflow.registry_mirror, None))
