"""Data flows one way: each room imports only the rooms that come before it."""

import ast
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
ROOMS = (
    "accounts",
    "bench",
    "components",
    "cost",
    "dashboards",
    "examples",
    "kube",
    "ops",
    "plan",
    "policies",
    "records",
    "rehearsal",
    "settings",
    "upstream",
)
ALLOWED: dict[str, frozenset[str]] = {
    "accounts": frozenset({"plan"}),
    "kube": frozenset(),
    "upstream": frozenset(),
    "policies": frozenset(),
    "cost": frozenset(),
    "dashboards": frozenset(),
    "examples": frozenset(),
    "settings": frozenset(),
    "plan": frozenset({"settings", "upstream"}),
    "records": frozenset({"components", "plan", "upstream"}),
    "components": frozenset({"accounts", "dashboards", "kube", "plan", "upstream"}),
    "rehearsal": frozenset(
        {"components", "cost", "kube", "plan", "policies", "records", "settings", "upstream"}
    ),
    "ops": frozenset(
        {
            "accounts",
            "components",
            "cost",
            "kube",
            "plan",
            "policies",
            "records",
            "rehearsal",
            "settings",
            "upstream",
        }
    ),
    "bench": frozenset(ROOMS),
}
# A command runs the program, which the room that it belongs to must not know.
COMMANDS: dict[str, frozenset[str]] = {
    "cost/__main__.py": frozenset({"plan", "rehearsal", "settings", "upstream"}),
    "policies/__main__.py": frozenset(),  # the policy pack, which Pulumi runs
    "cost/asked.py": frozenset({"plan", "rehearsal", "settings"}),
    "cost/planned.py": frozenset({"plan", "upstream"}),
}
# Pure rooms: tested, and readable, without Pulumi.
PULUMI_FREE = (
    "accounts",
    "cost",
    "dashboards",
    "kube",
    "plan",
    "policies",
    "upstream",
    "settings/aws.py",
    "settings/certificates.py",
    "settings/digitalocean.py",
    "settings/gitops.py",
    "settings/ingress.py",
    "settings/kubeflow.py",
    "settings/mistakes.py",
    "settings/model.py",
    "settings/networks.py",
    "settings/placeholders.py",
    "settings/rules.py",
    "settings/stores.py",
    "settings/teams.py",
    "settings/texts.py",
)


def modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_before_it(room: str) -> None:
    assert modules(room)
    for path in modules(room):
        foreign = imported(path) & set(ROOMS) - {room}
        name = path.relative_to(ROOT).as_posix()
        assert foreign <= COMMANDS.get(name, ALLOWED[room]), (
            f"{path.relative_to(ROOT)} imports {foreign}"
        )


@pytest.mark.parametrize("place", PULUMI_FREE)
def test_pure_rooms_do_not_know_pulumi(place: str) -> None:
    paths = [ROOT / place] if place.endswith(".py") else modules(place)
    assert paths
    for path in paths:
        if path.relative_to(ROOT).as_posix() in COMMANDS:
            continue
        assert not {name for name in imported(path) if name.startswith("pulumi")}, path


def reads_config(tree: ast.Module) -> bool:
    """Whether a module gets at `pulumi.Config`, by whatever name it calls it."""
    modules_of_pulumi = {"pulumi"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [a for a in node.names if a.name in ("pulumi", "pulumi.config")]
            modules_of_pulumi.update(a.asname for a in names if a.asname)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pulumi"):
            if any(a.name in ("Config", "*") for a in node.names):
                return True
            modules_of_pulumi.update(a.asname or a.name for a in node.names if a.name == "config")
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == "Config"
        and ast.unparse(node.value).partition(".")[0] in modules_of_pulumi
        for node in ast.walk(tree)
    )


@pytest.mark.parametrize(
    "text",
    [
        "import pulumi\npulumi.Config()",
        "import pulumi as p\np.Config('kubeflow')",
        "import pulumi\nread = pulumi.Config",
        "import pulumi.config\npulumi.config.Config()",
        "import pulumi.config as c\nc.Config()",
        "from pulumi import Config\nConfig()",
        "from pulumi import Config as C\nC()",
        "from pulumi.config import Config\nConfig()",
        "from pulumi import config\nconfig.Config()",
        "def f():\n    from pulumi import *",
    ],
)
def test_a_reader_of_the_configuration_is_found_however_it_reads(text: str) -> None:
    assert reads_config(ast.parse(text))


@pytest.mark.parametrize(
    "text",
    ["import pulumi\npulumi.export('a', 1)", "from kubernetes import config\nconfig.load()"],
)
def test_what_reads_no_configuration_is_not_taken_for_a_reader(text: str) -> None:
    assert not reads_config(ast.parse(text))


def test_only_load_py_reads_the_stacks_configuration() -> None:
    everywhere = [ROOT / "__main__.py", *(path for room in ROOMS for path in modules(room))]
    readers = [
        path.relative_to(ROOT).as_posix()
        for path in everywhere
        if reads_config(ast.parse(path.read_text()))
    ]
    assert readers == ["settings/load.py"]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "stacks").glob("Pulumi.*.yaml")), ids=lambda path: str(path.name)
)
def test_no_stack_lets_a_default_provider_act_on_an_ambient_account(path: Path) -> None:
    denied = yaml.safe_load(path.read_text())["config"]["pulumi:disable-default-providers"]
    assert {"kubernetes", "aws", "digitalocean"} <= set(denied)


def test_only_main_exports() -> None:
    exporters = [
        path for room in ROOMS for path in modules(room) if "pulumi.export(" in path.read_text()
    ]
    assert exporters == []
    assert "pulumi.export(" in (ROOT / "__main__.py").read_text()


def test_nothing_sleeps() -> None:
    sleepers = [
        path
        for room in (*ROOMS, "tests")
        for path in modules(room)
        if ".sleep" + "(" in path.read_text()
    ]
    assert sleepers == []
