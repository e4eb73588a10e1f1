"""Who may do what in the account: roles, who takes them, and what they allow."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from policies.model import Resource, Rule, each

ROLE = "aws:iam/role:Role"
POLICIES = ("aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy")
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"

READS = re.compile(r"[a-z0-9-]+:(Describe|Get|List)\w*")
ESCALATES = ("iam:Create", "iam:Put", "iam:Attach", "iam:PassRole", "sts:AssumeRole")
EXFILTRATES = ("s3:GetObject", "secretsmanager:GetSecretValue", "ssm:GetParameter")
EXPOSES = ("iam:CreateAccessKey", "sts:GetSessionToken", "sts:AssumeRole", "ecr:GetAuth")
OF_AWS, OF_TEAMS = "arn:aws:iam::aws:policy/", "team-"
ATTACHED = frozenset(
    {
        "AmazonEBSCSIDriverPolicy",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonEKSClusterPolicy",
        "AmazonEKSWorkerNodePolicy",
        "AmazonEKS_CNI_Policy",
    }
)


def _is_known(attachment: Resource) -> bool:
    arn: str = attachment.get("policyArn", "")
    if arn.startswith(OF_AWS):
        return arn.rpartition("/")[2] in ATTACHED
    return attachment.name.startswith(OF_TEAMS)


def _statements(one: Resource, key: str = "policy") -> list[dict[str, Any]]:
    """The allowing statements of a policy document."""
    said = json.loads(one.get(key, "{}")).get("Statement", [])
    found: list[dict[str, Any]] = said if isinstance(said, list) else [said]
    return [statement for statement in found if statement["Effect"] == "Allow"]


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _unbound(one: Resource) -> Iterator[str]:
    """Every action that is allowed on everything and without a condition."""
    for statement in _statements(one):
        if "*" in _listed(statement["Resource"]) and "Condition" not in statement:
            yield from _listed(statement["Action"])


def _nowhere_allows(*prefixes: str) -> Callable[[Resource], bool]:
    return lambda one: not any(action.startswith(prefixes) for action in _unbound(one))


def _trusts_services(one: Resource) -> bool:
    trusted = [statement["Principal"] for statement in _statements(one, "assumeRolePolicy")]
    return all(isinstance(who, dict) and set(who) == {"Service"} for who in trusted)


def _trusts_some(one: Resource) -> bool:
    trusted = [statement["Principal"] for statement in _statements(one, "assumeRolePolicy")]
    return all(
        isinstance(who, dict) and "*" not in _listed(who.get("Service", "")) for who in trusted
    )


def _allows_some(one: Resource) -> bool:
    actions = [action for said in _statements(one) for action in _listed(said["Action"])]
    return not {"*", "iam:*"} & set(actions)


RULES = (
    Rule(name="services-alone-take-roles", wants="only a service may take a role", types=(ROLE,),
         severity="critical", checks=("SEC-07",), ids=("CKV_AWS_60",),
         holds=each(_trusts_services)),
    Rule(name="not-every-service-takes-roles", wants="not every service may take a role",
         types=(ROLE,), severity="critical", checks=("SEC-07",), ids=("CKV_AWS_61",),
         holds=each(_trusts_some)),
    Rule(name="no-administrator", wants="nobody gets AdministratorAccess", types=(ATTACHMENT,),
         severity="critical", checks=("SEC-07",), ids=("CKV_AWS_274",),
         holds=each(lambda one: not one.get("policyArn", "").endswith("/AdministratorAccess"))),
    Rule(name="nobody-rules-iam", wants="nobody gets IAMFullAccess", types=(ATTACHMENT,),
         severity="critical", checks=("SEC-07",), ids=("CKV2_AWS_56",),
         holds=each(lambda one: not one.get("policyArn", "").endswith("/IAMFullAccess"))),
    Rule(name="attached-is-what-is-known", types=(ATTACHMENT,), checks=("SEC-07",),
         wants=f"roles get none of AWS' policies but {', '.join(sorted(ATTACHED))}, and none of "
         "the owner's but those of teams", holds=each(_is_known)),
    Rule(name="no-policy-allows-everything", wants="no policy allows every action",
         types=POLICIES, severity="critical", checks=("SEC-07",),
         ids=("CKV_AWS_62", "CKV_AWS_63", "CKV2_AWS_40"), holds=each(_allows_some)),
    Rule(name="rights-cannot-be-raised", wants="no policy lets rights be raised", types=POLICIES,
         severity="critical", checks=("SEC-07",), ids=("CKV_AWS_286",),
         holds=each(_nowhere_allows(*ESCALATES, "*", "iam:*"))),
    Rule(name="credentials-are-not-given-away", wants="no policy gives credentials away",
         types=POLICIES, checks=("SEC-07",), ids=("CKV_AWS_287",),
         holds=each(_nowhere_allows(*EXPOSES, "*"))),
    Rule(name="not-everything-is-read", wants="no policy lets everything be read",
         types=POLICIES, checks=("SEC-07",), ids=("CKV_AWS_288",),
         holds=each(_nowhere_allows(*EXFILTRATES, "s3:*", "*"))),
    Rule(name="changes-are-bound", wants="what changes things is bound to some", types=POLICIES,
         checks=("SEC-07",), ids=("CKV_AWS_289", "CKV_AWS_290", "CKV_AWS_355"),
         holds=each(lambda one: all(READS.fullmatch(action) for action in _unbound(one)))),
    Rule(name="no-aws-auth", types=(":ConfigMap",), checks=("SEC-08",), ids=("CIS EKS 4.1.7",),
         wants="nobody is let in by aws-auth", holds=each(
             lambda one: one.get("metadata.name") != "aws-auth")),
)  # fmt: skip
