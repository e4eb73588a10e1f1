"""Kubernetes quantities as whole numbers. Pure."""

from decimal import ROUND_CEILING, Decimal

_SUFFIXES = {
    "m": Decimal("0.001"),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
}


def cpu_millicores(quantity: str | int | float) -> int:
    """`500m`, `1`, `0.5` in millicores, rounded up."""
    return _ceiling(_number(quantity) * 1000)


def mebibytes(quantity: str | int | float) -> int:
    """`128Mi`, `1G`, `1048576` in MiB, rounded up."""
    return _ceiling(_number(quantity) / 2**20)


def _number(quantity: str | int | float) -> Decimal:
    text = str(quantity)
    suffix = next((s for s in sorted(_SUFFIXES, key=len, reverse=True) if text.endswith(s)), "")
    return Decimal(text.removesuffix(suffix)) * _SUFFIXES.get(suffix, Decimal(1))


def _ceiling(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_CEILING))
