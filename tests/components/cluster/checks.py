"""checkov's checks of AWS, and which policy answers them.

checkov cannot read Pulumi programs: the policies say each check that applies as a rule.
`python -m tests.components.cluster.checks > docs/aws-checks.md` writes the page.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from plan.versions import EKS_VERSIONS
from policies.cluster import EKS, KEY
from policies.cost import LOGS
from policies.ingress import BALANCER
from policies.model import Holds, Resource, Rule, Stack, each
from policies.rules import RULES
from policies.storage import BUCKETS, DATABASE


@dataclass(frozen=True, kw_only=True)
class Absent:
    """Checks of things that these stacks do not make."""

    ids: str
    what: str
    types: tuple[str, ...]


OWN_KEY = "CloudWatch encrypts them with its own key; another is one more way to lose them"
ACCOUNT_RULES = "AWS' usual one: the account's IAM decides, and nobody is locked out"
TLS_ONLY = "of a network load balancer they tell of TLS alone, and it passes that through"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
USER = "aws:iam/user:User"
S3_KEY = "S3 encrypts with its own key; another is one more way to lose what is in it"
OLD_VERSIONS = (
    "what was overwritten or deleted is there for 30 days; a lock would keep it from its owner"
)
ONE_REGION = "artefacts are where their cluster is; a copy elsewhere doubles the bill"
NOBODY_READS = (
    "access is by the stack's own keys alone; such logs would be paid for and read by nobody"
)
NO_EVENTS = "nothing waits for what comes into it"
KEYS = "Kubeflow's programs speak to S3 with a key, and only a user has one; it opens this bucket"
ALARMS = "CloudWatch has the server's own figures; those of its machine cost more"
PASSWORDS = "Kubeflow's programs know passwords only; they are random, and only the nodes reach it"
IN_CLEAR = "Katib cannot be told to encrypt; only the nodes reach it, in private subnets"
# Where a resource names the groups before it.
ATTACHED = ("securityGroups", "securityGroupIds", "vpcSecurityGroupIds",
            "vpcConfig.securityGroupIds")  # fmt: skip


def _is_attached(one: Resource, stack: Stack) -> bool:
    """By the id that a rehearsal gives."""
    rest = stack.of(BALANCER, EKS, DATABASE, "aws:ec2/vpcEndpoint:VpcEndpoint")
    named = {group for other in rest for path in ATTACHED for group in other.get(path, [])}
    return f"SecurityGroup-{one.name}" in named


def _beside(type_: str, path: str = "bucket", value: Any = None) -> Holds:
    """Whether a part of a bucket is there, and says something."""
    name = f"{type_[0].lower()}{type_[1:]}"
    return lambda _, stack: any(
        one.has(path) if value is None else one.get(path) == value
        for one in stack.of(f"aws:s3/{name}:{type_}")
    )


def _of_everybody(one: Resource, effect: str) -> Iterator[dict[str, Any]]:
    """What a bucket's policy says of every caller."""
    for said in json.loads(one.get("policy"))["Statement"]:
        if said["Effect"] == effect and said["Principal"] in ("*", {"AWS": "*"}):
            yield said


def _accepted(why: str) -> dict[str, str]:
    return {"dev": why, "prod": why}


