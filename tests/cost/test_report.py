"""The bill as people and programs read it."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError

from cost import report
from cost.budget import Budget
from cost.delta import Delta, against
from cost.markdown import as_markdown
from cost.report import VERSION, as_json, as_output, as_text
from cost.teams import Division, Room
from cost.usage import USAGES
from tests.cost.stacks import (
    Registered,
    bill_of,
    claim,
    eks,
    nat,
    place,
    pool,
)

STACK = [
    eks(),
    *pool("general", ["m5.xlarge"], (1, 3, 6)),
    *nat("a"),
    *pool("odd", ["x99.mega"], (1, 1, 1)),
    Registered("aws:sagemaker/endpoint:Endpoint", "hidden"),
]
BILL = bill_of(STACK, usage=USAGES["small"])


def test_the_table_has_sums_and_everything_that_they_leave_out() -> None:
    assert as_text(BILL).splitlines() == [
        "cost: at least $564.18 a month expected (aws us-east-1, prices collected 2026-11-23)",
        "                              low     expected         high",
        "  control plane             73.00        73.00        73.00",
        "  nodes                    140.16       420.48       840.96",
        "  storage                   16.00        32.00        56.00",
        "  network                   36.50        36.50        36.50",
        "  use, by cost.usage         0.64         2.20         8.30",
        "  total                    266.30       564.18     1,014.76",
        "  NO PRICE: NodeGroup odd: nodes, x99.mega, on demand: no price of "
        "aws.ec2.ondemand/x99.mega in us-east-1 on 2026-11-25; add it with source, date and grade "
        "to cost/prices/, or have it asked for by cost.prices: auto",
        "  not priced: hidden: nobody knows what it costs",
    ]


def test_a_stack_on_a_cluster_of_yours_says_that_it_prices_nothing() -> None:
    bill = bill_of([claim("20Gi")], place("existing", "local"))
    assert as_text(bill).splitlines() == [
        "cost: nothing here is priced (existing local)",
        "  not priced: kubeflow/data: the cluster is yours, and so is what it costs",
        "  not priced: nodes and control plane: the cluster is yours",
    ]


def test_the_output_is_plain_numbers_by_line() -> None:
    output = as_output(bill_of([eks(), claim("100Gi")]))
    assert output == {
        "version": "1",
        "currency": "USD",
        "monthly": {"low": 81.0, "expected": 81.0, "high": 81.0},
        "complete": True,
        "lines": {
            "Cluster cluster: control plane, standard support": {
                "quantity": 730.0,
                "price": 0.1,
                "monthly": 73.0,
            },
            "PersistentVolumeClaim kubeflow/data: volume, gp3": {
                "quantity": 100.0,
                "price": 0.08,
                "monthly": 8.0,
            },
        },
    }


def test_a_bill_that_lacks_something_is_not_complete() -> None:
    assert as_output(BILL)["complete"] is False


def test_the_json_adds_up_and_names_the_source_of_every_price() -> None:
    document = json.loads(json.dumps(as_json(BILL)))
    parts = [part for one in document["resources"] for part in one["costComponents"]]
    total = sum(part["monthlyCost"]["expected"] for part in parts)
    assert round(total, 2) == document["totalMonthlyCost"]["expected"]
    assert document["summary"] == {
        "totalPricedResources": 5,
        "totalUnsupportedResources": 1,
        "totalNoPriceComponents": 1,
    }
    for part in parts:
        assert part["priceNotFound"] != bool(part["sources"])
        assert all(one["date"] and one["source"] and one["grade"] for one in part["sources"])


def test_the_json_is_what_its_schema_says() -> None:
    schema = json.loads((Path(report.__file__).parent / "bill.schema.json").read_text())
    room = Room(cpu=Decimal(2), memory_gib=Decimal(8))
    shared = bill_of(STACK, division=Division(quotas={"vision": room}, machines={}))
    for bill in (BILL, shared, bill_of([claim("20Gi")], place("existing", "local"))):
        for delta in (None, with_a_delta()):
            document = json.loads(json.dumps(as_json(bill, delta)))
            Draft202012Validator(schema).validate(document)
            assert document["version"] == VERSION
    with pytest.raises(ValidationError):
        Draft202012Validator(schema).validate(
            {**as_json(BILL), "pastTotalMonthlyCost": document["totalMonthlyCost"]}
        )
    with pytest.raises(ValidationError):
        Draft202012Validator(schema).validate({**document, "version": "2"})


def test_markdown_has_the_sums_and_every_line() -> None:
    text = as_markdown(BILL)
    assert "| **total** | 266.30 | 564.18 | 1,014.76 |" in text
    assert text.count("\n| ") == 2 + 6 + len(BILL.lines)
    assert "| ? |" in text


def with_a_delta() -> Delta:
    """Of a node more and of a control plane that has become dearer."""
    three, four = (
        bill_of([eks(), *pool("general", ["m5.xlarge"], (n, n, n))], day=BILL.day) for n in (3, 4)
    )
    last = as_output(three)
    last["lines"]["Cluster cluster: control plane, standard support"]["price"] = 0.08
    found = against(last, as_output(four))
    assert found is not None
    return found


def test_markdown_has_what_a_line_assumes() -> None:
    bill = bill_of(pool("gpu", ["g4dn.xlarge"], (0, 1, 1), spot=True))
    (row,) = (one for one in as_markdown(bill).splitlines() if one.startswith("| NodeGroup gpu: n"))
    assert "| high: no spot to be had, all on demand; snapshot: skypilot-v8, " in row


def test_what_changes_is_in_the_table_in_the_json_and_in_the_markdown() -> None:
    delta = with_a_delta()
    said = (
        "$502.88 => $665.64 a month expected, +$148.16 by changed resources, +$14.60 by changed "
        "prices; low $517.48 => $665.64; high $517.48 => $665.64"
    )
    assert f"\ncost: {said}\n" in as_text(BILL, delta)
    assert f"\n**{said}**\n" in as_markdown(BILL, delta)
    changed = "\n| Cluster cluster: control plane, standard support | 58.40 | 73.00 | +$0.00 | "
    assert f"{changed}+$14.60 |\n" in as_markdown(BILL, delta)
    document = as_json(BILL, delta)
    assert document["pastTotalMonthlyCost"] == {"low": 517.48, "expected": 502.88, "high": 517.48}
    assert document["diffTotalMonthlyCost"] == {"low": 148.16, "expected": 162.76, "high": 148.16}
    diff = document["diff"]
    assert (diff["byResources"], diff["byPrices"]) == (148.16, 14.6)
    assert [line["name"].partition(":")[0] for line in diff["lines"]] == [
        "Cluster cluster",
        "NodeGroup general",
        "NodeGroup general",
    ]
    for line in diff["lines"]:
        by = line["byResources"] + line["byPrices"]
        assert round(line["monthlyCost"] - line["pastMonthlyCost"], 2) == round(by, 2)


def test_an_unchanged_stack_has_no_table_of_changes() -> None:
    same = against(as_output(BILL), as_output(BILL))
    assert "\n**unchanged**\n" in as_markdown(BILL, same)
    assert "changed line" not in as_markdown(BILL, same)
    assert as_text(BILL, same).endswith("\ncost: unchanged")


def test_a_budget_goes_with_the_output_where_it_limits_something() -> None:
    assert "budget" not in as_output(BILL, Budget(monthly=None, scenario="high"))
    limits = Budget(
        monthly=Decimal(900), max_increase=Decimal("0.5"), scenario="high", level="warn"
    )
    assert as_output(BILL, limits)["budget"] == {
        "monthly": 900.0,
        "maxIncrease": 0.5,
        "scenario": "high",
        "level": "warn",
    }


def test_old_prices_are_said_to_be_old() -> None:
    young, old = (bill_of([eks()], day=BILL.collected.replace(year=year)) for year in (2026, 2027))
    assert "PRICES ARE OLD" not in as_text(young)
    assert "PRICES ARE OLD: collected on 2026-11-23" in as_text(old)
