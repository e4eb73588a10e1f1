"""The container images of a stack: what a mirror has to hold and a scanner to look at."""

from components.platform.patches.table import platform_objects
from components.platform.placeholders import placeholder_args
from components.platform.registry import with_registry
from ops.offline import Tell, release_of
from rehearsal.session import Session
from upstream.images import images


def stack_images(session: Session, tell: Tell) -> tuple[str, ...]:
    """Every image that the stack's objects name, as they will be pulled, sorted."""
    objs = platform_objects(release_of(session, tell).objects, placeholder_args(session.plan))
    return images(with_registry(objs, session.plan.kubeflow.registry_mirror, None))
