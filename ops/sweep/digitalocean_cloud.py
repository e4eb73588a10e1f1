"""A stack's account on DigitalOcean, for sweep: the kinds in the order in which they can go."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Event

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from accounts.digitalocean import TOKEN, DigitalOceanAccount, said
from ops.errors import OpsError
from ops.sweep import digitalocean_find as find
from ops.sweep.digitalocean_find import Seen
from ops.sweep.model import Leftover

PAUSE, MOST = 5, 300  # seconds: between two looks, and for a droplet or what is in a VPC to be gone


@dataclass(frozen=True)
class Kind:
    """How one kind is found and deleted; all of it is over before the next begins."""

    find: Callable[[Seen], Iterator[Leftover]]
    remove: Callable[[DigitalOceanAccount, Leftover], None]


def _load_balancer(account: DigitalOceanAccount, left: Leftover) -> None:
    account.client.load_balancers.delete(left.id)


def _droplet(account: DigitalOceanAccount, left: Leftover) -> None:
    """Its volumes are free only once it is gone."""
    account.client.droplets.destroy(int(left.id))
    _wait(lambda: _is_there(account, int(left.id)), "still there")


def _is_there(account: DigitalOceanAccount, droplet: int) -> bool:
    """pydo takes a 404 of this call for an answer, and raises nothing."""
    return "droplet" in account.client.droplets.get(droplet)


def _volume(account: DigitalOceanAccount, left: Leftover) -> None:
    account.client.volumes.delete(left.id)


def _snapshot(account: DigitalOceanAccount, left: Leftover) -> None:
    account.client.snapshots.delete(left.id)


def _database(account: DigitalOceanAccount, left: Leftover) -> None:
    account.client.databases.destroy_cluster(left.id)


def _record(account: DigitalOceanAccount, left: Leftover) -> None:
    domain, _, number = left.id.partition("/")
    account.client.domains.delete_record(domain, int(number))


def _network(account: DigitalOceanAccount, left: Leftover) -> None:
    """Once what stood in it has left, which takes longer than the API's answers."""
    listed = account.client.vpcs.list_members
    _wait(lambda: bool(account.pages(listed, "members", left.id)), "not empty")
    account.client.vpcs.delete(left.id)


def _wait(goes_on: Callable[[], bool], state: str) -> None:
    end, clock = time.monotonic() + MOST, Event()
    while goes_on():
        if time.monotonic() > end:
            raise OpsError(f"{state} after {MOST} s")
        clock.wait(PAUSE)


# Names before the addresses they lead to; machines before their disks.
KINDS = (
    Kind(find.records, _record),
    Kind(find.load_balancers, _load_balancer),
    Kind(find.droplets, _droplet),
    Kind(find.volumes, _volume),
    Kind(find.snapshots, _snapshot),
    Kind(find.databases, _database),
    Kind(find.networks, _network),
)


class DigitalOceanCloud:
    """The account of the environment's token; `OpsError` without one."""

    def __init__(self, region: str, stack: str) -> None:
        account = DigitalOceanAccount.of_the_environment()
        if account is None:
            raise OpsError(f"{TOKEN} is not set; it says whose account to look into")
        self._account = account
        self.stack = stack
        self.place = region

    def refuse_another_account(self) -> None:
        """A stack on DigitalOcean says no account: the token's is the stack's."""

    def living_cluster(self) -> str:
        """How to take down the stack's cluster by hand; empty where there is none."""
        for one in self._seen().clusters:
            if one["name"] == self.stack:
                return f"`doctl kubernetes cluster delete {one['id']}`"
        return ""

    def find(self) -> list[Leftover]:
        """Everything of the stack that is still there."""
        seen = self._seen()
        return [one for kind in KINDS for one in kind.find(seen)]

    def remove(self, agreed: Sequence[Leftover]) -> Iterator[str]:
        """Deletes what was agreed to and is still the stack's; yields `kind id: what is wrong`."""
        ids = {(one.kind, one.id) for one in agreed if not one.held}
        seen = self._seen()
        for kind in KINDS:
            for one in kind.find(seen):
                if (one.kind, one.id) in ids and not one.held:
                    mistake = self._mistake(kind, one)
                    yield from ([f"{one.kind} {one.id}: {mistake}"] if mistake else [])

    def _mistake(self, kind: Kind, left: Leftover) -> str:
        """What went wrong, or nothing; one that fails keeps none of the others."""
        try:
            kind.remove(self._account, left)
        except ResourceNotFoundError:
            return ""
        except HttpResponseError as error:
            return said(error)
        except OpsError as error:
            return str(error)
        return ""

    def _seen(self) -> Seen:
        return Seen(account=self._account, stack=self.stack)
