"""A leftover: the same for every provider. Pure."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """One thing in the account; `monthly_usd` None is an unknown price, never a free one.

    `held` says why it is only listed: empty, it can be deleted.
    """

    kind: str
    id: str
    name: str = ""
    what: str = ""
    monthly_usd: Decimal | None
    held: str = ""
