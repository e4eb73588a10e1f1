"""Load balancers: an address for every Service that asks for one."""

import hashlib
from collections.abc import Iterator

from rehearsal.standins.world import SERVICE, Body, World, identity
from rehearsal.standins.writing import Write

ADDRESSES = tuple(f"203.0.113.{number}" for number in range(1, 255))
"""TEST-NET-3: an address that can never be somebody's."""

KINDS = frozenset({SERVICE})


def writes(world: World) -> Iterator[Write]:
    """An address for each Service of type LoadBalancer that has none."""
    services = world.all(SERVICE)
    taken = {_address(service) for service in services}
    for service in services:
        if service["spec"].get("type") == "LoadBalancer" and not _address(service):
            namespace, name = identity(service)
            address = choose(f"{namespace}/{name}", taken)
            taken.add(address)
            yield Write(
                verb="merge",
                kind=SERVICE,
                namespace=namespace,
                name=name,
                subresource="status",
                body={"status": {"loadBalancer": {"ingress": [{"ip": address}]}}},
            )


def choose(service: str, taken: set[str]) -> str:
    """The same address for the same Service, unless another has it."""
    start = int.from_bytes(hashlib.sha256(service.encode()).digest()[:4]) % len(ADDRESSES)
    for address in ADDRESSES[start:] + ADDRESSES[:start]:
        if address not in taken:
            return address
    return ADDRESSES[start]


def _address(service: Body) -> str:
    ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress", [])
    return str(ingress[0].get("ip", "")) if ingress else ""
