"""Every patch of the platform, in the order they are applied."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from components.platform.credentials import Credentials
from components.platform.patches.autoscaling import autoscaling_patches
from components.platform.patches.availability import availability_patches
from components.platform.patches.credentials import credential_patches
from components.platform.patches.dashboard import dashboard_patches
from components.platform.patches.floors import floor_patches
from components.platform.patches.model import Entry, apply_patches
from components.platform.patches.requests import request_patches
from components.platform.patches.serving import serving_patches
from components.platform.patches.storage import storage_patches
from components.platform.patches.users import user_patches
from plan.model import KserveMode, UserPatch
from upstream.model import Obj


@dataclass(frozen=True, kw_only=True)
class PatchArgs:
    """What the patches put in place of upstream's defaults; `components` are those installed,
    `own` the changes of the stack's owner.
    """

    components: Collection[str]
    kserve_mode: KserveMode
    own: tuple[UserPatch, ...]
    credentials: Credentials
    admin_email: str
    storage_class: str
    is_highly_available: bool


def platform_patches(args: PatchArgs) -> tuple[Entry, ...]:
    """All of them; `apply_patches` leaves out those of components that are not installed."""
    return (
        *credential_patches(args.credentials, args.admin_email),
        *dashboard_patches(args.components),
        *serving_patches(args.kserve_mode),
        *storage_patches(args.storage_class),
        *request_patches(),
        *autoscaling_patches(),
        *floor_patches(),
        *(availability_patches() if args.is_highly_available else ()),
        *user_patches(args.own),  # last: the owner has the last word
    )


def platform_objects(rendered: Iterable[Obj], args: PatchArgs) -> tuple[Obj, ...]:
    """Upstream's objects, patched, and those that only the settings ask for.

    Raises `PatchMissedError` for patches without effect.
    """
    return apply_patches(rendered, platform_patches(args))
