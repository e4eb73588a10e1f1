"""What sweep asks of a provider: the same of each."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from ops.sweep.model import Leftover


class Cloud(Protocol):
    """The account that a stack was in. `place` is where in it, as people say it."""

    @property
    def stack(self) -> str: ...

    @property
    def place(self) -> str: ...

    def refuse_another_account(self) -> None:
        """Raises `OpsError` where the credentials are not of the stack's account."""

    def living_cluster(self) -> str:
        """How to take down the stack's cluster, which still runs by itself; empty without one."""

    def find(self) -> list[Leftover]:
        """Everything of the stack that is still there."""

    def remove(self, agreed: Sequence[Leftover]) -> Iterator[str]:
        """Deletes what was agreed to and is still the stack's; yields what went wrong."""
