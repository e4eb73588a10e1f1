"""Every patch of the platform, in the order they are applied."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from components.platform.credentials import Credentials
from components.platform.patches.autoscaling import autoscaling_patches
from components.platform.patches.availability import availability_patches
from components.platform.patches.credentials import credential_patches
from components.platform.patches.dashboard import dashboard_patches
from components.platform.patches.database import database_patches, database_removals
from components.platform.patches.floors import floor_patches
from components.platform.patches.model import Patch, Removal, apply_patches, without
from components.platform.patches.objectstore import object_store_patches, object_store_removals
from components.platform.patches.requests import request_patches
from components.platform.patches.serving import serving_objects, serving_patches
from components.platform.patches.storage import storage_patches
from components.platform.patches.users import user_patches
from components.platform.stores import Stores, with_stores
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
    stores: Stores
    admin_email: str
    storage_class: str
    is_highly_available: bool


def platform_patches(args: PatchArgs) -> tuple[Patch, ...]:
    """All of them; `apply_patches` leaves out those of components that are not installed."""
    return (
        *credential_patches(with_stores(args.credentials, args.stores), args.admin_email),
        *dashboard_patches(args.components),
        *serving_patches(args.kserve_mode),
        *storage_patches(args.storage_class),
        *request_patches(),
        *autoscaling_patches(),
        *floor_patches(),
        *(availability_patches() if args.is_highly_available else ()),
        *(object_store_patches(args.stores.objects) if args.stores.objects else ()),
        *(database_patches(args.stores.database) if args.stores.database else ()),
    )


def platform_removals(stores: Stores) -> tuple[Removal, ...]:
    """What stores elsewhere take the place of."""
    return (
        *(object_store_removals() if stores.objects else ()),
        *(database_removals() if stores.database else ()),
    )


def platform_objects(rendered: Iterable[Obj], args: PatchArgs) -> tuple[Obj, ...]:
    """Upstream's objects and those that only the settings ask for, all patched.

    Removals come after our patches, so that these need not know of them, and before the owner's,
    which must not be about an object that is not there; the owner has the last word.
    Raises `PatchMissedError` for patches without effect.
    """
    added = serving_objects(args.kserve_mode, tuple(args.components))
    ours = apply_patches((*rendered, *added), platform_patches(args))
    return apply_patches(without(ours, platform_removals(args.stores)), user_patches(args.own))
