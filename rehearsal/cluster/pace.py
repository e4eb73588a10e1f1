"""How slow a rehearsal cluster is."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Every effect, a pod's readiness among them, takes up to `slowest_seconds` of its own.

    The stand-ins draw theirs by `seed`; the simulated kubelet draws without one.
    """

    slowest_seconds: float = 0.0
    seed: int = 0


QUICK = Pace()
