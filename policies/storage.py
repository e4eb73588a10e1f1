"""Where data is kept: volumes, buckets and databases."""

from policies.model import Resource, Rule, Stack, each

CLASS = ":StorageClass"
BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
DATABASE = "aws:rds/instance:Instance"
WEEK = 7
DEFAULT = "storageclass.kubernetes.io/is-default-class"
EBS = "ebs.csi.aws.com"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _is_default(one: Resource) -> bool:
    return bool(one.get("metadata.annotations", {}).get(DEFAULT) == "true")


def _is_the_one_default(one: Resource, stack: Stack) -> bool:
    return not _is_default(one) or sum(map(_is_default, stack.of(CLASS))) == 1


RULES = (
    Rule(name="one-default-class", types=(CLASS,), checks=("SEC-12",), holds=_is_the_one_default,
         wants="at most one storage class is the default"),
    Rule(name="volumes-are-of-a-driver", types=(CLASS,), checks=("SEC-12",),
         wants="volumes are made by a CSI driver: those inside Kubernetes are gone",
         holds=each(lambda one: ".csi." in one.get("provisioner", ""))),
    Rule(name="volumes-are-encrypted", types=(CLASS,), severity="critical", checks=("SEC-12",),
         wants="volumes on EBS are encrypted",
         holds=each(lambda one: one.get("provisioner") != EBS
                    or one.get("parameters", {}).get("encrypted") == "true")),
    Rule(name="volumes-wait-for-their-pod", types=(CLASS,), checks=("SEC-12", "REL-22"),
         wants="volumes wait for their pod: else they are in a zone where it cannot be",
         holds=each(lambda one: one.get("volumeBindingMode") == "WaitForFirstConsumer")),
    Rule(name="volumes-can-grow", types=(CLASS,), severity="medium", checks=("SEC-12",),
         wants="volumes can grow", holds=each(lambda one: one.get("allowVolumeExpansion") is True)),
    Rule(name="buckets-are-private", types=BUCKETS, severity="critical", checks=("SEC-13",),
         ids=("CKV2_AWS_6",), wants="a bucket has a block of public access",
         holds=lambda _, stack: any(stack.of(BLOCK))),
    Rule(name="buckets-block-all-of-it", types=(BLOCK,), severity="critical", checks=("SEC-13",),
         ids=("CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56"),
         wants="the block of public access blocks all four ways",
         holds=each(lambda one: all(one.get(way) is True for way in BLOCKS))),
    Rule(name="buckets-are-not-emptied", setting="protection.volumes",
         types=BUCKETS, checks=("SEC-13", "SEC-15"),
         wants="a bucket with objects in it is not deleted",
         holds=each(lambda one: one.get("forceDestroy", False) is False),
         accepted={"dev": "nothing of a dev stack is kept on destroy"}),
    Rule(name="databases-are-private", types=(DATABASE,), severity="critical", checks=("SEC-14",),
         ids=("CKV_AWS_17",), wants="a database has no address for the world",
         holds=each(lambda one: one.get("publiclyAccessible", False) is False)),
    Rule(name="databases-are-encrypted", types=(DATABASE,), severity="critical",
         checks=("SEC-14",), ids=("CKV_AWS_16",), wants="what a database keeps is encrypted",
         holds=each(lambda one: one.get("storageEncrypted") is True)),
    Rule(name="databases-are-backed-up", types=(DATABASE,), checks=("SEC-14",),
         ids=("CKV_AWS_133",), wants="a database can be had back as it was a week ago",
         holds=each(lambda one: one.get("backupRetentionPeriod", 0) >= WEEK)),
    Rule(name="databases-are-mended", types=(DATABASE,), severity="medium", checks=("SEC-14",),
         ids=("CKV_AWS_226",), wants="a database takes its minor versions by itself",
         holds=each(lambda one: one.get("autoMinorVersionUpgrade", True) is True)),
    Rule(name="databases-have-a-standby", types=(DATABASE,), checks=("SEC-14",),
         ids=("CKV_AWS_157",), wants="another zone has a copy of a database that takes over",
         holds=each(lambda one: one.get("multiAz") is True),
         accepted={"dev": "a dev stack may stand still while a zone does"}),
    Rule(name="databases-are-kept", types=(DATABASE,), setting="protection.cluster",
         checks=("SEC-14", "SEC-15"), ids=("CKV_AWS_293",),
         wants="nobody deletes a database by mistake",
         holds=each(lambda one: one.get("deletionProtection") is True),
         accepted={"dev": "nothing of a dev stack is kept on destroy"}),
    Rule(name="databases-leave-a-snapshot", types=(DATABASE,), setting="protection.volumes",
         checks=("SEC-14", "SEC-15"), wants="a database that goes leaves what it kept",
         holds=each(lambda one: one.get("skipFinalSnapshot", False) is False),
         accepted={"dev": "nothing of a dev stack is kept on destroy"}),
)  # fmt: skip
