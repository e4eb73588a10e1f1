"""`python -m ops doctor STACK`: reads, judges, changes nothing."""

from ops.aws_account import AwsAccount
from ops.doctor.aws import judge
from ops.doctor.aws_read import read_facts
from ops.doctor.model import Finding
from ops.errors import OpsError
from ops.owner import Owner
from rehearsal.session import Session


def examine(session: Session) -> tuple[Finding, ...]:
    """Every finding about a stack; `OpsError` where nothing is known about its provider."""
    cluster, aws = session.plan.cluster, session.plan.aws
    if aws is None:
        raise OpsError(
            f"{session.stack.name}: cluster.provider is {cluster.provider!r}, and doctor knows "
            "aws; what an existing cluster lacks, `pulumi preview` says"
        )
    owner = Owner(stack=cluster.name, project=session.stack.project)
    return judge(cluster, aws, read_facts(AwsAccount(cluster.region), cluster, aws, owner))
