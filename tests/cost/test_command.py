"""`python -m cost`: offline, as a person asks it."""

import json
from pathlib import Path

import pytest
import yaml

from cost.__main__ import main
from tests.e2e.conftest import linked_project

ROOT = Path(__file__).parent.parent.parent
ADMIN = "arn:aws:iam::123456789012:role/platform-admin"
WITHOUT_USE = ("--set", "cost.usage=none", "--set", "cluster.region=us-east-1")


def test_the_answer_is_one_document_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["aws-dev", "--json", *WITHOUT_USE], ROOT) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["version"] == "1"
    assert document["totalMonthlyUsageCost"]["high"] == 0
    named = {one["resourceType"] for one in document["resources"]}
    assert {"aws:eks/cluster:Cluster", "aws:ec2/natGateway:NatGateway"} <= named
    assert "kubernetes:core/v1:PersistentVolumeClaim" in named


def test_a_wish_changes_the_bill_and_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    before = (ROOT / "stacks" / "Pulumi.aws-dev.yaml").read_text()
    sums = []
    for nat in ("one", "perZone"):
        wish = f"cluster.network.nat={nat}"
        assert main(["aws-dev", "--json", *WITHOUT_USE, "--set", wish], ROOT) == 0
        sums.append(json.loads(capsys.readouterr().out)["totalMonthlyCost"]["expected"])
    assert round(sums[1] - sums[0], 2) == 36.50  # another gateway and its address
    assert (ROOT / "stacks" / "Pulumi.aws-dev.yaml").read_text() == before


def test_a_stack_beyond_its_budget_is_shown_and_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["aws-dev", *WITHOUT_USE, "--set", "budget.monthly=200"], ROOT) == 1
    said = capsys.readouterr()
    assert said.out.startswith("cost: $585.51 a month expected (aws us-east-1")
    assert "more than the $200.00 allowed" in said.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nothing-like-it"], "there is no stack 'nothing-like-it'"),
        (["aws-dev", "--set", "cluster.region"], "write it like"),
        (["aws-dev", "--set", "pools.gpu.nodes=1"], "like pools[gpu].nodes"),
        (["aws-dev", "--set", "cost.usage=huge"], "cost.usage: 'huge' is not allowed"),
    ],
)
def test_what_cannot_be_answered_says_why(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words, ROOT) == 1
    said = capsys.readouterr()
    assert message in said.err
    assert said.out == ""


def test_a_stack_whose_secrets_pulumi_has_encrypted_has_a_price_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = linked_project(tmp_path, "sealed")
    stack.configure()
    file = stack.root / "stacks" / "Pulumi.sealed.yaml"
    said = yaml.safe_load(file.read_text())
    for key in ("kubeflow:kubeconfig", "kubeflow:registryCredentials"):
        said["config"][key] = {"secure": "v1:of-somebody-else"}
    file.write_text(yaml.safe_dump(said))
    assert main(["sealed"], stack.root) == 0
    shown = capsys.readouterr()
    assert "not priced: nodes and control plane: the cluster is yours" in shown.out
    assert "of-somebody-else" not in shown.out + shown.err


def test_regions_and_spot_are_asked_for_in_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    gpu = ("--set", "cost.usage=none", "--set", "pools[gpu].nodes=1")
    nodes = []
    for spot in ((), ("--spot", "off")):
        words = ["aws-dev", "--json", *gpu, "--region", "us-west-2", *spot]
        assert main(words, ROOT) == 0
        document = json.loads(capsys.readouterr().out)
        assert document["region"] == "us-west-2"
        nodes.append(
            next(
                part["monthlyCost"]["expected"]
                for one in document["resources"]
                for part in one["costComponents"]
                if one["name"] == "gpu" and part["category"] == "nodes"
            )
        )
    assert nodes == [179.87, 383.98]  # 730 hours of a g4dn.xlarge: 0.2464 on spot, 0.526 not


def test_stacks_stand_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "aws-dev", "digitalocean-dev", "--set", "cost.usage=none"], ROOT) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split()[-2:] == ["aws-dev", "digitalocean-dev"]
    assert {"nodes", "total"} <= {row.split()[0] for row in rows}


