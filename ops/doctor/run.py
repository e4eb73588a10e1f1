"""`python -m ops doctor STACK`: reads, judges, changes nothing."""

from ops.aws_account import AwsAccount
from ops.digitalocean_account import DigitalOceanAccount
from ops.doctor import aws, aws_read, digitalocean, digitalocean_read
from ops.doctor.model import Finding
from ops.errors import OpsError
from ops.owner import Owner
from rehearsal.session import Session


def examine(session: Session) -> tuple[Finding, ...]:
    """Every finding about a stack; `OpsError` where nothing is known about its provider."""
    plan = session.plan
    cluster = plan.cluster
    if plan.aws:
        owner = Owner(stack=cluster.name, project=session.stack.project)
        account = AwsAccount(cluster.region)
        return aws.judge(cluster, plan.aws, aws_read.read_facts(account, cluster, plan.aws, owner))
    if plan.digitalocean:
        asked = DigitalOceanAccount.of_the_environment()
        facts = digitalocean_read.read_facts(asked, cluster.name)
        return digitalocean.judge(cluster, plan.digitalocean, facts)
    raise OpsError(
        f"{session.stack.name}: cluster.provider is {cluster.provider!r}, and doctor knows aws "
        "and digitalocean; what an existing cluster lacks, `pulumi preview` says"
    )
