"""Stacks side by side."""

from cost.comparison import as_table
from cost.usage import Range, Usage
from tests.cost.stacks import bill_of, eks, nat, pool


def test_every_stack_is_a_column_and_every_category_a_row() -> None:
    used = Usage(egress_gb=Range.of(10, 100, 1000))
    small = bill_of([eks(), *pool("general", ["m5.xlarge"], (1, 1, 1))], usage=used)
    odd = bill_of([eks(), *nat("a"), *pool("odd", ["x99.mega"], (1, 1, 1))])
    assert as_table({"small": small, "odd": odd}).splitlines() == [
        "expected, a month         small          odd",
        "control plane             73.00        73.00",
        "nodes                    140.16         0.00",
        "storage                    8.00         8.00",
        "network                    0.00        36.50",
        "use, by cost.usage         9.00         0.00",
        "total                    230.16       117.50",
        "total, low               222.06       117.50",
        "total, high              311.16       117.50",
        "odd: at least, for there is no price of NodeGroup odd: nodes, x99.mega, on demand",
    ]
