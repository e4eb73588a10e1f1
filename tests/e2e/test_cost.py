"""What a change costs, told before it is made: by a rehearsal, and by the real engine."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import ROOT, Project

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
# Prints what stands, and leaves one node more or less standing.
PROGRAM = """
import sys
sys.path.insert(0, {root!r})
import pulumi
from cost.delta import against, as_text
from cost.report import as_output
from records.last import last_cost
from tests.cost.stacks import bill_of, pool
nodes = pulumi.Config().require_int("nodes")
cost = as_output(bill_of(pool("general", ["m5.xlarge"], (nodes, nodes, nodes))))
delta = against(last_cost(), cost)
pulumi.log.info(as_text(delta) if delta else "nothing stands")
pulumi.export("cost", cost)
"""


def settings(nodes: int) -> dict[str, Any]:
    pools = [{"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": nodes}]
    return {"cluster": CLUSTER, "kubeflow": SMALL, "pools": pools, "cost": {"usage": "none"}}


def words(output: str) -> str:
    return " ".join(output.split())


@pytest.mark.rehearsal
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
    assert document["diffTotalMonthlyCost"] == 148.16
    assert {line["name"] for line in document["diff"]["lines"]} == {NODE, DISK}

    project.succeed("up")
    assert "cost: unchanged" in words(project.succeed("preview"))
    project.succeed("destroy")
    assert "by changed resources" not in words(project.succeed("preview")), "nothing stands again"


@pytest.mark.skipif(
    shutil.which("pulumi") is None,
    reason="`pulumi` is not on PATH: the real engine was not tried",
)
def test_the_real_engine_tells_a_program_what_its_own_last_up_cost(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(PROGRAM.format(root=str(ROOT)))
    runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
    (tmp_path / "Pulumi.yaml").write_text(json.dumps({"name": "priced", "runtime": runtime}))
    (tmp_path / "state").mkdir()
    environment = {
        **os.environ,
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": (tmp_path / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "of this test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }

    def pulumi(*asked: str) -> str:
        done = subprocess.run(
            ["pulumi", *asked, "--non-interactive"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return words(done.stdout)

    pulumi("stack", "init", "priced")
    pulumi("config", "set", "nodes", "3")
    assert "nothing stands" in pulumi("preview")
    assert "nothing stands" in pulumi("up", "--yes", "--skip-preview")
    assert "cost: unchanged" in pulumi("preview")
    pulumi("config", "set", "nodes", "4")
    for command in (("preview",), ("up", "--yes", "--skip-preview")):
        told = pulumi(*command)
        assert "+$148.16 by changed resources, +$0.00 by changed prices" in told
        assert f"+$140.16 {NODE}" in told
    assert "cost: unchanged" in pulumi("preview")
