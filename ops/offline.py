"""What a stack's program renders, without cluster, state or secret."""

from collections.abc import Callable
from pathlib import Path

from rehearsal.session import Session
from upstream.load import load_as_is, load_release
from upstream.model import Obj, Release

ROOT = Path(__file__).resolve().parent.parent  # where the program itself looks for a mirror

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
