"""A bucket for artefacts, and a key that reaches nothing but it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam, s3

from plan.stores import OBJECT_KEYS

OLD_DAYS = 30  # how long what was overwritten or deleted can be had back
UNFINISHED_DAYS = 7
INSIDE = (
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
)


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """Its name, and whether it outlives the stack with all that is in it."""

    bucket: str
    is_kept: bool


class Bucket(pulumi.ComponentResource):
    """Private, encrypted, versioned. `keys` are by the names of the stack's secrets for it."""

    keys: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("kubeflow:aws:Bucket", name, None, opts)
        # Kept means kept as it is: without its policy and settings it would be another bucket.
        own = pulumi.ResourceOptions(parent=self, retain_on_delete=args.is_kept)
        bucket = s3.Bucket(name, bucket=args.bucket, force_destroy=not args.is_kept, opts=own)
        _close(name, bucket, args.bucket, own)
        _remember(name, bucket, own)
        self.keys = _keys(name, args.bucket, pulumi.ResourceOptions(parent=self))
        self.register_outputs({})


def _close(name: str, bucket: s3.Bucket, called: str, own: pulumi.ResourceOptions) -> None:
    """Nobody from outside, nobody in clear, nothing in clear."""
    private = s3.BucketPublicAccessBlock(
        name,
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=own,
    )
    s3.BucketOwnershipControls(
        name, bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=own
    )
    s3.BucketServerSideEncryptionConfiguration(
        name,
        bucket=bucket.id,
        rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
        opts=own,
    )
    s3.BucketPolicy(
        name,
        bucket=bucket.id,
        policy=only_over_tls(called),
        opts=pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(depends_on=[private])),
    )


def _remember(name: str, bucket: s3.Bucket, own: pulumi.ResourceOptions) -> None:
    """Old versions, for a while: they are paid for like new ones."""
    versions = s3.BucketVersioning(
        name, bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=own
    )
    s3.BucketLifecycleConfiguration(
        name,
        bucket=bucket.id,
        rules=[
            {
                "id": "forget",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "noncurrent_version_expiration": {"noncurrent_days": OLD_DAYS},
                "expiration": {"expired_object_delete_marker": True},
                "abort_incomplete_multipart_upload": {"days_after_initiation": UNFINISHED_DAYS},
            }
        ],
        opts=pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(depends_on=[versions])),
    )


def _keys(name: str, called: str, own: pulumi.ResourceOptions) -> Mapping[str, pulumi.Output[str]]:
    user = iam.User(name, opts=own)
    policy = iam.UserPolicy(name, user=user.name, policy=may_use(called), opts=own)
    key = iam.AccessKey(
        name,
        user=user.name,
        opts=pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(depends_on=[policy])),
    )
    access, secret = OBJECT_KEYS
    return {
        access: pulumi.Output.secret(key.id),
        secret: pulumi.Output.secret(key.secret),
    }


def only_over_tls(bucket: str) -> str:
    """A bucket policy that refuses everybody who speaks in clear."""
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def may_use(bucket: str) -> str:
    """What docs/stores.md asks of a key, and nothing outside this bucket."""
    around = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
    statements = [
        {"Effect": "Allow", "Action": around, "Resource": f"arn:aws:s3:::{bucket}"},
        {"Effect": "Allow", "Action": list(INSIDE), "Resource": f"arn:aws:s3:::{bucket}/*"},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
