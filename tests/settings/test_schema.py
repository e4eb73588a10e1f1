"""What an editor says of a stack file is what the program says of it."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from ops.schema import SCHEMA, schema_text, settings_table
from settings.load import read_settings
from settings.mistakes import SettingsError
from tests.shipped import filled_in

ROOT = Path(__file__).parent.parent.parent
STACKS = sorted((ROOT / "stacks").glob("Pulumi.*.yaml"))
VALIDATOR = Draft7Validator(json.loads((ROOT / SCHEMA).read_text()))
HINT = "# yaml-language-server: $schema=settings.schema.json"
KEY = "kubeflow:settings"
WRONG: tuple[Any, ...] = ("", "no such thing", -1, 10**6, 1.5, True, [], ["x"], {})


def loaded(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(filled_in(path.read_text()))
    return found


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every block and every single value."""
    yield way
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(one, (*way, key))


def changed(stack: dict[str, Any], way: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The stack file with another value at one place of its settings."""
    copied = copy.deepcopy(stack)
    at = copied["config"]
    for key in (KEY, *way)[:-1]:
        at = at[key]
    at[(KEY, *way)[-1]] = value
    return copied


def test_the_file_is_what_the_models_and_readme_make() -> None:
    assert (ROOT / SCHEMA).read_text() == schema_text(ROOT), "run python -m ops schema"


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.name)
def test_every_stack_names_its_schema_and_keeps_to_it(path: Path) -> None:
    assert path.read_text().splitlines()[0] == HINT
    assert [error.message for error in VALIDATOR.iter_errors(loaded(path))] == []


def is_refused(stack: dict[str, Any]) -> bool:
    try:
        read_settings("dev", json.dumps(stack["config"][KEY]))
    except SettingsError:
        return True
    return False


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.name)
def test_a_key_that_nobody_knows_is_refused_in_every_block(path: Path) -> None:
    stack = loaded(path)
    blocks = 0
    for way in places(stack["config"][KEY]):
        wrong = changed(stack, (*way, "unheardOf"), 1) if is_block(stack, way) else None
        if wrong and is_refused(wrong):  # not in labels and the like, where any key goes
            blocks += 1
            assert not VALIDATOR.is_valid(wrong), way
    assert blocks >= 3


def is_block(stack: dict[str, Any], way: tuple[Any, ...]) -> bool:
    at = stack["config"]
    for key in (KEY, *way):
        at = at[key]
    return isinstance(at, dict)


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.name)
def test_what_the_schema_refuses_the_program_refuses(path: Path) -> None:
    stack = loaded(path)
    judged = 0
    for way in places(stack["config"][KEY]):
        for value in WRONG:
            wrong = changed(stack, way, value)
            if not VALIDATOR.is_valid(wrong):
                judged += 1
                assert is_refused(wrong), (way, value)
    assert judged > 50


def test_each_key_is_explained_in_readmes_words() -> None:
    schema = json.loads((ROOT / SCHEMA).read_text())
    settings = schema["properties"]["config"]["properties"][KEY]["properties"]
    nodes = settings["pools"]["items"]["properties"]["nodes"]
    assert nodes["description"] == "at the start"
    assert nodes["maximum"] == 100
    email = settings["ingress"]["properties"]["auth"]["properties"]["adminEmail"]
    assert email["patternErrorMessage"] == "an address like ada@your-domain.test"
    providers = [one["properties"]["provider"] for one in settings["cluster"]["oneOf"]]
    assert len({one["description"] for one in providers}) == 1


def test_a_cell_with_several_keys_explains_each() -> None:
    readme = "## Settings\n| `a.b`, `c` | 3 | what [it](docs/x.md) is |\n| `d` | *needed* | e |\n"
    said = "what it is (default: 3)"
    assert settings_table(readme) == {"a.b": said, "a.c": said, "d": "e"}
