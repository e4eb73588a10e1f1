"""Whose part of the bill is whose: the parts are the whole, whatever the quotas."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost.report import as_json, as_output, as_text
from cost.teams import Division, Room
from cost.usage import SCENARIOS, USAGES
from tests.cost.stacks import Registered, bill_of, eks, place, pool

MACHINES = {
    "m5.xlarge": Room(cpu=Decimal(4), memory_gib=Decimal(16)),
    "g4dn.xlarge": Room(cpu=Decimal(4), memory_gib=Decimal(16), gpus=1),
    "s-4vcpu-16gb-amd": Room(cpu=Decimal(4), memory_gib=Decimal(16)),
}
NODES = [
    *pool("general", ["m5.xlarge"], (1, 4, 8)),
    *pool("gpu", ["g4dn.xlarge"], (0, 2, 4)),
]


def room(cpu: int = 0, memory: int = 0, gpus: int = 0) -> Room:
    return Room(cpu=Decimal(cpu), memory_gib=Decimal(memory), gpus=gpus)


def volume(namespace: str) -> Registered:
    return Registered(
        "kubernetes:core/v1:PersistentVolumeClaim",
        f"{namespace}/work",
        {
            "metadata": {"name": "work", "namespace": namespace},
            "spec": {
                "storageClassName": "gp3",
                "resources": {"requests": {"storage": "100Gi"}},
            },
        },
    )


def balancer(namespace: str) -> Registered:
    return Registered(
        "kubernetes:core/v1:Service",
        f"{namespace}/own",
        {
            "metadata": {
                "name": "own",
                "namespace": namespace,
                "annotations": {"service.beta.kubernetes.io/aws-load-balancer-type": "nlb"},
            },
            "spec": {"type": "LoadBalancer"},
        },
    )


def test_a_quarter_of_the_cores_and_memory_is_a_quarter_of_the_nodes_and_their_disks() -> None:
    division = Division(quotas={"vision": room(4, 16), "speech": room(4, 16)}, machines=MACHINES)
    shares = bill_of(NODES[:2], division=division).shares
    assert shares.teams["vision"].expected == Decimal("148.16")  # one m5.xlarge, 100 GB
    assert shares.teams["vision"] == shares.teams["speech"]
    assert shares.idle.expected == 2 * Decimal("148.16")
    assert shares.remarks == (
        "quotas claim more cores and memory than the nodes of low have: what these cost is "
        "shared in proportion",
    )


def test_gpus_are_paid_by_who_has_a_quota_of_gpus() -> None:
    division = Division(
        quotas={"vision": room(4, 16, gpus=2), "speech": room(4, 16)}, machines=MACHINES
    )
    bill = bill_of(NODES, division=division)
    more = bill.shares.teams["vision"].expected - bill.shares.teams["speech"].expected
    assert more == 2 * (Decimal("0.526") * 730 + 8)


def test_own_volumes_and_load_balancers_are_the_teams_and_others_the_platforms() -> None:
    division = Division(quotas={"vision": None}, machines=MACHINES)
    own = [volume("vision"), balancer("vision")]
    bill = bill_of([eks(), volume("kubeflow"), *own], division=division)
    assert bill.shares.teams["vision"].expected == 8 + Decimal("0.0225") * 730
    assert bill.shares.platform.expected == 73 + 8
    assert bill.shares.remarks == (
        "team vision has no quota: no part of the nodes is counted as its own",
    )


def test_quotas_beyond_all_nodes_share_what_there_is() -> None:
    division = Division(quotas={"a": room(32, 128), "b": room(96, 384)}, machines=MACHINES)
    shares = bill_of(NODES[:2], division=division).shares
    assert shares.teams["a"].expected * 3 == shares.teams["b"].expected
    assert shares.idle.high == 0


def test_nodes_of_digitalocean_are_shared_too() -> None:
    division = Division(quotas={"vision": room(6, 24)}, machines=MACHINES)
    nodes = Registered(
        "digitalocean:index/kubernetesCluster:KubernetesCluster",
        "cluster",
        {"ha": True, "nodePool": {"size": "s-4vcpu-16gb-amd", "nodeCount": 3}},
    )
    shares = bill_of([nodes], place("digitalocean", "fra1"), division=division).shares
    assert shares.teams["vision"].expected == 126  # half of 252
    assert shares.platform.expected == 40
    assert shares.idle.expected == 126


quotas = st.dictionaries(
    st.sampled_from(["vision", "speech", "text"]),
    st.none() | st.builds(room, st.integers(0, 200), st.integers(0, 900), st.integers(0, 9)),
)


@given(quotas, st.permutations([eks(), *NODES, volume("vision"), volume("kubeflow")]))
def test_teams_platform_and_idle_are_the_total(
    said: dict[str, Room | None], stack: list[Registered]
) -> None:
    bill = bill_of(stack, usage=USAGES["small"], division=Division(quotas=said, machines=MACHINES))
    parts = [*bill.shares.teams.values(), bill.shares.platform, bill.shares.idle]
    for one in SCENARIOS:
        amounts = [getattr(part, one) for part in parts]
        assert abs(sum(amounts) - getattr(bill.monthly, one)) < Decimal("1e-18")
        assert all(amount >= Decimal("-1e-18") for amount in amounts)


@pytest.mark.parametrize("of", [as_output, as_json])
def test_the_shares_are_in_what_programs_read(of: object) -> None:
    bill = bill_of(NODES, division=Division(quotas={"vision": room(4, 16)}, machines=MACHINES))
    shares = of(bill)["shares"]  # type: ignore[operator]  # two functions of one shape
    assert shares["teams"]["vision"]["expected"] == 148.16
    assert set(shares) == {"teams", "platform", "idle"}


def test_the_table_shows_teams_platform_and_what_nobody_claims() -> None:
    bill = bill_of(NODES, division=Division(quotas={"vision": room(4, 16)}, machines=MACHINES))
    rows = [line.split()[:-3] for line in as_text(bill).splitlines() if line.startswith("  - ")]
    assert rows == [
        ["-", "team", "vision"],
        ["-", "platform"],
        ["-", "nodes", "no", "team", "claims"],
    ]
