"""A Space for artefacts, and a key that reaches nothing but it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_digitalocean as digitalocean

from plan.stores import OBJECT_KEYS

OLD_DAYS = 30  # how long what was overwritten or deleted can be had back
UNFINISHED_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class SpaceArgs:
    """Its name and place, and whether it outlives the stack with all that is in it."""

    bucket: str
    region: str
    is_kept: bool


class Space(pulumi.ComponentResource):
    """Private and versioned. `keys` are by the names of the stack's secrets for it."""

    keys: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: SpaceArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("kubeflow:digitalocean:Space", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        # A token makes no Space; a key does, and a token makes the key.
        maker = digitalocean.SpacesKey(
            f"{name}-maker",
            name=f"{args.bucket}-maker",
            grants=[{"bucket": "", "permission": "fullaccess"}],
            opts=own,
        )
        provider = digitalocean.Provider(
            name,
            spaces_access_id=maker.access_key,
            spaces_secret_key=pulumi.Output.secret(maker.secret_key),
            opts=own,
        )
        bucket = digitalocean.SpacesBucket(
            name,
            name=args.bucket,
            region=args.region,
            acl="private",
            versioning={"enabled": True},
            lifecycle_rules=[
                {
                    "enabled": True,
                    "noncurrent_version_expiration": {"days": OLD_DAYS},
                    "abort_incomplete_multipart_upload_days": UNFINISHED_DAYS,
                }
            ],
            force_destroy=not args.is_kept,
            opts=pulumi.ResourceOptions(
                parent=self, provider=provider, retain_on_delete=args.is_kept
            ),
        )
        key = digitalocean.SpacesKey(
            name,
            name=args.bucket,
            grants=[{"bucket": bucket.name, "permission": "readwrite"}],
            opts=own,
        )
        access, secret = OBJECT_KEYS
        self.keys = {
            access: pulumi.Output.secret(key.access_key),
            secret: pulumi.Output.secret(key.secret_key),
        }
        self.register_outputs({})
