"""What a change costs, told before it is made: by a rehearsal, and by the real engine."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import ROOT, Project

pytestmark = pytest.mark.rehearsal

CLUSTER = {
    "provider": "aws",
    "region": "us-east-1",
    "admins": ["arn:aws:iam::123456789012:role/admin"],
}
SMALL = {"components": ["notebooks"]}
NODE, DISK = (
    "NodeGroup general: nodes, m5.xlarge, on demand",
    "NodeGroup general: root volumes, gp3",
)
RULE = "bill-is-within-budget"
# Says what changes, and leaves what it costs as what stands.
PROGRAM = """
import sys
sys.path.insert(0, {root!r})
from decimal import Decimal
import pulumi
from cost.budget import Budget
from cost.delta import against, as_text
from cost.report import as_output
from records.last import last_cost
from tests.cost.stacks import bill_of, pool
nodes = pulumi.Config().require_int("nodes")
monthly = pulumi.Config().get_float("budget")
limit = Decimal(str(monthly)) if monthly else None
bill = bill_of(pool("general", ["m5.xlarge"], (nodes, nodes, nodes)))
cost = as_output(bill, Budget(monthly=limit, scenario="expected"))
delta = against(last_cost(), cost)
pulumi.log.info(as_text(delta) if delta else "nothing stands")
pulumi.export("cost", cost)
"""


def settings(nodes: int) -> dict[str, Any]:
    pools = [{"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": nodes}]
    return {"cluster": CLUSTER, "kubeflow": SMALL, "pools": pools, "cost": {"usage": "none"}}


def words(output: str) -> str:
    return " ".join(output.split())


def test_a_preview_tells_what_one_node_more_costs_and_up_makes_it_what_stands(
    project: Project,
) -> None:
    project.configure(**settings(3))
    first = words(project.succeed("preview"))
    assert "by changed resources" not in first, "nothing stands yet"
    project.succeed("up")
    assert "cost: unchanged" in words(project.succeed("preview"))

    project.configure(**settings(4))
    told = words(project.succeed("preview"))
    assert "a month expected, +$148.16 by changed resources, +$0.00 by changed prices" in told
    assert f"+$140.16 {NODE}" in told
    assert f"+$8.00 {DISK}" in told

    asked = subprocess.run(
        [sys.executable, "-m", "cost", project.stack, "--json"],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=True,
    )
    document = json.loads(asked.stdout)
    assert document["diffTotalMonthlyCost"]["expected"] == 148.16
    assert {line["name"] for line in document["diff"]["lines"]} == {NODE, DISK}

    project.succeed("up")
    assert "cost: unchanged" in words(project.succeed("preview"))
    project.succeed("destroy")
    assert "by changed resources" not in words(project.succeed("preview")), "nothing stands again"


@dataclass(frozen=True)
class Engine:
    """The real one, on a program of its own that makes nothing."""

    folder: Path

    def run(self, *asked: str) -> subprocess.CompletedProcess[str]:
        """A command of `pulumi`, to its end."""
        environment = {
            **os.environ,
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_BACKEND_URL": (self.folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "of this test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        return subprocess.run(
            ["pulumi", *asked, "--non-interactive"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )

    def succeed(self, *asked: str) -> str:
        """One that must succeed; its words."""
        done = self.run(*asked)
        assert done.returncode == 0, done.stdout + done.stderr
        return words(done.stdout)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    if shutil.which("pulumi") is None:
        pytest.skip("`pulumi` is not on PATH: the real engine was not tried")
    (tmp_path / "__main__.py").write_text(PROGRAM.format(root=str(ROOT)))
    runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
    (tmp_path / "Pulumi.yaml").write_text(json.dumps({"name": "priced", "runtime": runtime}))
    (tmp_path / "state").mkdir()
    made = Engine(tmp_path)
    made.succeed("stack", "init", "priced")
    made.succeed("config", "set", "nodes", "3")
    return made


def test_the_real_engine_tells_a_program_what_its_own_last_up_cost(engine: Engine) -> None:
    assert "nothing stands" in engine.succeed("preview")
    assert "nothing stands" in engine.succeed("up", "--yes", "--skip-preview")
    assert "cost: unchanged" in engine.succeed("preview")
    engine.succeed("config", "set", "nodes", "4")
    for command in (("preview",), ("up", "--yes", "--skip-preview")):
        told = engine.succeed(*command)
        assert "+$148.16 by changed resources, +$0.00 by changed prices" in told
        assert f"+$140.16 {NODE}" in told
    assert "cost: unchanged" in engine.succeed("preview")


@pytest.mark.skipif(
    not (ROOT / ".venv" / "policies").exists(),
    reason="the policy pack has no environment (docs/policies.md): the pack was not tried",
)
def test_the_policy_pack_blocks_a_bill_beyond_the_stacks_budget_and_beyond_its_owners(
    engine: Engine,
) -> None:
    """444.48 it costs."""
    pack = ("preview", "--policy-pack", str(ROOT / "policies"))
    limits = engine.folder / "limits.json"
    configured = (*pack, "--policy-pack-config", str(limits))

    def blocks(*asked: str) -> bool:
        done = engine.run(*asked)
        found = re.search(r"\[mandatory\].* bill-is-within-budget", done.stdout)
        assert (done.returncode != 0) == bool(found), done.stdout + done.stderr
        return bool(found)

    assert not blocks(*pack)
    limits.write_text(json.dumps({RULE: {"enforcementLevel": "mandatory", "monthly": 444.48}}))
    assert not blocks(*configured)
    limits.write_text(json.dumps({RULE: {"enforcementLevel": "mandatory", "monthly": 444.47}}))
    assert blocks(*configured)

    engine.succeed("config", "set", "budget", "444.47")
    assert blocks(*pack)
    assert blocks(*pack, "--policy-pack-config", str(ROOT / "policies" / "dev.json"))
