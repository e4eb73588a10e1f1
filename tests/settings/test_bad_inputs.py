"""Each of the 56 is refused in words; a mangled file never ends in a traceback."""

import ast
import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from plan.build import make_plan
from settings.load import read_settings
from settings.mistakes import SettingsError
from settings.placeholders import EXAMPLES
from tests.settings.bad_inputs import ELSEWHERE, IMPOSSIBLE, ON_AWS, REFUSED, Refused
from tests.settings.test_settings import GOOD
from tests.shipped import filled_in

ROOT = Path(__file__).parent.parent.parent
Json = dict[str, Any]


def merged(base: Json, said: Json) -> Json:
    """`base` with what is said over it, block by block."""
    whole = copy.deepcopy(base)
    for key, value in said.items():
        is_block = isinstance(value, dict) and isinstance(whole.get(key), dict)
        whole[key] = merged(whole[key], value) if is_block else value
    return whole


def refusal(said: Json, stack: str = "sandbox") -> str:
    with pytest.raises(SettingsError) as caught:
        make_plan(read_settings(stack, json.dumps(said)), stack)
    return str(caught.value)


def test_every_number_is_answered() -> None:
    answered = {one.number for one in (*REFUSED, *ELSEWHERE, *IMPOSSIBLE)}
    assert answered == set(range(1, 57))
    assert all(one.why for one in IMPOSSIBLE)


@pytest.mark.parametrize("bad", REFUSED, ids=lambda bad: f"{bad.number}")
def test_a_bad_input_is_refused_in_words(bad: Refused) -> None:
    assert bad.words in refusal(merged(bad.base, bad.said))


@pytest.mark.parametrize("one", ELSEWHERE, ids=lambda one: f"{one.number}")
def test_what_is_shown_elsewhere_is_there(one: Any) -> None:
    file, _, name = one.test.partition("::")
    tree = ast.parse((ROOT / "tests" / file).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("stack", ["my stack", "-a", "a-", "a.b", "x" * 64, ""])
def test_a_stack_has_a_name_that_a_cluster_can_have(stack: str) -> None:
    assert "1 to 63 letters, digits and hyphens" in refusal(GOOD, stack)


@pytest.mark.parametrize("stack", ["a", "README-aws", "x" * 63])
def test_such_names_there_are(stack: str) -> None:
    assert make_plan(read_settings(stack, json.dumps(GOOD)), stack).stack == stack


@pytest.mark.parametrize(
    "text", ["arn:aws:iam::123456789012:role/CHANGEME", "arn:aws:iam::123456789012:role/change-me"]
)
def test_a_placeholder_is_refused_where_its_form_is_right(text: str) -> None:
    assert refusal(merged(ON_AWS, {"cluster": {"admins": [text]}})) == (
        "stack sandbox: the settings have 1 mistake\n"
        f"  cluster.admins[0]: {text!r} is a placeholder; say what is yours"
    )


def test_a_placeholder_comes_with_the_other_mistakes_and_once() -> None:
    said = merged(
        GOOD,
        {
            "environment": "prd",
            "pools": [{**GOOD["pools"][0], "labels": {"owner": "<your team>"}}],
            "ingress": {"auth": {"adminEmail": "user@example.com"}},
        },
    )
    first, *lines = refusal(said).splitlines()
    assert first == "stack sandbox: the settings have 3 mistakes"
    assert [line.split(":")[0].strip() for line in lines] == [
        "environment",
        "ingress.auth.adminEmail",
        "pools[0].labels.owner",
    ]


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_copy_of_what_is_shipped_is_refused_until_it_is_filled_in(name: str) -> None:
    text = (ROOT / "stacks" / f"Pulumi.{name}.yaml").read_text()
    shipped = yaml.safe_load(text)["config"]["kubeflow:settings"]
    assert make_plan(read_settings(name, json.dumps(shipped)), name), "it is read as it is"
    assert (
        "  ingress.auth.adminEmail: 'you@your-domain.test' is a placeholder; say what is yours"
        in refusal(shipped, "mine").splitlines()
    )
    filled = yaml.safe_load(filled_in(text))["config"]["kubeflow:settings"]
    assert make_plan(read_settings("mine", json.dumps(filled)), "mine")


def test_who_patches_upstream_may_say_upstreams_words() -> None:
    patch = {
        "target": {"kind": "ConfigMap", "name": "dex"},
        "why": "ours instead of user@example.com",
        "strategicMerge": {"data": {"was": "user@example.com"}},
    }
    assert read_settings("s", json.dumps({**GOOD, "kubeflow": {"patches": [patch]}}))


TEN_LINES = """\
environment: prod
cluster:
  provider: aws
  region: eu-west-1
  accountId: "123456789012"
  admins: ["arn:aws:iam::123456789012:role/platform-admin"]
ingress:
  domain: ml.corp.test
  auth:
    adminEmail: ada@corp.test
"""


def test_a_platform_with_tls_needs_ten_lines() -> None:
    assert len(TEN_LINES.splitlines()) <= 10
    plan = make_plan(read_settings("ten", json.dumps(yaml.safe_load(TEN_LINES))), "ten")
    assert plan.ingress is not None
    assert plan.ingress.url == "https://ml.corp.test"
    assert plan.ingress.tls is not None


SAMPLES: list[Json] = [
    yaml.safe_load(filled_in(path.read_text()))["config"]["kubeflow:settings"]
    for path in sorted((ROOT / "stacks").glob("Pulumi.*.yaml"))
]
ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from([[], {}, [None], {"a": 1}, "1e3", "10.0.0.0/8", "1.35", -1, "é", "\0"]),
)


def places(said: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in settings, blocks and lists included."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(said, dict):
        inner = list(said.items())
    elif isinstance(said, list):
        inner = list(enumerate(said))
    return [place for key, value in inner for place in ((*at, key), *places(value, (*at, key)))]


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_a_mangled_file_is_read_or_refused_in_words(data: st.DataObject) -> None:
    said = copy.deepcopy(data.draw(st.sampled_from(SAMPLES)))
    for _ in range(data.draw(st.integers(1, 3))):
        *above, last = data.draw(st.sampled_from(places(said) or [("environment",)]))
        holder: Any = said
        for key in above:
            holder = holder[key]
        match data.draw(st.sampled_from(("other", "gone", "more"))):
            case "gone":
                del holder[last]
            case "more" if isinstance(holder, dict):
                holder[data.draw(st.text(max_size=8))] = copy.deepcopy(data.draw(ODD))
            case _:
                holder[last] = copy.deepcopy(data.draw(ODD))
    try:
        make_plan(read_settings("mangled", json.dumps(said)), "mangled")
    except SettingsError as error:
        lines = str(error).splitlines()
        assert lines[0].startswith("stack mangled: ")
        assert lines[1:] or "kubeflow:settings is" in lines[0]
