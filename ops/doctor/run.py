"""`python -m ops doctor STACK`: what its account lets be made."""

from accounts.preflight.examine import Wanted, examine
from accounts.preflight.model import Finding
from ops.errors import OpsError
from rehearsal.session import Session


def findings_of(session: Session) -> tuple[Finding, ...]:
    """Every finding about a stack; `OpsError` where nothing is known about its provider."""
    plan = session.plan
    if not (plan.aws or plan.digitalocean):
        raise OpsError(
            f"{session.stack.name}: cluster.provider is {plan.cluster.provider!r}, and doctor "
            "knows aws and digitalocean; what an existing cluster lacks, `pulumi preview` says"
        )
    return examine(
        Wanted(
            project=session.stack.project,
            cluster=plan.cluster,
            aws=plan.aws,
            digitalocean=plan.digitalocean,
        )
    )
