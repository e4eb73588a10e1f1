"""`python -m ops sweep STACK [--delete]`: only of a stack that is gone, and only what was shown."""

from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from ops.aws_account import AwsAccount
from ops.errors import OpsError
from ops.owner import Owner
from ops.pulumi_state import resources_in_state
from ops.sweep.aws import find_leftovers, remove_leftovers
from ops.sweep.model import Leftover
from ops.sweep.report import as_json, as_text
from rehearsal.session import Session

Tell = Callable[[str], None]
Ask = Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the engineer wants: `ask` puts a question and gives the answer."""

    deletes: bool
    is_json: bool
    ask: Ask


def sweep(session: Session, wish: Wish, tell: Tell) -> str:
    """What is left, after deleting it if that is the wish; `OpsError` where it must not be done."""
    try:
        return _sweep(session, wish, tell)
    except (BotoCoreError, ClientError) as error:
        raise OpsError(f"AWS: {error}") from error


def _sweep(session: Session, wish: Wish, tell: Tell) -> str:
    owner = owner_of(session)
    account = AwsAccount(session.plan.cluster.region)
    _refuse_another_account(session, account)
    _refuse_a_living_stack(session, account, tell, deletes=wish.deletes)
    found = find_leftovers(account, owner)
    if wish.deletes and any(not one.held for one in found):
        found = _delete(account, owner, found, wish, tell)
    return as_json(found) if wish.is_json else as_text(owner.stack, found)


def owner_of(session: Session) -> Owner:
    """The stack and its project as their tags name them; `OpsError` off AWS."""
    provider = session.plan.cluster.provider
    if provider != "aws":
        raise OpsError(
            f"{session.stack.name}: cluster.provider is {provider!r}, and sweep knows aws; "
            "what the stack put on a cluster goes with `pulumi destroy`"
        )
    return Owner(stack=session.plan.cluster.name, project=session.stack.project)


def _refuse_another_account(session: Session, account: AwsAccount) -> None:
    wanted = session.plan.aws.account_id if session.plan.aws else None
    has, arn = account.identity()
    if wanted and has != wanted:
        raise OpsError(
            f"cluster.accountId: the stack is in {wanted}, these credentials ({arn}) are of {has}; "
            "log in to the stack's account"
        )


def _refuse_a_living_stack(
    session: Session, account: AwsAccount, tell: Tell, *, deletes: bool
) -> None:
    name = session.stack.name
    try:
        live = resources_in_state(session.root, name)
    except OpsError as error:
        if deletes:
            raise OpsError(f"nothing is deleted: {error}") from error
        tell(f"{error}; what is listed may be in use")
        live = []
    if live:
        raise OpsError(
            f"{name} still has {len(live)} resources in its state, e.g. {live[0]}: they are not "
            f"left over but in use; `pulumi destroy -s {name}` first"
        )
    if _has_cluster(account, session.plan.cluster.name):
        raise OpsError(
            f"the cluster {session.plan.cluster.name} still runs in {account.region}: "
            f"`pulumi destroy -s {name}` first, or, if its state is lost, delete its node groups "
            "and then the cluster by hand"
        )


def _has_cluster(account: AwsAccount, name: str) -> bool:
    try:
        account.client("eks").describe_cluster(name=name)
    except account.client("eks").exceptions.ResourceNotFoundException:
        return False
    return True


def _delete(
    account: AwsAccount, owner: Owner, found: list[Leftover], wish: Wish, tell: Tell
) -> list[Leftover]:
    tell(as_text(owner.stack, found))
    question = f"This cannot be undone. Type the stack's name to delete it ({account.region}): "
    if wish.ask(question) != owner.stack:
        raise OpsError(f"nothing was deleted: the answer was not {owner.stack}")
    mistakes = list(remove_leftovers(account, owner, found))
    left = find_leftovers(account, owner)
    if mistakes:
        listed = "\n".join(f"  {line}" for line in mistakes)
        raise OpsError(
            f"{owner.stack}: {len(mistakes)} could not be deleted, {len(left)} left\n{listed}"
        )
    return left