def test_a_page_and_json_are_what_they_are_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["aws-dev", "--html", *WITHOUT_USE], ROOT) == 0
    assert capsys.readouterr().out.startswith("<!doctype html>")


def test_a_budget_that_only_warns_lets_a_stack_pass(capsys: pytest.CaptureFixture[str]) -> None:
    wishes = ("--set", "budget.monthly=200", "--set", "budget.level=warn")
    assert main(["aws-dev", *WITHOUT_USE, *wishes], ROOT) == 0
    assert capsys.readouterr().err.startswith("warning: budget.monthly: ")


PAST = {
    "version": "1",
    "complete": True,
    "monthly": {"low": 500, "expected": 500, "high": 500},
    "lines": {"NatGateway gone: NAT gateway": {"quantity": 730, "price": 0.05, "monthly": 36.5}},
}


def test_what_stands_is_the_output_of_the_stack_where_one_is_handed_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "last.json"
    file.write_text(json.dumps(PAST))
    words = ["aws-dev", "--against", str(file), *WITHOUT_USE]
    assert main([*words, "--json"], ROOT) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["pastTotalMonthlyCost"] == {"low": 500, "expected": 36.5, "high": 500}
    assert document["diffTotalMonthlyCost"]["expected"] == round(
        document["totalMonthlyCost"]["expected"] - 36.5, 2
    )
    for form, sign in (
        ((), "-$36.50 NatGateway gone"),
        (("--markdown",), "| NatGateway gone: NAT gateway | 36.50 | 0.00 | -$36.50 | +$0.00 |"),
        (("--html",), "Against what stands"),
    ):
        assert main([*words, *form], ROOT) == 0
        assert sign in capsys.readouterr().out
    assert main([*words, "--set", "budget.maxIncrease=10"], ROOT) == 1
    assert "budget.maxIncrease: what stands would cost more by" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file or directory"),
        ("cost: 1", "it is not JSON"),
        ("[]", "it is no output `cost` of version 1"),
        (json.dumps({**PAST, "version": "0"}), "it is no output `cost` of version 1"),
        (json.dumps({**PAST, "monthly": {"low": 1}}), "it is no output `cost` of version 1"),
        (json.dumps({**PAST, "complete": None}), "it is no output `cost` of version 1"),
        (json.dumps({**PAST, "lines": []}), "it is no output `cost` of version 1"),
        (json.dumps({**PAST, "lines": {"a": {"price": 1}}}), "it is no output `cost` of version 1"),
    ],
)
def test_what_is_no_output_is_refused(
    content: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "last.json"
    if content is not None:
        file.write_text(content)
    assert main(["aws-dev", "--against", str(file)], ROOT) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == (
        f"error: --against {file}: {said}; `pulumi stack output cost --json -s STACK` writes one\n"
    )


@pytest.fixture
def _no_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (
        "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "DIGITALOCEAN_ACCESS_TOKEN",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))


@pytest.mark.usefixtures("_no_keys")
def test_without_keys_live_prices_are_missing_and_auto_takes_the_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = linked_project(tmp_path, "priced")
    aws = {"provider": "aws", "region": "us-east-1", "admins": [ADMIN]}
    shown = {}
    for prices in ("snapshot", "auto", "live"):
        stack.configure(cluster=aws, cost={"usage": "none", "prices": prices})
        monkeypatch.setattr("cost.planned.cache_dir", lambda: tmp_path / "cache")
        assert main(["priced"], stack.root) == 0
        shown[prices] = capsys.readouterr().out
    why = "AWS cannot be asked: Unable to locate credentials"
    assert shown["auto"].splitlines()[0] == shown["snapshot"].splitlines()[0]
    assert why in shown["auto"]
    assert "NO PRICE" not in shown["auto"]
    assert f"nodes, m5.xlarge, on demand: {why}" in shown["live"]


@pytest.mark.usefixtures("_no_keys")
def test_a_snapshot_is_not_refreshed_by_half(capsys: pytest.CaptureFixture[str]) -> None:
    prices = ROOT / "cost" / "prices"
    before = {path.name: path.read_text() for path in prices.iterdir()}
    assert main(["refresh-prices"], ROOT) == 1
    assert "Unable to locate credentials; the snapshot is as it was" in capsys.readouterr().err
    assert {path.name: path.read_text() for path in prices.iterdir()} == before
