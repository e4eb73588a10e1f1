"""The container images of a stack: what a mirror has to hold and a scanner to look at."""

from components.cluster.aws.database_users import database_objects
from components.cluster.aws.programs import program_objects
from components.cluster.digitalocean.inotify import inotify
from components.platform.patches.table import platform_objects
from components.platform.placeholders import placeholder_args
from components.platform.registry import with_registry
from ops.offline import Tell, release_of
from rehearsal.session import Session
from upstream.images import images


def stack_images(session: Session, tell: Tell) -> tuple[str, ...]:
    """Every image that the stack's objects name, as they will be pulled, sorted."""
    plan = session.plan
    mirror = plan.kubeflow.registry_mirror
    platform = platform_objects(release_of(session, tell).objects, placeholder_args(plan))
    programs = list(program_objects(plan.cluster)) if plan.aws else []
    if plan.aws and plan.aws.database:
        programs += database_objects({}, {})
    own = (inotify(mirror),) if plan.digitalocean else ()
    return images((*with_registry((*platform, *programs), mirror, None), *own))
