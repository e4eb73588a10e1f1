"""A catalog with today's prices in it, each marked; what cannot be learnt is said."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from time import monotonic
from typing import Literal

from cost.catalog import Catalog, Price, PriceNotFoundError
from cost.live.remembered import Remembered
from cost.live.sellers import Seller
from cost.live.source import Source, SourceDownError

Mode = Literal["live", "auto"]
PATIENCE_SECONDS = 15  # for all questions of one bill


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked, of whom, and whether the snapshot may stand in."""

    skus: frozenset[str]
    region: str
    mode: Mode
    seller: Seller


def todays_catalog(
    snapshot: Catalog,
    question: Question,
    remembered: Remembered,
    clock: Callable[[], float] = monotonic,
) -> Catalog:
    """The snapshot with live prices before its own.

    What has a live source and no live price is withheld in `live`, and from the snapshot in
    `auto`. What no source tells is from the snapshot in both.
    """
    found, failed = _ask(question, remembered, clock)
    remembered.write()
    prices = {
        **snapshot.prices,
        **{(sku, question.region): (price,) for sku, price in found.items()},
    }
    if question.mode == "auto":
        return replace(snapshot, prices=prices, remarks=tuple(_fallbacks(failed)))
    withheld = {(sku, question.region): why for sku, why in failed.items()}
    return replace(snapshot, prices=prices, withheld=withheld)


def _ask(
    question: Question, remembered: Remembered, clock: Callable[[], float]
) -> tuple[dict[str, Price], dict[str, str]]:
    found: dict[str, Price] = {}
    failed: dict[str, str] = {}
    until, down = clock() + PATIENCE_SECONDS, ""
    source: Source | None = None
    for sku in sorted(filter(question.seller.covers, question.skus)):
        if known := remembered.find(sku, question.region):
            found[sku] = known
            continue
        if not down and clock() > until:
            down = f"not told within {PATIENCE_SECONDS} seconds"
        try:
            if not down and source is None:
                source = question.seller.connect(question.region)
            if down or source is None:
                failed[sku] = down
                continue
            found[sku] = source.ask(sku)
            remembered.keep(found[sku], question.region)
        except PriceNotFoundError as error:
            failed[sku] = str(error)
        except SourceDownError as error:
            down = failed[sku] = str(error)
    return found, failed


def _fallbacks(failed: dict[str, str]) -> Iterable[str]:
    by_reason: dict[str, list[str]] = {}
    for sku, why in failed.items():
        by_reason.setdefault(why, []).append(sku)
    for why, skus in by_reason.items():
        yield f"prices of the snapshot for {', '.join(skus)}: {why}"
