"""A bucket for artefacts; a key that reaches nothing but it, and one by team for its folder."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam, s3

from plan.stores import OBJECT_KEYS, TEAM_KEYS, team_folder

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
    """Its name, the teams that have a folder of it, and whether it outlives the stack with all
    that is in it."""

    bucket: str
    teams: Sequence[str]
    is_kept: bool


class Bucket(pulumi.ComponentResource):
    """Private, encrypted, versioned. `keys` are by the names of the stack's secrets for it."""

    keys: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("kubeflow:aws:Bucket", name, None, opts)
        # Kept means kept as it is: without its policy and settings it would be another bucket.
        own = pulumi.ResourceOptions(parent=self, retain_on_delete=args.is_kept)
        bucket = s3.Bucket(name, bucket=args.bucket, force_destroy=not args.is_kept, opts=own)
        _close(name, bucket, args.bucket, own)
        _remember(name, bucket, own)
        users = pulumi.ResourceOptions(parent=self)
        access, secret = OBJECT_KEYS
        platform = _key(name, may_use(args.bucket), users)
        by_team = {
            team: _key(f"{name}-{team}", may_use_folder(args.bucket, team_folder(team)), users)
            for team in args.teams
        }
        self.keys = {access: platform[0], secret: platform[1]}
        if by_team:
            self.keys[TEAM_KEYS] = pulumi.Output.secret(pulumi.Output.json_dumps(by_team))
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


def _key(
    name: str, policy_text: str, own: pulumi.ResourceOptions
) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """Access key and secret key of a user who may do this and nothing else."""
    user = iam.User(name, opts=own)
    policy = iam.UserPolicy(name, user=user.name, policy=policy_text, opts=own)
    key = iam.AccessKey(
        name,
        user=user.name,
        opts=pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(depends_on=[policy])),
    )
    return pulumi.Output.secret(key.id), pulumi.Output.secret(key.secret)


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


def may_use_folder(bucket: str, folder: str) -> str:
    """The same of one folder: other teams' names, like their objects, are not to be read."""
    arn, inside = f"arn:aws:s3:::{bucket}", f"{folder}/*"
    statements = [
        {"Effect": "Allow", "Action": ["s3:GetBucketLocation"], "Resource": arn},
        {
            "Effect": "Allow",
            "Action": ["s3:ListBucket"],
            "Resource": arn,
            "Condition": {"StringLike": {"s3:prefix": inside}},
        },
        {"Effect": "Allow", "Action": list(INSIDE), "Resource": f"{arn}/{inside}"},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
