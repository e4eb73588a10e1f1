"""`python -m ops sweep STACK [--delete]`: only of a stack that is gone, and only what was shown."""

from collections.abc import Callable
from dataclasses import dataclass

from azure.core.exceptions import AzureError, HttpResponseError
from botocore.exceptions import BotoCoreError, ClientError

from accounts.digitalocean import said
from accounts.owner import Owner
from ops.errors import OpsError
from ops.pulumi_state import resources_in_state
from ops.sweep.aws_cloud import AwsCloud
from ops.sweep.cloud import Cloud
from ops.sweep.digitalocean_cloud import DigitalOceanCloud
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
    except HttpResponseError as error:
        raise OpsError(f"DigitalOcean: {said(error)}") from error
    except AzureError as error:
        raise OpsError(f"DigitalOcean was not reached: {error}") from error


def _sweep(session: Session, wish: Wish, tell: Tell) -> str:
    cloud = cloud_of(session)
    cloud.refuse_another_account()
    _refuse_a_living_stack(session, cloud, tell, deletes=wish.deletes)
    found = cloud.find()
    if wish.deletes and any(not one.held for one in found):
        found = _delete(cloud, found, wish, tell)
    return as_json(found) if wish.is_json else as_text(cloud.stack, found)


def cloud_of(session: Session) -> Cloud:
    """The account that the stack is in; `OpsError` where it is in none."""
    plan, name = session.plan, session.plan.cluster.name
    if plan.aws:
        owner = Owner(stack=name, project=session.stack.project)
        return AwsCloud(plan.cluster.region, owner, plan.aws.account_id)
    if plan.digitalocean:
        return DigitalOceanCloud(plan.cluster.region, name)
    raise OpsError(
        f"{session.stack.name}: cluster.provider is {plan.cluster.provider!r}, and sweep knows aws "
        "and digitalocean; what the stack put on a cluster goes with `pulumi destroy`"
    )


def _refuse_a_living_stack(session: Session, cloud: Cloud, tell: Tell, *, deletes: bool) -> None:
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
    by_hand = cloud.living_cluster()
    if by_hand:
        raise OpsError(
            f"the cluster {cloud.stack} still runs in {cloud.place}: `pulumi destroy -s {name}` "
            f"first, or, if its state is lost, {by_hand}"
        )


def _delete(cloud: Cloud, found: list[Leftover], wish: Wish, tell: Tell) -> list[Leftover]:
    tell(as_text(cloud.stack, found))
    question = f"This cannot be undone. Type the stack's name to delete it ({cloud.place}): "
    if wish.ask(question) != cloud.stack:
        raise OpsError(f"nothing was deleted: the answer was not {cloud.stack}")
    mistakes = list(cloud.remove(found))
    left = cloud.find()
    if mistakes:
        listed = "\n".join(f"  {line}" for line in mistakes)
        raise OpsError(
            f"{cloud.stack}: {len(mistakes)} could not be deleted, {len(left)} left\n{listed}"
        )
    return left
