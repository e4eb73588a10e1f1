"""What stacks cost: published and hand-made totals to the cent, and what other tools get wrong."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost.estimate import Bill, billed, cents, total
from cost.markdown import as_markdown
from cost.page import as_html
from cost.report import as_json, as_text
from cost.usage import USAGES, Range, Usage
from tests.cost.stacks import (
    REFERENCE_USE,
    Registered,
    balancer,
    bill_of,
    claim,
    doks,
    eks,
    nat,
    network_balancer,
    place,
    pool,
    public_subnets,
    reference,
)

GPU = "g4dn.xlarge"
OCEAN = place("digitalocean", "fra1")


def expected(bill: Bill) -> str:
    assert not bill.missing
    return str(cents(bill.monthly.expected))


def items(bill: Bill) -> dict[str, str]:
    return {line.key: str(cents(line.monthly.expected)) for line in bill.lines}


@pytest.mark.parametrize(
    ("region", "at_zero", "on_spot", "on_demand"),
    [
        # By hand 592.50 and 984.49: floats, which round 592.505 and 984.485 each as they like.
        ("us-east-1", "592.51", "749.35", "984.49"),
        ("us-west-2", "592.51", "780.38", "984.49"),
        ("eu-west-1", "648.35", "888.63", "1085.66"),
        ("eu-central-1", "691.05", "895.77", "1180.91"),
        ("ap-southeast-2", "717.82", "932.11", "1226.74"),
    ],
)
def test_the_reference_stack_costs_what_the_hand_made_table_says(
    region: str, at_zero: str, on_spot: str, on_demand: str
) -> None:
    there = place("aws", region)
    for gpu, amount in (
        ([], at_zero),
        (pool("gpu", [GPU], (1, 1, 1), spot=True), on_spot),
        (pool("gpu", [GPU], (1, 1, 1)), on_demand),
    ):
        assert expected(bill_of(reference(gpu), there, REFERENCE_USE)) == amount


@pytest.mark.parametrize(
    ("resources", "amount"),
    [
        ([eks()], "73.00"),
        (
            pool(
                "general",
                ["m5.xlarge"],
                (3, 3, 3),
                disk={"volumeType": "gp2", "volumeSize": 20},
            ),
            "426.48",
        ),
        (
            pool(
                "general",
                ["t3.medium"],
                (3, 3, 3),
                disk={"volumeType": "gp2", "volumeSize": 20},
            ),
            "97.10",
        ),
        (
            pool(
                "general",
                ["m5.xlarge"],
                (0, 1, 1),
                disk={
                    "volumeType": "gp3",
                    "volumeSize": 40,
                    "iops": 4000,
                    "throughput": 130,
                },
            ),
            "148.56",  # 140.16 for the machine and the published 8.40
        ),
        (
            [
                Registered(
                    "aws:ec2/vpcEndpoint:VpcEndpoint",
                    "sts",
                    {"vpcEndpointType": "Interface", "subnetIds": ["[computed]"] * 2},
                )
            ],
            "14.60",
        ),
        (
            [
                Registered(
                    "aws:rds/instance:Instance",
                    "runs",
                    {
                        "engine": "mysql",
                        "instanceClass": "db.t3.large",
                        "allocatedStorage": 20,
                    },
                )
            ],
            "101.58",
        ),
        (
            [Registered("aws:route53/zone:Zone", "zone"), Registered("aws:kms/key:Key", "key")],
            "1.50",
        ),
    ],
)
def test_published_totals_come_out_of_resources_too(
    resources: list[Registered], amount: str
) -> None:
    assert expected(bill_of(resources)) == amount


def test_digitaloceans_default_is_277_and_not_the_200_that_an_article_says() -> None:
    stack = [doks(), balancer(), claim("100Gi")]
    assert expected(bill_of(stack, OCEAN)) == "277.00"


@pytest.mark.parametrize(
    ("cluster", "amount"),
    [
        (doks("1.36.0-do.0"), "292.00"),  # on by itself from 1.36, and never off again
        (doks("1.36.0-do.0", ha=False), "252.00"),
        (doks("1.35.1-do.0", ha=True), "292.00"),
        (doks("1.35.1-do.0"), "252.00"),
    ],
)
def test_a_highly_available_control_plane_is_on_by_itself_from_1_36(
    cluster: Registered, amount: str
) -> None:
    assert expected(bill_of([cluster], OCEAN)) == amount


def test_an_unknown_doks_version_is_not_taken_for_a_free_control_plane() -> None:
    bill = bill_of([doks("[computed]")], OCEAN)
    assert [(one.resource, one.reason) for one in bill.not_priced] == [
        ("cluster", "version is not known yet")
    ]


@pytest.mark.parametrize(("days", "amount"), [(27, 289), (29, 300), (28, 300)])
def test_nodes_of_doks_are_billed_for_672_hours_at_most(days: int, amount: int) -> None:
    # The worked examples of its price page: three nodes at $100 a month.
    nodes = Registered(
        "digitalocean:index/kubernetesNodePool:KubernetesNodePool",
        "more",
        {"size": "s-4vcpu-8gb", "nodeCount": 3},  # $48
    )
    found = bill_of([nodes], OCEAN, hours=days * 24).monthly.expected
    assert round(found / 48 * 100) == amount


def test_a_gpu_droplet_is_billed_by_the_hour_up_to_744() -> None:
    nodes = Registered(
        "digitalocean:index/kubernetesNodePool:KubernetesNodePool",
        "gpu",
        {"size": "gpu-4000adax1-20gb", "nodeCount": 1},
    )
    assert expected(bill_of([nodes], OCEAN)) == str(cents(Decimal("0.76") * 730))


@pytest.mark.parametrize(
    ("annotations", "amount"),
    [
        ({}, "15.00"),
        ({"service.beta.kubernetes.io/do-loadbalancer-type": "REGIONAL"}, "12.00"),
        ({"service.beta.kubernetes.io/do-loadbalancer-size-unit": "3"}, "45.00"),
    ],
)
def test_digitaloceans_load_balancer_is_what_its_annotations_say(
    annotations: dict[str, str], amount: str
) -> None:
    assert expected(bill_of([balancer(**annotations)], OCEAN)) == amount


def test_spaces_cost_once_for_all_buckets() -> None:
    bucket = "digitalocean:index/spacesBucket:SpacesBucket"
    stack = [Registered(bucket, "a"), Registered(bucket, "b")]
    assert expected(bill_of(stack, OCEAN)) == "5.00"
    full = Usage(object_gb=Range.of(100, 200, 300))
    assert expected(bill_of(stack, OCEAN, full)) == "8.00"  # 150 GiB more than is included


# What comparable tools get wrong.


def test_every_public_address_is_billed_also_one_in_use() -> None:
    bill = bill_of([*nat("a"), *public_subnets(2), network_balancer()])
    found = [line for line in bill.lines if "IPv4" in line.demand.item]
    assert cents(total(found).expected) == Decimal("10.95")  # 3 x 3.65


@pytest.mark.parametrize(
    ("annotations", "addresses"),
    [
        ({}, 2),
        ({"type": "nlb"}, 2),
        ({"type": "nlb", "internal": "true"}, 0),
        ({"type": "external"}, 0),  # that controller's are internal unless told otherwise
        ({"type": "external", "scheme": "internet-facing"}, 2),
    ],
)
def test_an_internal_load_balancer_has_no_public_address(
    annotations: dict[str, str], addresses: int
) -> None:
    prefix = "service.beta.kubernetes.io/aws-load-balancer-"
    said = {f"{prefix}{key}": value for key, value in annotations.items()}
    bill = bill_of([*public_subnets(2), balancer(**said)])
    found = [line.demand.quantity.high for line in bill.lines if "IPv4" in line.demand.item]
    assert sum(found) == addresses


@pytest.mark.parametrize(
    ("inputs", "amount"),
    [
        ({"loadBalancerType": "network", "subnets": ["[computed]"] * 2}, "23.73"),
        ({"loadBalancerType": "network", "subnets": ["a"] * 2, "internal": True}, "16.43"),
        ({"subnets": ["a"] * 3}, "27.38"),  # an application one is the default
    ],
)
def test_a_load_balancer_of_the_stack_is_billed_with_its_addresses(
    inputs: dict[str, Any], amount: str
) -> None:
    stack = [Registered("aws:lb/loadBalancer:LoadBalancer", "entry", inputs)]
    assert expected(bill_of(stack)) == amount


def test_a_load_balancer_in_unknown_subnets_is_not_taken_for_one_without_addresses() -> None:
    inputs = {"loadBalancerType": "network", "subnets": "[computed]"}
    bill = bill_of([Registered("aws:lb/loadBalancer:LoadBalancer", "entry", inputs)])
    assert bill.not_priced[0].reason == "subnets is not known yet"


@pytest.mark.parametrize(
    ("version", "policy", "day", "amount"),
    [
        ("1.33", "EXTENDED", date(2026, 11, 25), "438.00"),  # 1.30 to 1.33: 73 elsewhere
        ("1.33", None, date(2026, 11, 25), "438.00"),  # the default policy is EXTENDED
        ("1.34", None, date(2026, 12, 2), "73.00"),
        ("1.34", None, date(2026, 12, 3), "438.00"),
        ("1.33", "STANDARD", date(2026, 11, 25), "73.00"),
    ],
)
def test_an_old_kubernetes_costs_365_more_from_the_day_that_it_is_old(
    version: str, policy: str | None, day: date, amount: str
) -> None:
    cluster = eks(version=version, upgradePolicy={"supportType": policy} if policy else None)
    assert expected(bill_of([cluster], day=day)) == amount


def test_a_version_without_a_known_end_of_support_is_not_priced_as_a_young_one() -> None:
    bill = bill_of([eks(version="1.99", upgradePolicy=None)])
    assert "version 1.99" in bill.not_priced[0].reason


def test_spot_with_a_launch_template_is_spot() -> None:
    bill = bill_of(pool("gpu", [GPU], (1, 1, 1), spot=True))
    nodes = bill.lines[0]
    assert [str(amount) for amount in vars(nodes.price).values()] == ["0.2", "0.2039", "0.526"]
    assert "all on demand" in nodes.assumption


def test_what_spot_saves_is_a_range_and_never_the_best_of_it() -> None:
    bill = bill_of(pool("gpu", [GPU, "g5.xlarge"], (0, 0, 2), spot=True))
    saving = "59 to 62 % less than on demand, by zone and while there is spot"  # .2158 and .2000
    assert bill.lines[0].saving == saving
    assert not any(line.saving for line in bill.lines[1:])
    assert f"\n  spot, gpu: {saving}\n" in f"{as_text(bill)}\n"
    assert f"\n- spot, gpu: {saving}\n" in as_markdown(bill)
    assert saving in as_html("aws", bill, None)
    (component, *_) = as_json(bill)["resources"][0]["costComponents"]
    assert component["assumption"].endswith(f"; {saving}")
    assert "spot" not in as_text(bill_of(pool("gpu", [GPU], (0, 0, 2))))


def test_a_type_whose_spot_prices_are_not_known_promises_no_saving() -> None:
    asked = pool("odd", ["m6i.xlarge"], (1, 1, 1), spot=True)
    assert not bill_of(asked).lines[0].saving


def test_all_types_of_a_pool_and_all_its_sizes_count() -> None:
    bill = bill_of(pool("general", ["m5.xlarge", "m5.large"], (1, 3, 6)))
    nodes = bill.lines[0]
    assert vars(nodes.demand.quantity) == {"low": 1, "expected": 3, "high": 6}
    assert [str(amount) for amount in vars(nodes.price).values()] == ["0.096", "0.192", "0.192"]


def test_a_price_that_is_missing_is_a_line_and_the_sum_says_so() -> None:
    bill = bill_of([eks(), *pool("odd", ["x99.mega"], (1, 1, 1))])
    assert [line.demand.item for line in bill.missing] == ["nodes, x99.mega, on demand"]
    assert "x99.mega in us-east-1" in bill.missing[0].missing


def test_a_substitute_without_a_price_is_left_out_of_the_range_and_said_so() -> None:
    there = place("aws", "eu-west-1")
    bill = bill_of(pool("gpu", [GPU, "g6.xlarge"], (0, 0, 2), spot=True), there)
    assert not bill.missing
    assert "no price of aws.ec2.ondemand/g6.xlarge" in bill.lines[0].assumption


def test_a_type_that_nobody_knows_is_shown_as_not_priced() -> None:
    bill = bill_of([Registered("aws:sagemaker/endpoint:Endpoint", "hidden")])
    assert [(one.resource, one.reason) for one in bill.not_priced] == [
        ("hidden", "nobody knows what it costs")
    ]


def test_disks_of_an_unknown_launch_template_are_not_free() -> None:
    _, group = pool("general", ["m5.xlarge"], (1, 1, 1))
    assert bill_of([group]).not_priced[0].resource == "general"


def test_a_cluster_that_exists_is_not_priced_but_what_it_will_be_asked_for_is_said() -> None:
    bill = bill_of([claim("20Gi"), balancer()], place("existing", "local"))
    assert not bill.lines
    assert [one.resource for one in bill.not_priced] == [
        "kubeflow/data",
        "istio-system/istio-ingressgateway",
    ]
    assert "the cluster is yours" in bill.not_priced[0].reason


def test_a_claim_is_priced_by_its_storage_class() -> None:
    storage = Registered(
        "kubernetes:storage.k8s.io/v1:StorageClass",
        "gp3",
        {"metadata": {"name": "gp3"}, "parameters": {"type": "gp2"}},
    )
    assert expected(bill_of([claim("100Gi")])) == "8.00"
    assert expected(bill_of([storage, claim("100Gi")])) == "10.00"


@pytest.mark.parametrize(
    ("size", "gib"), [("20Gi", 20), ("512Mi", 1), ("1Ti", 1024), ("1G", 1), ("1.5Gi", 2)]
)
def test_volumes_are_billed_in_whole_gibibytes(size: str, gib: int) -> None:
    assert expected(bill_of([claim(size)], OCEAN)) == str(cents(Decimal(gib) / 10))


def test_a_stateful_set_claims_for_each_of_its_pods() -> None:
    spec: dict[str, Any] = {
        "replicas": 3,
        "volumeClaimTemplates": [{"spec": {"resources": {"requests": {"storage": "10Gi"}}}}],
    }
    stack = [Registered("kubernetes:apps/v1:StatefulSet", "a/b", {"spec": spec})]
    assert expected(bill_of(stack, OCEAN)) == "3.00"


# What holds whatever the numbers.

SIZES = st.tuples(*(st.integers(0, 50),) * 3).map(lambda three: tuple(sorted(three)))
TYPES = st.lists(st.sampled_from(["m5.large", "m5.xlarge", GPU, "g5.xlarge"]), min_size=1)
REGIONS = st.sampled_from(["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"])


@given(sizes=SIZES, types=TYPES, spot=st.booleans(), region=REGIONS)
def test_low_is_never_above_expected_nor_expected_above_high(
    sizes: tuple[int, int, int], types: list[str], spot: bool, region: str
) -> None:
    stack = reference(pool("gpu", types, sizes, spot=spot))
    bill = bill_of(stack, place("aws", region), USAGES["medium"])
    for line in bill.lines:
        assert line.monthly.low <= line.monthly.expected <= line.monthly.high
    assert bill.monthly.low <= bill.monthly.expected <= bill.monthly.high


@given(sizes=SIZES, types=TYPES, spot=st.booleans())
def test_twice_the_nodes_cost_twice_as_much(
    sizes: tuple[int, int, int], types: list[str], spot: bool
) -> None:
    low, desired, high = sizes
    once = bill_of(pool("gpu", types, sizes, spot=spot)).monthly
    twice = bill_of(pool("gpu", types, (2 * low, 2 * desired, 2 * high), spot=spot)).monthly
    assert twice == once * 2


@given(order=st.permutations(reference(pool("gpu", [GPU], (0, 1, 2), spot=True))))
def test_order_does_not_matter(order: list[Registered]) -> None:
    stack = reference(pool("gpu", [GPU], (0, 1, 2), spot=True))
    assert (
        bill_of(order, usage=REFERENCE_USE).monthly == bill_of(stack, usage=REFERENCE_USE).monthly
    )
    assert items(bill_of(order)) == items(bill_of(stack))


@given(hours=st.integers(1, 744))
def test_nobody_pays_for_more_than_a_month(hours: int) -> None:
    for line in bill_of([doks()], OCEAN).lines:
        assert billed(line.prices[0], hours) <= 1


@pytest.mark.parametrize(("smaller", "larger"), [("small", "medium"), ("medium", "large")])
def test_more_use_costs_more(smaller: Any, larger: Any) -> None:
    few, many = (bill_of(reference([]), usage=USAGES[size]).monthly for size in (smaller, larger))
    assert few.low < many.low
    assert few.expected < many.expected
    assert few.high < many.high
