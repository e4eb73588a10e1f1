"""The kinds of leftovers on AWS, in the order in which they can be deleted."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from botocore.exceptions import ClientError, WaiterError

from accounts.aws import AwsAccount
from accounts.owner import Owner
from ops.sweep import aws_find as find
from ops.sweep import aws_find_balancers as balancers
from ops.sweep import aws_find_databases as databases
from ops.sweep import aws_remove as remove
from ops.sweep.model import Leftover

Act = Callable[[AwsAccount, Leftover], None]


@dataclass(frozen=True)
class Kind:
    """How one kind is found and deleted; every step is over for all before the next begins."""

    find: Callable[[AwsAccount, Owner], list[Leftover]]
    steps: tuple[Act, ...]


# What sends traffic, then machines, then what they had; a NAT gateway before its address.
KINDS = (
    Kind(balancers.load_balancers, (remove.load_balancer, remove.load_balancer_gone)),
    Kind(balancers.classic_load_balancers, (remove.classic_load_balancer,)),
    Kind(balancers.target_groups, (remove.target_group,)),
    Kind(find.instances, (remove.instance, remove.instance_gone)),
    Kind(databases.databases, (remove.database, remove.database_gone)),
    Kind(databases.database_snapshots, ()),
    Kind(find.nat_gateways, (remove.nat_gateway, remove.nat_gateway_gone)),
    Kind(find.volumes, (remove.volume,)),
    Kind(find.snapshots, (remove.snapshot,)),
    Kind(find.interfaces, (remove.interface,)),
    Kind(find.security_groups, (remove.empty_security_group, remove.security_group)),
    Kind(find.addresses, (remove.address,)),
    Kind(find.log_groups, (remove.log_group,)),
)


def find_leftovers(account: AwsAccount, owner: Owner) -> list[Leftover]:
    """Everything of the stack that is still there."""
    return list(dict.fromkeys(one for kind in KINDS for one in kind.find(account, owner)))


def remove_leftovers(
    account: AwsAccount, owner: Owner, agreed: Sequence[Leftover]
) -> Iterator[str]:
    """Deletes what was agreed to and is still the stack's; yields `kind id: what went wrong`."""
    ids = {(one.kind, one.id) for one in agreed if not one.held}
    for kind in KINDS:
        found = dict.fromkeys(kind.find(account, owner))
        left = [one for one in found if (one.kind, one.id) in ids]
        for step in kind.steps:
            mistakes = {one: _mistake(account, step, one) for one in left}
            yield from (f"{one.kind} {one.id}: {said}" for one, said in mistakes.items() if said)
            left = [one for one, said in mistakes.items() if not said]


def _mistake(account: AwsAccount, step: Act, left: Leftover) -> str:
    """What went wrong, or nothing; one that fails keeps none of the others from being deleted."""
    try:
        step(account, left)
    except ClientError as error:
        return "" if remove.is_gone(error) else str(error.response["Error"].get("Message", error))
    except WaiterError as error:
        return "" if _is_gone(error) else f"not over when the time was up: {error}"
    return ""


def _is_gone(error: WaiterError) -> bool:
    return "NotFound" in str(error.last_response.get("Error", {}).get("Code", ""))
