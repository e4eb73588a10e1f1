"""The settings as JSON Schema, so that an editor completes and explains them. Pure."""

from collections.abc import Mapping
from typing import Any

from settings.keys import SETTINGS
from settings.model import Settings

Schema = dict[str, Any]
# Said by each key itself, or only to programs.
LEFT_OUT = frozenset({"title", "$defs", "discriminator"})


def stack_schema(meanings: Mapping[str, str]) -> Schema:
    """The schema of a stack file; `meanings` are README's, by key such as `pools[].nodes`."""
    whole = Settings.model_json_schema(by_alias=True)
    settings = _inlined(whole, whole.get("$defs", {}), meanings, "")
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A stack of kubeflow-stack",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "type": "object",
                "required": [SETTINGS],
                "properties": {SETTINGS: settings},
            }
        },
    }


def _inlined(
    node: Schema, defs: Mapping[str, Schema], meanings: Mapping[str, str], path: str
) -> Schema:
    """The node with every reference written out: each key is explained in its own place."""
    if "$ref" in node:
        target = defs[node["$ref"].rpartition("/")[2]]
        beside = {key: value for key, value in node.items() if key != "$ref"}
        return _inlined({**target, **beside}, defs, meanings, path)
    found: Schema = {}
    for key, value in node.items():
        match key:
            case "properties":
                before = f"{path}." if path else ""
                found[key] = {
                    name: _inlined(inner, defs, meanings, f"{before}{name}")
                    for name, inner in value.items()
                }
            case "items":
                found[key] = _inlined(value, defs, meanings, f"{path}[]")
            case "anyOf" | "oneOf":
                # The key is explained, and not each form that it may have.
                others = {place: words for place, words in meanings.items() if place != path}
                found[key] = [_inlined(one, defs, others, path) for one in value]
            case "default" if value is None or isinstance(value, dict | list):
                continue  # what a section or nothing is by default, its keys say
            case _ if key not in LEFT_OUT:
                found[key] = value
    if path in meanings:
        found["description"] = meanings[path]
    return found
