"""Whether a webhook is asked about what is being created, as the API server decides it. Pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple

POD = "pods"
Labels = Mapping[str, str]


class Asked(NamedTuple):
    """One object on its way in; `place` is its namespace's labels, None when it has none."""

    group: str
    version: str
    plural: str
    labels: Labels
    place: Labels | None


def judges(hook: Mapping[str, Any], asked: Asked) -> bool:
    """Whether it is asked, and creating fails without its answer. CEL is taken to hold."""
    return (
        hook.get("failurePolicy") != "Ignore"
        and any(_names(rule, asked, hook) for rule in hook.get("rules") or ())
        and _chosen(hook.get("objectSelector") or {}, asked.labels)
        and (asked.place is None or _chosen(hook.get("namespaceSelector") or {}, asked.place))
    )


def plural(kind: str) -> str:
    """The resource of a built-in kind."""
    name = kind.lower()
    if name.endswith("y"):
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith("s") else f"{name}s"


def _names(rule: Mapping[str, Any], asked: Asked, hook: Mapping[str, Any]) -> bool:
    def says(field: str, value: str) -> bool:
        return value in rule[field] or "*" in rule[field]

    scope = "Cluster" if asked.place is None else "Namespaced"
    return (
        says("operations", "CREATE")
        and says("apiGroups", asked.group)
        and (hook.get("matchPolicy") != "Exact" or says("apiVersions", asked.version))
        and (says("resources", asked.plural) or "*/*" in rule["resources"])
        and (rule.get("scope", "*") in ("*", scope) or asked.plural == "namespaces")
    )


def _chosen(selector: Mapping[str, Any], labels: Labels) -> bool:
    for name, value in (selector.get("matchLabels") or {}).items():
        if labels.get(name) != value:
            return False
    for wish in selector.get("matchExpressions") or ():
        has, wanted = wish["key"] in labels, wish["operator"] in ("In", "Exists")
        if "values" in wish:
            has = labels.get(wish["key"]) in wish["values"]
        if has is not wanted:
            return False
    return True
