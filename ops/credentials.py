"""How the first admin logs in. A password is printed only when somebody asks for just that."""

from rehearsal.engine.state import State
from rehearsal.errors import RehearsalError
from rehearsal.session import Session

ADMIN = "credentials-admin"


def how_to_log_in(session: Session) -> str:
    """The address to log in with, and the commands that print the password."""
    name = session.stack.name
    ingress = session.plan.ingress
    if ingress and ingress.login.kind != "password":
        domains = ", ".join(ingress.login.oauth2_proxy["email_domains"])
        return (
            f"log in at {ingress.url} by {ingress.login.kind}, with an address at {domains}; "
            "there is no password here"
        )
    return (
        f"log in as {session.plan.kubeflow.admin_email}; the first `up` makes the password "
        "and keeps it encrypted in the state:\n"
        f"  a cluster:    pulumi stack output adminPassword --show-secrets -s {name}\n"
        f"  a rehearsal:  python -m ops credentials {name} --show"
    )


def rehearsed_password(session: Session) -> str:
    """The first admin's password in the built-in engine's state; `RehearsalError` without one."""
    for one in State(session.folder, session.key()):
        if one.urn.endswith(f"::{ADMIN}"):
            return str(one.outputs["result"])
    name = session.stack.name
    raise RehearsalError(f"{name} has not been rehearsed: `python -m rehearsal up {name}` does it")
