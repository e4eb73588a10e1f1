"""The dashboard shows what is installed: every link that stays is served, every other is gone."""

import json
from dataclasses import replace
from typing import Any

import pytest

from components.platform.patches.dashboard import GRAFANA, GROUPS, LEADS_TO, dashboard_patches
from components.platform.patches.model import apply_patches
from plan.components import choose
from upstream.model import Release
from upstream.pins import release_map


def shown(release: Release, *asked: str) -> dict[str, Any]:
    """The links of a dashboard with `asked` and what that needs."""
    names = choose(asked, "Serverless", release_map(release.name)).components
    some = replace(release, components={n: release.components[n] for n in names})
    patched = apply_patches(some.objects, dashboard_patches(names))
    (body,) = [o.body for o in patched if o.kind == "ConfigMap" and "links" in o.body["data"]]
    return dict(json.loads(body["data"]["links"]))


def leaves(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        leaf for item in items for leaf in (leaves(item["items"]) if "items" in item else [item])
    ]


def links(shown: dict[str, Any], group: str) -> list[str]:
    return [item["link"] for item in leaves(shown[group])]


def test_every_link_into_the_cluster_is_known_by_who_serves_it(release: Release) -> None:
    every = shown(release, *_names(release))
    inner = [link for group in GROUPS for link in links(every, group) if link.startswith("/")]
    inner.remove(str(GRAFANA["link"]))  # its route is ours: test_monitoring.py
    assert len(inner) == 15
    for link in inner:
        (names,) = [names for prefix, names in LEADS_TO.items() if link.startswith(prefix)]
        served = [
            match["uri"]["prefix"]
            for name in names
            for obj in release.components[name]
            if obj.kind == "VirtualService"
            for route in obj.body["spec"]["http"]
            for match in route.get("match", ())
        ]
        assert any(link.startswith(prefix) for prefix in served), link


def test_with_everything_installed_the_model_registry_and_grafana_come_to_it(
    release: Release,
) -> None:
    every = shown(release, *_names(release))
    (upstream,) = [
        json.loads(o.body["data"]["links"])
        for o in release.objects
        if o.kind == "ConfigMap" and "links" in o.body.get("data", {})
    ]
    *menu, last = every["menuLinks"]
    assert {**every, "menuLinks": menu, "externalLinks": []} == upstream
    assert every["externalLinks"] == [GRAFANA]
    assert last["link"] == "/model-registry/"


def test_a_dashboard_alone_leads_nowhere_but_to_kubeflow_itself(release: Release) -> None:
    alone = shown(release, "dashboard")
    assert {group: links(alone, group) for group in GROUPS} == {
        "menuLinks": [],
        "externalLinks": [],
        "quickLinks": [],
        "documentationItems": ["https://www.kubeflow.org/"],
    }
    assert alone["menuLinks"] == [], "an empty section is a menu that opens on nothing"


def test_pipelines_bring_their_section_and_quick_links(release: Release) -> None:
    pipelines = shown(release, "pipelines")
    (section,) = pipelines["menuLinks"]
    assert len(section["items"]) == 6
    assert links(pipelines, "quickLinks") == ["/pipeline/#/pipelines", "/pipeline/#/runs"]


@pytest.mark.parametrize("operator", ["trainer", "training-operator"])
def test_either_training_operator_keeps_its_documentation(release: Release, operator: str) -> None:
    training = links(shown(release, "dashboard", operator), "documentationItems")
    assert training[1:] == ["https://www.kubeflow.org/docs/components/training/"]


def test_a_registry_link_of_upstreams_own_is_not_doubled(release: Release) -> None:
    names = tuple(_names(release))
    once = apply_patches(release.objects, dashboard_patches(names))
    assert apply_patches(once, dashboard_patches(names)) == once


def _names(release: Release) -> list[str]:
    return list(release.components)