# What the settings refuse already, and what no stack of ours does: no policy could say it.
NO_POLICY = (
    Rule(name="version-is-supported", wants="the version is supported", types=(EKS,),
         ids=("CKV_AWS_339",),
         holds=each(lambda one: one.get("version") in {row.minor for row in EKS_VERSIONS})),
    Rule(name="keys-have-a-policy", wants="keys have a policy of their own", types=(KEY,),
         ids=("CKV2_AWS_64",), holds=each(lambda one: one.has("policy")),
         accepted={"dev": ACCOUNT_RULES, "prod": ACCOUNT_RULES}),
    Rule(name="logs-have-a-key", wants="logs are encrypted with a key of the account",
         types=(LOGS,), ids=("CKV_AWS_158",), holds=each(lambda one: one.has("kmsKeyId")),
         accepted={"dev": OWN_KEY, "prod": OWN_KEY}),
    Rule(name="balancers-log-who-comes", wants="load balancers log who comes", types=(BALANCER,),
         ids=("CKV_AWS_91",), holds=each(lambda one: one.get("accessLogs.enabled") is True),
         accepted={"dev": TLS_ONLY, "prod": TLS_ONLY}),
    Rule(name="buckets-log-who-comes", wants="a bucket logs who comes", types=BUCKETS,
         ids=("CKV_AWS_18",), holds=_beside("BucketLogging"), accepted=_accepted(NOBODY_READS)),
    Rule(name="buckets-are-encrypted", wants="what is in a bucket is encrypted", types=BUCKETS,
         ids=("CKV_AWS_19",), holds=_beside("BucketServerSideEncryptionConfiguration", "rules")),
    Rule(name="buckets-have-a-key", types=BUCKETS, ids=("CKV_AWS_145",),
         wants="what is in a bucket is encrypted with a key of the account",
         holds=lambda _, stack: any(
             rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == "aws:kms"
             for one in stack.of("aws:s3/bucketServerSideEncryptionConfiguration:"
                                 "BucketServerSideEncryptionConfiguration")
             for rule in one.get("rules")),
         accepted=_accepted(S3_KEY)),
    Rule(name="buckets-have-no-public-acl", types=BUCKETS, ids=("CKV_AWS_20", "CKV_AWS_57"),
         wants="no ACL lets everybody read or write a bucket: it takes none",
         holds=_beside("BucketOwnershipControls", "rule.objectOwnership", "BucketOwnerEnforced")),
    Rule(name="buckets-remember", wants="a bucket keeps old versions", types=BUCKETS,
         ids=("CKV_AWS_21",),
         holds=_beside("BucketVersioning", "versioningConfiguration.status", "Enabled")),
    Rule(name="buckets-forget", types=BUCKETS, ids=("CKV2_AWS_61",),
         wants="a bucket does not keep old versions for ever",
         holds=_beside("BucketLifecycleConfiguration", "rules")),
    Rule(name="nobody-allows-everybody", wants="no bucket's policy allows everybody anything",
         types=(BUCKET_POLICY,), ids=("CKV_AWS_70",),
         holds=each(lambda one: not any(_of_everybody(one, "Allow")))),
    Rule(name="nobody-is-locked-out", wants="no bucket's policy locks everybody out",
         types=(BUCKET_POLICY,), ids=("CKV_AWS_93",),
         holds=each(lambda one: all("Condition" in said for said in _of_everybody(one, "Deny")))),
    Rule(name="buckets-are-locked", wants="nobody can delete a version", types=BUCKETS,
         ids=("CKV_AWS_143",), holds=each(lambda one: one.get("objectLockEnabled") is True),
         accepted=_accepted(OLD_VERSIONS)),
    Rule(name="buckets-have-a-copy", wants="a bucket has a copy in another region", types=BUCKETS,
         ids=("CKV_AWS_144",), holds=_beside("BucketReplicationConfig"),
         accepted=_accepted(ONE_REGION)),
    Rule(name="buckets-tell-of-changes", wants="a bucket tells what comes into it", types=BUCKETS,
         ids=("CKV2_AWS_62",), holds=_beside("BucketNotification"), accepted=_accepted(NO_EVENTS)),
    Rule(name="nobody-is-a-user", wants="policies are of roles and groups, and nobody is a user",
         types=(USER,), ids=("CKV_AWS_40", "CKV_AWS_273"), holds=lambda *_: False,
         accepted=_accepted(KEYS)),
    Rule(name="databases-tell-of-their-machine", types=(DATABASE,), ids=("CKV_AWS_118",),
         wants="a database's machine is watched by the second",
         holds=each(lambda one: one.get("monitoringInterval", 0) > 0), accepted=_accepted(ALARMS)),
    Rule(name="databases-export-logs", types=(DATABASE,), ids=("CKV_AWS_129",),
         wants="a database's logs are in CloudWatch",
         holds=each(lambda one: one.has("enabledCloudwatchLogsExports")),
         accepted=_accepted("RDS keeps its error log itself; others are off, and cost by the GB")),
    Rule(name="databases-take-roles", types=(DATABASE,), ids=("CKV_AWS_161",),
         wants="a database lets IAM's roles in",
         holds=each(lambda one: one.get("iamDatabaseAuthenticationEnabled") is True),
         accepted=_accepted(PASSWORDS)),
    Rule(name="databases-have-a-new-ca", types=(DATABASE,), ids=("CKV_AWS_211",),
         wants="a database's certificate is of a CA that AWS still gives",
         holds=each(lambda one: one.get("caCertIdentifier", "") != "rds-ca-2019")),
    Rule(name="databases-tell-of-queries", types=(DATABASE,), ids=("CKV_AWS_353",),
         wants="a database tells which queries are slow",
         holds=each(lambda one: one.get("performanceInsightsEnabled") is True),
         accepted=_accepted("db.t4g.small and its like do not offer it, and nobody would read it")),
    Rule(name="queries-have-a-key", types=(DATABASE,), ids=("CKV_AWS_354",),
         wants="where a database keeps slow queries they have a key of the account",
         holds=each(lambda one: one.get("performanceInsightsEnabled") is not True
                    or one.has("performanceInsightsKmsKeyId"))),
    Rule(name="snapshots-are-tagged", types=(DATABASE,), ids=("CKV2_AWS_60",),
         wants="a database's snapshots have its tags",
         holds=each(lambda one: one.get("copyTagsToSnapshot") is True)),
    Rule(name="databases-speak-tls", types=("aws:rds/parameterGroup:ParameterGroup",),
         ids=("CKV2_AWS_69",), wants="a database is spoken to in TLS alone",
         holds=each(lambda one: any(said["name"] == "require_secure_transport"
                                    and said["value"] in ("1", "ON")
                                    for said in one.get("parameters", []))),
         accepted=_accepted(IN_CLEAR)),
    Rule(name="groups-are-attached", wants="security groups stand before something",
         types=("aws:ec2/securityGroup:SecurityGroup",), ids=("CKV2_AWS_5",), holds=_is_attached),
)  # fmt: skip


