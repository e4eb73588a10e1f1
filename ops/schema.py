"""`stacks/settings.schema.json`: what editors know of the settings, in README's words."""

import json
import re
from pathlib import Path

from settings.schema import stack_schema

SCHEMA = Path("stacks") / "settings.schema.json"
ROW = re.compile(r"^\| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)
NAME = re.compile(r"`([^`]*)`")
LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")
NEEDED = "*needed*"


def write_schema(root: Path) -> Path:
    """Write it anew from the models and README; gives its place below `root`."""
    (root / SCHEMA).write_text(schema_text(root), encoding="utf-8")
    return SCHEMA


def schema_text(root: Path) -> str:
    """What the file has to hold."""
    meanings = settings_table((root / "README.md").read_text(encoding="utf-8"))
    return json.dumps(stack_schema(meanings), indent=1, ensure_ascii=False) + "\n"


def settings_table(readme: str) -> dict[str, str]:
    """README's settings table: by key, such as `pools[].nodes`, what it means and its default.

    In a cell with several keys those after the first are named by their last part.
    """
    section = readme.partition("## Settings")[2].partition("\n## ")[0]
    found = {}
    for keys, default, meaning in ROW.findall(section):
        names = NAME.findall(keys)
        if not names:
            continue
        said = f"{meaning} (default: {default})" if NEEDED not in default else meaning
        parent = names[0].rpartition(".")[0]
        for name in (names[0], *(f"{parent}.{name}" for name in names[1:])):
            found[name] = LINK.sub(r"\1", said)
    return found
