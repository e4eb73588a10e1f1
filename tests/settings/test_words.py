"""Whatever is said wrongly, and wherever, is answered in the project's own words."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings.load import read_settings
from settings.mistakes import SettingsError
from tests.shipped import filled_in

STACKS = Path(__file__).parent.parent.parent / "stacks"
WRONG: tuple[Any, ...] = ("", "x" * 99, "3", "_", -1, 3, 3.5, 10**6, True, [], ["_"], {}, {"a": 1})
PYDANTICS = re.compile(r"\b(Input|String|List|Dictionary|Value|Unable|Assertion) |validation")


def places(value: Any) -> Iterator[tuple[Any, ...]]:
    """Every place in a value, outermost first, as the keys that lead there."""
    yield ()
    inner = value.items() if isinstance(value, dict) else []
    for key, one in enumerate(value) if isinstance(value, list) else inner:
        yield from ((key, *rest) for rest in places(one))


def changed(settings: dict[str, Any], place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    result = copy.deepcopy(settings)
    around: Any = result
    for key in place[:-1]:
        around = around[key]
    around[place[-1]] = value
    return result


def answers(settings: dict[str, Any]) -> Iterator[str]:
    """What is said of every wrong value at every place of an example."""
    for place in places(settings):
        for value in WRONG:
            try:
                read_settings("x", json.dumps(changed(settings, place, value)))
            except SettingsError as error:
                yield from str(error).splitlines()[1:]


@pytest.mark.parametrize("path", sorted(STACKS.glob("Pulumi.README*.yaml")), ids=lambda p: p.name)
def test_no_answer_is_in_the_librarys_words(path: Path) -> None:
    settings = yaml.safe_load(filled_in(path.read_text()))["config"]["kubeflow:settings"]
    found = set(answers(settings))
    assert len(found) > 100
    assert [line for line in sorted(found) if PYDANTICS.search(line)] == []


@pytest.mark.parametrize("path", sorted(STACKS.glob("Pulumi.README*.yaml")), ids=lambda p: p.name)
def test_every_answer_names_a_place_of_the_file(path: Path) -> None:
    settings = yaml.safe_load(filled_in(path.read_text()))["config"]["kubeflow:settings"]
    odd = [one for one in answers(settings) if not re.match(r"  [\w.\[\]/-]+: ", one)]
    assert odd == []
