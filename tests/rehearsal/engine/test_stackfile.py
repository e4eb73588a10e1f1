"""A stack file means the same to both engines, or is refused."""

from pathlib import Path

import pytest

from rehearsal.engine.stackfile import load_stack
from rehearsal.errors import RehearsalError


def project(root: Path, stack: str) -> Path:
    (root / "stacks").mkdir()
    (root / "Pulumi.yaml").write_text("name: kubeflow\nruntime: python\nstackConfigDir: stacks\n")
    (root / "stacks" / "Pulumi.dev.yaml").write_text(stack)
    return root


def test_structured_values_become_json_as_pulumi_hands_them_on(tmp_path: Path) -> None:
    stack = load_stack(
        project(
            tmp_path,
            "config:\n  pulumi:disable-default-providers: [kubernetes]\n"
            "  kubeflow:settings: {nodes: 3, spot: true, name: x}\n",
        ),
        "dev",
    )
    assert stack.config["kubeflow:settings"] == '{"nodes": 3, "spot": true, "name": "x"}'
    assert stack.denied_packages == {"kubernetes"}


@pytest.mark.parametrize(
    "scalar",
    [
        *("no", "Yes", "on", "012345", "1e3", "12:30", "2026-11-23", "0x1f", "1_000", "~"),
        *("0X1F", "0B1", "0O17", ".5e3", "-.5E3", "3.0", "1.", "9223372036854775808"),
    ],
)
def test_a_scalar_that_readers_differ_on_is_refused(tmp_path: Path, scalar: str) -> None:
    root = project(tmp_path, f"config:\n  kubeflow:settings:\n    key: {scalar}\n")
    with pytest.raises(RehearsalError, match=r"means different things to YAML readers; quote it"):
        load_stack(root, "dev")


@pytest.mark.parametrize(
    "scalar", ['"no"', "'012345'", '"12:30"', "1.35", "3", "true", "null", "text"]
)
def test_what_is_quoted_or_plain_passes(tmp_path: Path, scalar: str) -> None:
    load_stack(project(tmp_path, f"config:\n  kubeflow:settings:\n    key: {scalar}\n"), "dev")


@pytest.mark.parametrize(
    ("text", "line"), [("config: {\n", 2), ("config:\n  a:b: no\n", 2), ("a: \x01\n", None)]
)
def test_a_mistake_of_yaml_names_the_file_and_the_line(
    tmp_path: Path, text: str, line: int | None
) -> None:
    with pytest.raises(RehearsalError) as caught:
        load_stack(project(tmp_path, text), "dev")
    place = 'in "Pulumi.dev.yaml", ' + (f"line {line}" if line else "position")
    assert place in str(caught.value)
    assert "<unicode string>" not in str(caught.value)


def test_a_key_said_twice_is_refused(tmp_path: Path) -> None:
    root = project(tmp_path, "config:\n  a:b: 1\n  a:b: 2\n")
    with pytest.raises(RehearsalError, match="the key 'a:b' is said twice"):
        load_stack(root, "dev")


def test_an_unknown_stack_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(RehearsalError, match=r"no stack 'prod'; stacks/ has dev"):
        load_stack(project(tmp_path, "config: {}\n"), "prod")


def test_a_value_encrypted_by_pulumi_names_the_way_out(tmp_path: Path) -> None:
    root = project(tmp_path, "config:\n  kubeflow:token: {secure: abc}\n")
    stack = load_stack(root, "dev")
    assert stack.config == {}
    with pytest.raises(RehearsalError, match=r"kubeflow:token: .* Use --engine pulumi"):
        stack.refuse_encrypted()


def test_what_is_encrypted_inside_a_value_is_found(tmp_path: Path) -> None:
    value = "{users: [{name: x}, {password: {secure: abc}}], plain: {secure: a, other: b}}"
    stack = load_stack(project(tmp_path, f"config:\n  a:b: {value}\n  a:c: clear\n"), "dev")
    assert stack.encrypted == ("a:b.users[1].password",)
    assert stack.config == {"a:c": "clear"}


def test_every_stack_of_the_project_loads(project_root: Path) -> None:
    for path in (project_root / "stacks").glob("Pulumi.*.yaml"):
        assert load_stack(project_root, path.name.split(".")[1]).config


@pytest.mark.parametrize(("text", "found"), [("", "nothing"), ("- a\n", r"\['a'\]")])
def test_a_file_of_something_else_says_what_was_found(
    tmp_path: Path, text: str, found: str
) -> None:
    with pytest.raises(RehearsalError, match=f"Pulumi.dev.yaml: .* found {found}; start from"):
        load_stack(project(tmp_path, text), "dev")
