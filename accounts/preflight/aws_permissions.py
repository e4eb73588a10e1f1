"""What the credentials may do, without doing it; and how a question may go unanswered."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from accounts.aws import AwsAccount
from accounts.preflight.aws import principal
from accounts.preflight.model import Unread
from plan.clouds import AwsPlan

Fact = TypeVar("Fact")
# Each makes nothing: EC2 only says whether it would have.
DRY_RUNS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "ec2:CreateVpc": ("create_vpc", {"CidrBlock": "10.0.0.0/16"}),
    "ec2:CreateInternetGateway": ("create_internet_gateway", {}),
    "ec2:AllocateAddress": ("allocate_address", {"Domain": "vpc"}),
}
# Of services without a dry run: IAM tells what its policies say.
SIMULATED = (
    "autoscaling:CreateOrUpdateTags",
    "ec2:CreateLaunchTemplate",
    "ec2:RunInstances",
    "eks:CreateAccessEntry",
    "eks:CreateAddon",
    "eks:CreateCluster",
    "eks:CreateNodegroup",
    "eks:CreatePodIdentityAssociation",
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:PassRole",
    "kms:CreateKey",
    "logs:CreateLogGroup",
)
OF_AN_ENTRY = ("elasticloadbalancing:CreateLoadBalancer",)
OF_A_HOSTED_ZONE = ("route53:ChangeResourceRecordSets",)
OF_A_BUCKET = (
    "s3:CreateBucket",
    "s3:PutBucketPolicy",
    "iam:CreateUser",
    "iam:PutUserPolicy",
    "iam:CreateAccessKey",
)
OF_A_SERVER = ("rds:CreateDBInstance", "rds:CreateDBParameterGroup", "rds:CreateDBSubnetGroup")


def read_or_reason(fact: Callable[[], Fact]) -> Fact | Unread:
    """What AWS answers, or why it does not."""
    try:
        return fact()
    except (BotoCoreError, ClientError) as error:
        return Unread(str(error))


def asked_of_iam(aws: AwsPlan) -> tuple[str, ...]:
    """The actions that a stack needs and no dry run tells of."""
    wanted = (
        (OF_AN_ENTRY, aws.entry),
        (OF_A_HOSTED_ZONE, aws.entry and aws.entry.hosted_zone),
        (OF_A_BUCKET, aws.bucket),
        (OF_A_SERVER, aws.database),
    )
    return (*SIMULATED, *(action for actions, what in wanted if what for action in actions))


def dry_runs(account: AwsAccount) -> dict[str, bool | Unread]:
    """Of every action that EC2 tries without doing it, whether it is allowed."""
    return {
        action: read_or_reason(partial(_is_allowed, account, call, asked))
        for action, (call, asked) in DRY_RUNS.items()
    }


def simulated(account: AwsAccount, arn: str, actions: tuple[str, ...]) -> dict[str, bool | Unread]:
    """Of every action, whether IAM finds it allowed to `arn` for every resource."""
    found = read_or_reason(lambda: _simulated(account, arn, actions))
    return dict.fromkeys(actions, found) if isinstance(found, Unread) else found


def _is_allowed(account: AwsAccount, call: str, asked: Mapping[str, Any]) -> bool:
    try:
        getattr(account.client("ec2"), call)(**asked, DryRun=True)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "UnauthorizedOperation":
            return False
        if code != "DryRunOperation":
            raise
    return True


def _simulated(account: AwsAccount, arn: str, actions: tuple[str, ...]) -> dict[str, bool | Unread]:
    _, kind, name = principal(arn)
    if kind not in ("role", "user"):
        return dict.fromkeys(actions, Unread(f"IAM does not simulate {arn}"))
    if kind == "role":
        # With its path, which the credentials do not tell.
        arn = account.client("iam").get_role(RoleName=name)["Role"]["Arn"]
    found = account.pages(
        "iam",
        "simulate_principal_policy",
        "EvaluationResults",
        PolicySourceArn=arn,
        ActionNames=list(actions),
    )
    said = {one["EvalActionName"]: one["EvalDecision"] == "allowed" for one in found}
    return {one: said.get(one, Unread("IAM did not answer")) for one in actions}
