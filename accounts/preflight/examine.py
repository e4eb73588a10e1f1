"""Reads an account, judges it, and changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.errors import AccountError
from accounts.owner import Owner
from accounts.preflight.model import Finding
from plan.clouds import AwsPlan, DigitalOceanPlan
from plan.model import ClusterPlan


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What an account is to take; one of `aws` and `digitalocean` says whose account it is."""

    project: str
    cluster: ClusterPlan
    aws: AwsPlan | None = None
    digitalocean: DigitalOceanPlan | None = None


def examine(wanted: Wanted) -> tuple[Finding, ...]:
    """Every finding about an account; none where the cluster is in nobody's."""
    # A cloud's library takes its time to import, and every preview of a stack imports this module.
    cluster = wanted.cluster
    if wanted.aws:
        from accounts.aws import AwsAccount  # noqa: PLC0415
        from accounts.preflight import aws, aws_read  # noqa: PLC0415

        owner = Owner(stack=cluster.name, project=wanted.project)
        account = AwsAccount(cluster.region)
        facts = aws_read.read_facts(account, cluster, wanted.aws, owner)
        return aws.judge(cluster, wanted.aws, facts)
    if wanted.digitalocean:
        from accounts.digitalocean import DigitalOceanAccount  # noqa: PLC0415
        from accounts.preflight import digitalocean, digitalocean_read  # noqa: PLC0415

        asked = DigitalOceanAccount.of_the_environment()
        found = digitalocean_read.read_facts(asked, cluster.name)
        return digitalocean.judge(cluster, wanted.digitalocean, found)
    return ()


def refuse(stack: str, findings: Sequence[Finding]) -> None:
    """Raises `AccountError` when `up` is certain to fail; what is doubtful is the doctor's."""
    wrong = [one for one in findings if one.verdict == "wrong"]
    if wrong:
        listed = "\n".join(
            f"  {one.what}: {one.value}; needed: {one.needed}; {one.fix}" for one in wrong
        )
        raise AccountError(
            f"the account cannot take the stack {stack}, and nothing was made: "
            f"{len(wrong)} of {len(findings)} checks say no\n{listed}\n"
            f"`python -m ops doctor {stack}` tells of all of them, and changes nothing"
        )
