"""The facts of a DigitalOcean account, read; what a token may not see is `Unread`, with why."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

from accounts.digitalocean import PREFERRED, TOKEN, DigitalOceanAccount, said
from accounts.digitalocean_owner import DigitalOceanOwner
from accounts.preflight.digitalocean_facts import Account, DigitalOceanFacts, Network, Offer
from accounts.preflight.model import Unread

Fact = TypeVar("Fact")
FORBIDDEN = 403


class Refused(Unread):
    """No token, or one that the API does not know: nothing else will be answered either."""


def read_facts(account: DigitalOceanAccount | None, stack: str) -> DigitalOceanFacts:
    """Everything that the checks want to know; asks nothing more without a usable token."""
    if account is None:
        return nothing(Refused(f"{TOKEN} is not set"))
    about = read_or_reason("account:read", lambda: _account(account))
    if isinstance(about, Refused):
        return nothing(about)
    owner = DigitalOceanOwner(stack=stack)
    read = account.client
    return DigitalOceanFacts(
        has_doctl=_has_doctl(),
        has_rival=_has_rival(),
        account=about,
        offer=read_or_reason("kubernetes:read", lambda: _offer(account)),
        sizes=read_or_reason("sizes:read", lambda: _sizes(account)),
        droplets=read_or_reason(
            "droplet:read", lambda: _foreign(account, owner, read.droplets.list, "droplets")
        ),
        volumes=read_or_reason(
            "block_storage:read", lambda: _foreign(account, owner, read.volumes.list, "volumes")
        ),
        networks=read_or_reason("vpc:read", lambda: tuple(_networks(account, owner))),
        clashes=read_or_reason("load_balancer:read", lambda: tuple(_clashes(account, owner))),
        domains=read_or_reason("domain:read", lambda: _domains(account)),
    )


def nothing(why: Unread) -> DigitalOceanFacts:
    """No fact, and for one reason."""
    return DigitalOceanFacts(
        has_doctl=_has_doctl(),
        has_rival=_has_rival(),
        account=why,
        offer=why,
        sizes=why,
        droplets=why,
        volumes=why,
        networks=why,
        clashes=why,
        domains=why,
    )


def read_or_reason(scope: str, read: Callable[[], Fact]) -> Fact | Unread:
    """The fact; or why not, with the scope that the token lacks where that is it."""
    try:
        return read()
    except ClientAuthenticationError as error:
        return Refused(f"the API does not know the token: {said(error)}")
    except HttpResponseError as error:
        if error.status_code == FORBIDDEN:
            return Unread(f"the token lacks the scope {scope}: {said(error)}")
        return Unread(said(error))
    except AzureError as error:
        return Unread(f"the API was not reached: {error}")


def _has_doctl() -> bool:
    return shutil.which("doctl") is not None


def _has_rival() -> bool:
    """Whether Pulumi's provider would take another token than everybody else."""
    preferred = os.environ.get(PREFERRED)
    return bool(preferred) and preferred != os.environ.get(TOKEN)


def _domains(account: DigitalOceanAccount) -> frozenset[str]:
    return frozenset(one["name"] for one in account.pages(account.client.domains.list, "domains"))


def _account(account: DigitalOceanAccount) -> Account:
    told = account.client.account.get()["account"]
    return Account(
        name=(told.get("team") or {}).get("name") or told["email"],
        status=told["status"],
        message=told.get("status_message", ""),
        droplet_limit=told.get("droplet_limit"),
        volume_limit=told.get("volume_limit"),
    )


def _offer(account: DigitalOceanAccount) -> Offer:
    told = account.client.kubernetes.list_options()["options"]
    return Offer(
        regions=frozenset(one["slug"] for one in told["regions"]),
        sizes=frozenset(one["slug"] for one in told["sizes"]),
        versions=tuple(one["slug"] for one in told["versions"]),
    )


def _sizes(account: DigitalOceanAccount) -> dict[str, frozenset[str]]:
    found = account.pages(account.client.sizes.list, "sizes")
    return {one["slug"]: frozenset(one["regions"]) for one in found if one["available"]}


def _foreign(
    account: DigitalOceanAccount, owner: DigitalOceanOwner, listed: Callable[..., Any], key: str
) -> int:
    known = owner.knowing(_own_clusters(account, owner))
    return sum(not known.owns(one) for one in account.pages(listed, key))


def _own_clusters(account: DigitalOceanAccount, owner: DigitalOceanOwner) -> list[Any]:
    """The stack's, each with the tag that DOKS puts on what it makes for it."""
    found = account.pages(account.client.kubernetes.list_clusters, "kubernetes_clusters")
    own = (one for one in found if owner.owns(one))
    return [{**one, "tags": [*one["tags"], f"k8s:{one['id']}"]} for one in own]


def _networks(account: DigitalOceanAccount, owner: DigitalOceanOwner) -> Iterator[Network]:
    own = {one.get("vpc_uuid") for one in _own_clusters(account, owner)}
    for one in account.pages(account.client.vpcs.list, "vpcs"):
        yield Network(
            name=one["name"],
            region=one["region"],
            cidr=one["ip_range"],
            is_own=one["id"] in own,
            is_default=one["default"],
        )


def _clashes(account: DigitalOceanAccount, owner: DigitalOceanOwner) -> Iterator[str]:
    """Clusters and load balancers of the stack's name that are not the stack's."""
    own = _own_clusters(account, owner)
    networks = {one.get("vpc_uuid") for one in own}
    clusters = account.pages(account.client.kubernetes.list_clusters, "kubernetes_clusters")
    for one in clusters:
        if one["name"] == owner.stack and not owner.owns(one):
            yield f"cluster {one['name']} ({one['id']})"
    for one in account.pages(account.client.load_balancers.list, "load_balancers"):
        if one["name"] == owner.stack and one.get("vpc_uuid") not in networks:
            yield f"load balancer {one['name']} ({one['id']})"
