"""Ranges of addresses: private ones, and how a mistake in one is told."""

from ipaddress import IPv4Network

PRIVATE_RANGES = tuple(
    IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)


def network_of(text: str) -> IPv4Network:
    try:
        return IPv4Network(text)
    except ValueError as error:
        near = _without_host_bits(text)
        hint = f"did you mean {near}?" if near else "write it like 10.0.0.0/16"
        raise ValueError(f"{text} is no network; {hint}") from error


def _without_host_bits(text: str) -> str:
    try:
        return str(IPv4Network(text, strict=False))
    except ValueError:
        return ""


def is_private(network: IPv4Network) -> bool:
    return any(network.subnet_of(known) for known in PRIVATE_RANGES)
