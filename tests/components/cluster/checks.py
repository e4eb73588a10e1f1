"""checkov's checks of AWS, and which policy answers them.

checkov cannot read Pulumi programs: the policies say each check that applies as a rule.
`python -m tests.components.cluster.checks > docs/aws-checks.md` writes the page.
"""

import sys
from dataclasses import dataclass

from plan.versions import EKS_VERSIONS
from policies.cluster import EKS, KEY
from policies.cost import LOGS
from policies.ingress import BALANCER
from policies.model import Resource, Rule, Stack, each
from policies.rules import RULES
from policies.storage import BLOCK, DATABASE


@dataclass(frozen=True, kw_only=True)
class Absent:
    """Checks of things that these stacks do not make."""

    ids: str
    what: str
    types: tuple[str, ...]


OWN_KEY = "CloudWatch encrypts them with its own key; another is one more way to lose them"
ACCOUNT_RULES = "AWS' usual one: the account's IAM decides, and nobody is locked out"
TLS_ONLY = "of a network load balancer they tell of TLS alone, and it passes that through"
# Where a resource names the groups before it.
ATTACHED = ("securityGroups", "securityGroupIds", "vpcSecurityGroupIds",
            "vpcConfig.securityGroupIds")  # fmt: skip


def _is_attached(one: Resource, stack: Stack) -> bool:
    """By the id that a rehearsal gives."""
    rest = stack.of(BALANCER, EKS, DATABASE, "aws:ec2/vpcEndpoint:VpcEndpoint")
    named = {group for other in rest for path in ATTACHED for group in other.get(path, [])}
    return f"SecurityGroup-{one.name}" in named


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
    Absent(ids="CKV_AWS_18 to 21, 53 to 57, 70, 93, 143 to 145, CKV2_AWS_6, 61, 62",
           what="buckets: these stacks keep artefacts on the cluster",
           types=("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2",
                  BLOCK)),
    Absent(ids="CKV_AWS_16, 17, 118, 129, 133, 157, 161, 211, 226, 293, 353, 354, CKV2_AWS_30, 60, "
               "69; 96, 139, 162, 313, 324, 327, CKV2_AWS_8, 27",
           what="databases: these stacks keep records on the cluster",
           types=(DATABASE, "aws:rds/cluster:Cluster")),
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
        "[aws-dev](../stacks/Pulumi.aws-dev.yaml) and [aws-prod](../stacks/Pulumi.aws-prod.yaml) "
        "declare, tested in\n`tests/components/cluster/test_checks.py`. A stack that makes none of "
        "a kind passes its checks. This page is written by "
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