def checkov(rule: Rule) -> tuple[str, ...]:
    """The checks of AWS among a rule's ids."""
    return tuple(one for one in rule.ids if one.startswith(("CKV_AWS", "CKV2_AWS")))


ABSENT = (
    Absent(ids="CKV_AWS_148", what="a default VPC",
           types=("aws:ec2/defaultVpc:DefaultVpc",)),
    Absent(ids="CKV_AWS_229 to 232, CKV2_AWS_1", what="network ACLs: security groups decide",
           types=("aws:ec2/networkAcl:NetworkAcl", "aws:ec2/networkAclRule:NetworkAclRule")),
    Absent(ids="CKV_AWS_275", what="IAM policies that others attach",
           types=("aws:iam/policy:Policy",)),
    Absent(ids="CKV_AWS_96, 139, 162, 313, 324, 327, CKV2_AWS_8, 27, 30",
           what="Aurora and PostgreSQL: a server that a stack makes is MySQL",
           types=("aws:rds/cluster:Cluster",)),
    Absent(ids="CKV_AWS_233, CKV2_AWS_71", what="certificates: the gateway has its own",
           types=("aws:acm/certificate:Certificate",)),
    Absent(ids="CKV2_AWS_38, 39", what="DNS zones: a zone is given, not made",
           types=("aws:route53/zone:Zone",)),
    Absent(ids="CKV_AWS_51, 136, 163; 42, 184; 27, 168; 149, CKV2_AWS_57",
           what="registries, file systems, queues and managed secrets",
           types=("aws:ecr/repository:Repository", "aws:efs/fileSystem:FileSystem",
                  "aws:sqs/queue:Queue", "aws:secretsmanager/secret:Secret")),
)  # fmt: skip
ABSENT_TYPES = {type_ for one in ABSENT for type_ in one.types}
CHECKS = tuple(
    rule for rule in (*RULES, *NO_POLICY) if checkov(rule) and not ABSENT_TYPES & set(rule.types)
)


def page() -> str:
    """The table for people."""
    rows = [f"| {', '.join(checkov(one))} | {one.wants} | {_verdict(one)} |" for one in CHECKS]
    absent = [f"| {one.ids} | {one.what} | not applicable: none is made |" for one in ABSENT]
    head = (
        "# checkov's checks of AWS\n"
        "[checkov](https://www.checkov.io) cannot read Pulumi programs. These of its checks are "
        "about what a stack on AWS makes; each\nis a policy (docs/checks.md) over the inputs that "
        "[aws-dev](../stacks/Pulumi.aws-dev.yaml), [aws-prod](../stacks/Pulumi.aws-prod.yaml) and "
        "[README-aws](../stacks/Pulumi.README-aws.yaml)\ndeclare, and aws-prod with the last "
        "one's bucket and database, tested in\n`tests/components/cluster/test_checks.py`. "
        "A stack that makes none of a kind passes its checks. This page is written by "
        "`python -m tests.components.cluster.checks > docs/aws-checks.md`.\n"
    )
    return "\n".join((head, "| check | what it wants | here |", "|--|--|--|", *rows, *absent, ""))


def _verdict(check: Rule) -> str:
    reasons = dict.fromkeys(check.accepted.values())
    if not reasons:
        return "pass"
    stacks = " and ".join(check.accepted)
    other = "" if len(check.accepted) > 1 else "; pass in prod"
    return f"accepted risk in {stacks}: {', '.join(reasons)}{other}"


if __name__ == "__main__":
    sys.stdout.write(page())
