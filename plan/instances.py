"""The registry of instance types: what a node of each type really offers to pods."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from plan.model import Allocatable

# How many a machine takes. AWS: 28 attachments on Nitro, less four network interfaces, the root and
# a disk of its own. DigitalOcean's documentation says 5, 7 and 15 in different places.
MOST_VOLUMES = {"aws": 22, "digitalocean": 5}


class UnknownInstanceTypeError(Exception):
    """No row for this type; the message says which are known."""


@dataclass(frozen=True, kw_only=True)
class InstanceType:
    """One row: sizes as sold (vCPU, GiB) and what the kubelet leaves to pods."""

    name: str
    sold_by: Literal["aws", "digitalocean"]
    vcpu: int
    memory_gib: int
    gpus: int
    max_pods: int

    @property
    def allocatable(self) -> Allocatable:
        """What a node of it has for pods, after the provider's reservations."""
        reserve = _eks_reserved if self.sold_by == "aws" else _doks_reserved
        cpu_m, memory_mib = reserve(self)
        return Allocatable(
            cpu_m=self.vcpu * 1000 - cpu_m,
            memory_mib=self.memory_gib * 1024 - memory_mib,
            pods=self.max_pods,
            gpus=self.gpus,
            volumes=MOST_VOLUMES[self.sold_by],
        )


def instance_type(name: str) -> InstanceType:
    """The row called `name`; raises `UnknownInstanceTypeError` with the nearest known names."""
    found = known_instance_type(name)
    if found:
        return found
    known = [row.name for row in REGISTRY]
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"use one of {', '.join(known)}"
    raise UnknownInstanceTypeError(f"{name!r} is not a known instance type; {hint}")


def known_instance_type(name: str) -> InstanceType | None:
    """The same row, or None: for who has said already that there is no such type."""
    return next((row for row in REGISTRY if row.name == name), None)


def _eks_reserved(row: InstanceType) -> tuple[int, int]:
    """EKS AMI bootstrap: CPU 6 %/1 %/0.5 %/0.25 % by core, memory 255 MiB + 11 MiB per pod,
    100 MiB eviction threshold; the machine itself shows about 3 % less memory than sold.
    """
    steps = (60, 10, 5, 5) + (2.5,) * max(row.vcpu - 4, 0)
    unseen_mib = row.memory_gib * 1024 * 3 // 100
    return int(sum(steps[: row.vcpu])), 255 + 11 * row.max_pods + 100 + unseen_mib


def _doks_reserved(row: InstanceType) -> tuple[int, int]:
    """DigitalOcean's documented allocatable: 13 GiB of 16, 6 of 8, 28 of 32; about 100m CPU.

    Of larger ones no figure was found: an eighth, as of 32, is more than any kubelet keeps back.
    """
    reserved_gib = {8: 2, 16: 3, 32: 4}.get(row.memory_gib, row.memory_gib // 8)
    return 100, reserved_gib * 1024


def _aws(name: str, size: tuple[int, int], *, max_pods: int, gpus: int = 0) -> InstanceType:
    vcpu, memory_gib = size
    return InstanceType(
        name=name, sold_by="aws", vcpu=vcpu, memory_gib=memory_gib, gpus=gpus, max_pods=max_pods
    )


def _digitalocean(name: str, size: tuple[int, int], *, gpus: int = 0) -> InstanceType:
    vcpu, memory_gib = size
    return InstanceType(
        name=name,
        sold_by="digitalocean",
        vcpu=vcpu,
        memory_gib=memory_gib,
        gpus=gpus,
        max_pods=110,
    )


# max_pods: amazon-eks-ami's eni-max-pods list; 110 is DigitalOcean's documented limit.
REGISTRY: tuple[InstanceType, ...] = (
    _aws("m5.large", (2, 8), max_pods=29),
    _aws("m5.xlarge", (4, 16), max_pods=58),
    _aws("m5.2xlarge", (8, 32), max_pods=58),
    _aws("m5a.xlarge", (4, 16), max_pods=58),
    _aws("m6i.xlarge", (4, 16), max_pods=58),
    _aws("g4dn.xlarge", (4, 16), max_pods=29, gpus=1),
    _aws("g4dn.2xlarge", (8, 32), max_pods=29, gpus=1),
    _aws("g5.xlarge", (4, 16), max_pods=58, gpus=1),
    _aws("g6.xlarge", (4, 16), max_pods=58, gpus=1),
    _digitalocean("s-4vcpu-8gb", (4, 8)),
    _digitalocean("s-4vcpu-16gb-amd", (4, 16)),
    _digitalocean("g-4vcpu-16gb", (4, 16)),
    _digitalocean("s-8vcpu-32gb-amd", (8, 32)),
    _digitalocean("gpu-4000adax1-20gb", (8, 32), gpus=1),
    _digitalocean("gpu-6000adax1-48gb", (8, 64), gpus=1),
    _digitalocean("gpu-l40sx1-48gb", (8, 64), gpus=1),
    _digitalocean("gpu-h100x1-80gb", (20, 240), gpus=1),
)
