"""Where nodes are full the platform's pods go first, and no team can say that it is one."""

from components.platform.patches.priority import OPERATED
from plan.priority import NOT_FOR_TEAMS, PLATFORM_PRIORITY, PLATFORM_VALUE
from tests.components.test_teams import objects, team
from upstream.inventory import pod_template
from upstream.model import Obj, Release

SYSTEM = 2_000_000_000  # of Kubernetes' own classes
KUBERNETES = {"system-node-critical", "system-cluster-critical"}


def class_of(obj: Obj) -> str | None:
    template = pod_template(obj)
    said = obj.body["spec"] if template is None else template["spec"]
    name: str | None = said.get("priorityClassName")
    return name


def test_every_pod_of_the_platform_goes_before_those_of_teams(patched: tuple[Obj, ...]) -> None:
    workloads = [obj for obj in patched if pod_template(obj) or obj.kind in OPERATED]
    assert len(workloads) > 50
    assert {class_of(obj) for obj in workloads} == {
        PLATFORM_PRIORITY,
        "workflow-controller",
        "system-node-critical",
        "system-cluster-critical",
    }
    values = {obj.name: obj.body["value"] for obj in patched if obj.kind == "PriorityClass"}
    assert values.keys() == {PLATFORM_PRIORITY, "workflow-controller"}
    assert all(0 < value < SYSTEM for value in values.values())
    assert values[PLATFORM_PRIORITY] == PLATFORM_VALUE
    assert not [obj for obj in patched if obj.body.get("globalDefault")], "teams' pods have 0"


def test_what_upstream_puts_first_stays_so(release: Release, patched: tuple[Obj, ...]) -> None:
    before = {
        obj.key: own for obj in release.objects if pod_template(obj) and (own := class_of(obj))
    }
    assert before
    after = {obj.key: class_of(obj) for obj in patched if obj.key in before}
    assert after == before


def test_no_pod_of_a_team_may_be_of_a_class_of_the_platforms(patched: tuple[Obj, ...]) -> None:
    used = {class_of(obj) for obj in patched if pod_template(obj) or obj.kind in OPERATED}
    for one in (team(), team(quota=None)):
        spec = objects(one)["ResourceQuota no-platform-priority"]["spec"]
        (scope,) = spec["scopeSelector"]["matchExpressions"]
        assert spec["hard"] == {"pods": "0"}
        assert set(scope["values"]) == set(NOT_FOR_TEAMS) >= used | KUBERNETES
