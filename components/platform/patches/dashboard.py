"""The dashboard's links: to what is installed, and to nothing else. Pure."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from components.platform.patches.model import Json, Patch, Selector
from plan.monitoring import COMPONENT

# Where a link leads -> the components that serve it or that it is about, one of which is enough.
# A link to anywhere else, such as Kubeflow's own site, stays.
LEADS_TO: Mapping[str, tuple[str, ...]] = {
    "/jupyter/": ("notebooks",),
    "/katib/": ("katib",),
    "/kserve-endpoints/": ("kserve",),
    "/model-registry/": ("model-registry",),
    "/pipeline/": ("pipelines",),
    "/tensorboards/": ("notebooks",),
    "/volumes/": ("notebooks",),
    "https://www.kubeflow.org/docs/components/katib/": ("katib",),
    "https://www.kubeflow.org/docs/components/notebooks/": ("notebooks",),
    "https://www.kubeflow.org/docs/components/pipelines/": ("pipelines",),
    "https://www.kubeflow.org/docs/components/training/": ("trainer", "training-operator"),
}
GROUPS = ("menuLinks", "externalLinks", "quickLinks", "documentationItems")
MODEL_REGISTRY = {
    "icon": "assignment",
    "link": "/model-registry/",
    "text": "Model Registry",
    "type": "item",
}

GRAFANA = {
    "icon": "launch",
    "iframe": False,  # it lets nobody frame it
    "link": "/grafana/",
    "text": "Monitoring",
    "type": "item",
}


def dashboard_patches(installed: Collection[str]) -> tuple[Patch, ...]:
    """Links that lead nowhere go, the one that upstream leaves to the reader comes."""
    return (
        Patch(
            name="dashboard-links",
            component="dashboard",
            selector=Selector(
                kind="ConfigMap", namespace="kubeflow", name="(central)?dashboard-config"
            ),
            why="the menu lists all of Kubeflow, installed or not, and never the model registry",
            source="README of upstream's model registry: the menu entry is added by hand",
            change=lambda body: _with_links(body, frozenset(installed)),
            may_hold_already=True,
        ),
    )


def _with_links(body: Json, installed: frozenset[str]) -> Json:
    links = json.loads(body["data"]["links"])
    kept = {**links, **{group: _kept(links[group], installed) for group in GROUPS}}
    menu = kept["menuLinks"]
    if "model-registry" in installed and not any(_leads_to(MODEL_REGISTRY, item) for item in menu):
        kept["menuLinks"] = [*menu, MODEL_REGISTRY]
    external = kept["externalLinks"]
    if COMPONENT in installed and GRAFANA not in external:
        kept["externalLinks"] = [*external, GRAFANA]
    text = json.dumps(kept, indent=4)
    return {**body, "data": {**body["data"], "links": text}}


def _kept(items: list[Any], installed: frozenset[str]) -> list[Any]:
    """The items that lead to something; a section is kept for what is in it."""
    result = []
    for item in items:
        if "items" in item:
            inner = _kept(item["items"], installed)
            result += [{**item, "items": inner}] if inner else []
        elif _is_there(item["link"], installed):
            result.append(item)
    return result


def _is_there(link: str, installed: frozenset[str]) -> bool:
    about = [names for prefix, names in LEADS_TO.items() if link.startswith(prefix)]
    return all(not installed.isdisjoint(names) for names in about)


def _leads_to(wanted: Mapping[str, str], item: Mapping[str, Any]) -> bool:
    return str(item.get("link", "")).startswith(wanted["link"])
