"""The wave of everything that is exported."""

from ops.export.waves import waves
from rehearsal.engine.goal import Goal

OBJECT, PROBE = "kubernetes:core/v1:ConfigMap", "pulumi-python:dynamic/kubeflow:WebhookProbe"
CRDS = "pulumi-python:dynamic/kubeflow:Crds"


def goal(urn: str, *needs: str, kind: str = OBJECT) -> Goal:
    return Goal(
        urn=urn,
        type=kind,
        name=urn,
        parent="",
        is_custom=True,
        provider="",
        inputs={},
        secrets=frozenset(),
        unknown=frozenset(),
        dependencies=needs,
        retains_on_delete=False,
    )


def found(*goals: Goal) -> dict[str, int]:
    return waves({one.urn: one for one in goals})


def test_an_object_comes_one_wave_after_the_last_that_it_waits_for() -> None:
    assert found(goal("c", "a", "b"), goal("b", "a"), goal("a")) == {"a": 0, "b": 1, "c": 2}


def test_crds_are_a_wave_of_their_own() -> None:
    assert found(goal("crds", kind=CRDS), goal("a", "crds")) == {"crds": 0, "a": 1}


def test_what_is_not_exported_takes_no_wave_and_passes_on_what_it_waits_for() -> None:
    assert found(goal("hook"), goal("probe", "hook", kind=PROBE), goal("judged", "probe")) == {
        "hook": 0,
        "judged": 1,
    }


def test_a_dependency_that_the_stack_does_not_have_is_no_wave() -> None:
    assert found(goal("a", "of another stack")) == {"a": 0}
