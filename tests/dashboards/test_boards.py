"""Every dashboard is one that Grafana can show, and every query one that Prometheus can answer."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.platform.patches.monitoring import SHOWN_LABELS
from dashboards.boards import BOARDS, Shown, dashboards
from plan.monitoring import Watched
from tests.promtool import ask
from upstream.pins import known_releases, release_map

EVERYTHING = Shown(
    components=[one for name in known_releases() for one in release_map(name).components],
    has_gpus=True,
    watched=Watched(has_autoscaler=True, is_priced=True, has_budget=True),
)
BARE = Shown(components=[], has_gpus=False, watched=Watched())
COLUMNS = 24
Json = dict[str, Any]


def boards() -> dict[str, Json]:
    return {name: json.loads(text) for name, text in dashboards(EVERYTHING).items()}


def queries() -> Iterator[tuple[str, str]]:
    """Where each query stands, and what it asks."""
    for name, board in boards().items():
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield f"{name}: {panel['title']}, {target['refId']}", target["expr"]


def test_promtool_takes_every_query(tmp_path: Path) -> None:
    asked = [expr for _, expr in queries()]
    assert len(asked) > 60
    rules = [{"record": f"panel:{n}", "expr": expr} for n, expr in enumerate(asked)]
    path = tmp_path / "queries.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    assert f"SUCCESS: {len(asked)} rules found" in ask("check", "rules", path.name, at=tmp_path)


def test_a_stack_shows_what_it_has() -> None:
    every = [board.name for board in BOARDS]
    assert list(boards()) == every
    assert list(dashboards(BARE)) == ["overview", "control-plane", "teams", "training"]
    assert "gpu" in dashboards(replace(BARE, has_gpus=True))
    assert "money" in dashboards(replace(BARE, watched=Watched(is_priced=True)))


def test_money_tells_of_a_budget_and_of_gpus_where_they_are() -> None:
    priced = replace(BARE, watched=Watched(is_priced=True))
    with_budget, with_gpus = (
        replace(BARE, watched=Watched(is_priced=True, has_budget=True)),
        replace(priced, has_gpus=True),
    )
    found = [dashboards(one)["money"] for one in (priced, with_budget, with_gpus)]
    assert ["budget" in one for one in found] == [False, True, False]
    assert ["DCGM" in one for one in found] == [False, False, True]


@pytest.mark.parametrize(
    ("component", "metric"),
    [
        ("trainer", "jobset_"),
        ("training-operator", "training_operator_"),
        ("katib", "katib_"),
        ("spark", "spark_"),
    ],
)
def test_training_shows_only_what_is_installed(component: str, metric: str) -> None:
    asked = json.loads(dashboards(replace(BARE, components=[component]))["training"])["panels"]
    others = {"jobset_", "training_operator_", "katib_", "spark_"} - {metric}
    exprs = "".join(target["expr"] for panel in asked for target in panel["targets"])
    assert metric in exprs
    assert [one for one in others if one in exprs] == []


@pytest.mark.parametrize("name", [board.name for board in BOARDS])
def test_a_dashboard_is_of_this_platform_and_asks_whichever_prometheus_it_is_given(
    name: str,
) -> None:
    board = boards()[name]
    assert (board["uid"], board["tags"]) == (f"kubeflow-{name}", ["kubeflow"])
    assert board["editable"] is False
    (source,) = board["templating"]["list"]
    assert (source["type"], source["query"]) == ("datasource", "prometheus")
    theirs = {"type": "prometheus", "uid": f"${{{source['name']}}}"}
    for panel in board["panels"]:
        assert panel["description"], panel["title"]
        assert panel["datasource"] == theirs
        assert all(target["datasource"] == theirs for target in panel["targets"])
    assert [panel["id"] for panel in board["panels"]] == list(range(1, len(board["panels"]) + 1))


@pytest.mark.parametrize("name", [board.name for board in BOARDS])
def test_no_panel_covers_another_or_leaves_the_page(name: str) -> None:
    places = [panel["gridPos"] for panel in boards()[name]["panels"]]
    assert all(place["x"] + place["w"] <= COLUMNS for place in places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below, (one, other)


def test_labels_of_kubernetes_that_are_asked_for_are_shown() -> None:
    asked = {
        label for _, expr in queries() for label in re.findall(r"\blabel_(?!replace)(\w+)", expr)
    }
    shown = {re.sub(r"\W", "_", label) for label in SHOWN_LABELS.values()}
    assert asked <= shown
