"""What is left of a stack in an account of DigitalOcean, kind by kind."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from accounts.digitalocean import DigitalOceanAccount
from accounts.digitalocean_owner import DigitalOceanOwner, clusters_of
from ops.sweep import digitalocean_prices as prices
from ops.sweep.model import Leftover
from ops.sweep.prices import FREE

GONE = "made for a cluster that is gone, and nothing says of which stack; if it is yours: "


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The account at one moment: each list is read once, and says more with the others."""

    account: DigitalOceanAccount
    stack: str

    def _all(self, group: str, key: str, operation: str = "list") -> list[Any]:
        listed = getattr(getattr(self.account.client, group), operation)
        return self.account.pages(listed, key)

    @cached_property
    def clusters(self) -> list[Any]:
        return self._all("kubernetes", "kubernetes_clusters", "list_clusters")

    @cached_property
    def droplets(self) -> list[Any]:
        """Those with GPUs too, which the API leaves out unless asked for by themselves."""
        gpus = self.account.pages(self.account.client.droplets.list, "droplets", type="gpus")
        return [*self._all("droplets", "droplets"), *gpus]

    @cached_property
    def balancers(self) -> list[Any]:
        return self._all("load_balancers", "load_balancers")

    @cached_property
    def volumes(self) -> list[Any]:
        return self._all("volumes", "volumes")

    @cached_property
    def snapshots(self) -> list[Any]:
        return self._all("snapshots", "snapshots")

    @cached_property
    def databases(self) -> list[Any]:
        """All at once: this list has no pages."""
        return list(self.account.client.databases.list_clusters().get("databases") or ())

    @cached_property
    def networks(self) -> list[Any]:
        """The stack's VPC, by its name: it has no tags."""
        return [one for one in self._all("vpcs", "vpcs") if one["name"] == self.stack]

    @cached_property
    def owner(self) -> DigitalOceanOwner:
        """The stack, and the clusters that what it tagged itself was made for."""
        bodies = (*self.droplets, *self.volumes, *self.balancers, *self.snapshots)
        return DigitalOceanOwner(stack=self.stack).knowing(bodies)

    def is_orphan(self, body: Mapping[str, Any]) -> bool:
        """Whether its cluster is gone, and whose that was is not known."""
        of = clusters_of(body)
        is_alive = bool(of & {one["id"] for one in self.clusters})
        return bool(of) and not is_alive and not self.owner.is_anothers(body)

    def is_own_balancer(self, body: Mapping[str, Any]) -> bool:
        """Tagged, or of the stack's name in the VPC of the stack's name."""
        networks = {one["id"] for one in self.networks}
        is_named = body["name"] == self.stack and body.get("vpc_uuid") in networks
        return is_named or self.owner.owns(body)


def load_balancers(seen: Seen) -> Iterator[Leftover]:
    """Each costs as long as it is there; what else stands in the stack's VPC is only listed."""
    networks = {one["id"] for one in seen.networks}
    for one in seen.balancers:
        is_own = seen.is_own_balancer(one)
        if is_own or one.get("vpc_uuid") in networks:
            yield Leftover(
                kind="load balancer",
                id=one["id"],
                name=one["name"],
                what=one.get("ip") or "",
                monthly_usd=prices.balancer(_region(one), one),
                held="" if is_own else _by_hand("compute load-balancer", one["id"]),
            )


def droplets(seen: Seen) -> Iterator[Leftover]:
    """Machines cost the same when they are off."""
    for one in seen.droplets:
        if seen.owner.owns(one):
            yield Leftover(
                kind="droplet",
                id=str(one["id"]),
                name=one["name"],
                what=f"{one['size_slug']}, {one['status']}",
                monthly_usd=prices.monthly(f"do.droplet/{one['size_slug']}", _region(one)),
            )


def volumes(seen: Seen) -> Iterator[Leftover]:
    """Disks: what is on them cannot be had back."""
    for one in seen.volumes:
        if seen.owner.owns(one) or seen.is_orphan(one):
            size = int(one["size_gigabytes"])
            yield Leftover(
                kind="volume",
                id=one["id"],
                name=one["name"],
                what=f"{size} GiB",
                monthly_usd=prices.monthly("do.volume", _region(one), size),
                held=_held(seen, one, "compute volume"),
            )


def snapshots(seen: Seen) -> Iterator[Leftover]:
    """Of volumes and droplets, charged by what they hold."""
    for one in seen.snapshots:
        if seen.owner.owns(one) or seen.is_orphan(one):
            size = Decimal(str(one["size_gigabytes"]))
            region = next(iter(one["regions"]), "")
            yield Leftover(
                kind="snapshot",
                id=str(one["id"]),
                name=one["name"],
                what=f"{size} GiB of {one['resource_type']} {one['resource_id']}",
                monthly_usd=prices.monthly("do.snapshot", region, size),
                held=_held(seen, one, "compute snapshot"),
            )


def databases(seen: Seen) -> Iterator[Leftover]:
    """Managed databases, with all that is in them."""
    for one in seen.databases:
        if seen.owner.owns(one):
            sku = f"do.db.{one['engine']}/{one['size']}"
            yield Leftover(
                kind="database",
                id=one["id"],
                name=one["name"],
                what=f"{one['engine']}, {one['num_nodes']} x {one['size']}",
                monthly_usd=prices.monthly(sku, one["region"], one["num_nodes"]),
            )


def records(seen: Seen) -> Iterator[Leftover]:
    """Names that lead to a load balancer which goes: another's machine may get its address."""
    own = {one.get("ip") for one in seen.balancers if seen.is_own_balancer(one)} - {None, ""}
    account = seen.account
    for domain in account.pages(account.client.domains.list, "domains") if own else ():
        name = domain["name"]
        for one in account.pages(account.client.domains.list_records, "domain_records", name):
            if one["type"] in ("A", "AAAA") and one["data"] in own:
                yield Leftover(
                    kind="DNS record",
                    id=f"{name}/{one['id']}",
                    name=name if one["name"] == "@" else f"{one['name']}.{name}",
                    what=f"{one['type']} {one['data']}",
                    monthly_usd=FREE,
                )


def networks(seen: Seen) -> Iterator[Leftover]:
    """Free, but in the way of a namesake; the stack's where something tagged of it stands in it."""
    tagged = (*seen.droplets, *seen.databases, *seen.balancers)
    own = {_network(one) for one in tagged if seen.owner.owns(one)}
    for one in seen.networks:
        by_hand = f"it has no tags to say whose; if it is yours: doctl vpcs delete {one['id']}"
        yield Leftover(
            kind="VPC",
            id=one["id"],
            name=one["name"],
            what=one["ip_range"],
            monthly_usd=FREE,
            held="" if one["id"] in own else by_hand,
        )


def _network(body: Mapping[str, Any]) -> str | None:
    return body.get("vpc_uuid") or body.get("private_network_uuid")


def _held(seen: Seen, body: Mapping[str, Any], product: str) -> str:
    return "" if seen.owner.owns(body) else GONE + f"doctl {product} delete {body['id']}"


def _by_hand(product: str, id_: str) -> str:
    return f"in the stack's VPC, of another name; if it is yours: doctl {product} delete {id_}"


def _region(body: Mapping[str, Any]) -> str:
    return str((body.get("region") or {}).get("slug", ""))
