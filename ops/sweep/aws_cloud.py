"""A stack's account on AWS, for sweep."""

from collections.abc import Iterator, Sequence

from accounts.aws import AwsAccount
from accounts.owner import Owner
from ops.errors import OpsError
from ops.sweep.aws import find_leftovers, remove_leftovers
from ops.sweep.model import Leftover


class AwsCloud:
    """One region; `wanted` is the account that the stack is in, None where it does not say."""

    def __init__(self, region: str, owner: Owner, wanted: str | None) -> None:
        self._account = AwsAccount(region)
        self._owner = owner
        self._wanted = wanted
        self.stack = owner.stack
        self.place = region

    def refuse_another_account(self) -> None:
        """Raises `OpsError` where the credentials are not of the stack's account."""
        has, arn = self._account.identity()
        if self._wanted and has != self._wanted:
            raise OpsError(
                f"cluster.accountId: the stack is in {self._wanted}, these credentials ({arn}) are "
                f"of {has}; log in to the stack's account"
            )

    def living_cluster(self) -> str:
        """How to take down the stack's cluster by hand; empty where there is none."""
        eks = self._account.client("eks")
        try:
            eks.describe_cluster(name=self.stack)
        except eks.exceptions.ResourceNotFoundException:
            return ""
        return "delete its node groups and then the cluster by hand"

    def find(self) -> list[Leftover]:
        """Everything of the stack that is still there."""
        return find_leftovers(self._account, self._owner)

    def remove(self, agreed: Sequence[Leftover]) -> Iterator[str]:
        """Deletes what was agreed to and is still the stack's; yields what went wrong."""
        return remove_leftovers(self._account, self._owner, agreed)
