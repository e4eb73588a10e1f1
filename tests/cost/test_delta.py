"""What changed, and whether resources or prices did it."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cost.delta import against, as_text, compare
from cost.report import as_output
from tests.cost.stacks import bill_of, claim, eks, place, pool


def output(nodes: int, extra: list[Any] | None = None) -> dict[str, Any]:
    return as_output(
        bill_of([eks(), *pool("general", ["m5.xlarge"], (nodes, nodes, nodes)), *(extra or [])])
    )


def with_price(said: dict[str, Any], key: str, price: float) -> dict[str, Any]:
    return {**said, "lines": {**said["lines"], key: {**said["lines"][key], "price": price}}}


def test_one_node_more_is_shown_by_line() -> None:
    assert as_text(compare(output(3), output(4))) == (
        "cost: $517.48 => $665.64 a month expected, +$148.16 by changed resources, "
        "+$0.00 by changed prices; low $517.48 => $665.64; high $517.48 => $665.64\n"
        "      +$140.16 NodeGroup general: nodes, m5.xlarge, on demand\n"
        "        +$8.00 NodeGroup general: root volumes, gp3"
    )


def test_another_price_is_not_taken_for_another_resource() -> None:
    key = "Cluster cluster: control plane, standard support"
    delta = compare(with_price(output(3), key, 0.08), output(4))
    assert (delta.by_prices, delta.by_resources) == (Decimal("14.60"), Decimal("148.16"))


def test_nothing_changed_is_one_line() -> None:
    assert as_text(compare(output(3), output(3))) == "cost: unchanged"


def test_a_price_that_is_no_longer_known_is_not_said_to_be_a_resource_that_went() -> None:
    gap = output(3, pool("odd", ["x99.mega"], (1, 1, 1)))
    said = "what has no price, then or now, counts as nothing"
    for before, after in ((output(3), gap), (gap, output(3))):
        assert as_text(compare(before, after)).splitlines()[0].endswith(f"; {said}")
    assert as_text(compare(gap, gap)) == "cost: unchanged"
    assert said not in as_text(compare(output(3), output(4)))


def test_more_room_to_grow_is_no_unchanged_bill() -> None:
    three, six = (
        as_output(bill_of([eks(), *pool("general", ["m5.xlarge"], (3, 3, most))]))
        for most in (3, 6)
    )
    assert as_text(compare(three, six)) == (
        "cost: what is expected is unchanged; high $517.48 => $961.96"
    )


def test_where_nothing_stands_or_nothing_has_a_price_there_is_nothing_to_compare() -> None:
    yours = as_output(bill_of([claim("20Gi")], place("existing", "local")))
    assert against(None, output(3)) is None
    assert against(yours, yours) is None
    assert against(output(3), output(3)) == compare(output(3), output(3))
    left = against(output(3), yours)
    assert left is not None
    assert left.by_resources == Decimal("-517.48")


def test_the_first_deployment_is_all_new_and_a_pool_that_goes_is_all_gone() -> None:
    assert compare(None, output(3)).by_resources == Decimal("517.48")
    more = output(3, pool("gpu", ["g4dn.xlarge"], (1, 1, 1)))
    assert compare(more, output(3)).by_resources == Decimal("-391.98")  # 383.98 and a disk


@given(before=st.integers(0, 40), after=st.integers(0, 40), price=st.integers(1, 10**6))
def test_resources_and_prices_explain_the_whole_difference(
    before: int, after: int, price: int
) -> None:
    key = "NodeGroup general: nodes, m5.xlarge, on demand"
    old = with_price(output(before), key, price / 10**6)
    delta = compare(old, output(after))
    now = sum(
        Decimal(repr(line["quantity"])) * Decimal(repr(line["price"]))
        for line in output(after)["lines"].values()
    )
    assert delta.before + delta.by_resources + delta.by_prices == now
