"""Data flows one way: each room imports only the rooms that come before it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = (
    "bench",
    "components",
    "kube",
    "ops",
    "plan",
    "records",
    "rehearsal",
    "settings",
    "upstream",
)
ALLOWED: dict[str, frozenset[str]] = {
    "kube": frozenset(),
    "upstream": frozenset(),
    "settings": frozenset(),
    "plan": frozenset({"settings", "upstream"}),
    "records": frozenset({"plan"}),
    "components": frozenset({"plan", "upstream", "kube"}),
    "rehearsal": frozenset({"components", "kube", "plan", "settings", "upstream"}),
    "ops": frozenset({"components", "kube", "plan", "rehearsal", "settings", "upstream"}),
    "bench": frozenset(ROOMS),
}
# Pure rooms: tested, and readable, without Pulumi.
PULUMI_FREE = ("kube", "plan", "upstream", "settings/model.py", "settings/mistakes.py")


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
        assert foreign <= ALLOWED[room], f"{path.relative_to(ROOT)} imports {foreign}"


@pytest.mark.parametrize("place", PULUMI_FREE)
def test_pure_rooms_do_not_know_pulumi(place: str) -> None:
    paths = [ROOT / place] if place.endswith(".py") else modules(place)
    assert paths
    for path in paths:
        assert not {name for name in imported(path) if name.startswith("pulumi")}, path


def test_only_load_py_reads_the_stacks_configuration() -> None:
    readers = [
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in modules(room)
        if "pulumi.Config(" in path.read_text()
    ]
    assert readers == ["settings/load.py"]


def test_only_main_exports() -> None:
    exporters = [
        path for room in ROOMS for path in modules(room) if "pulumi.export(" in path.read_text()
    ]
    assert exporters == []
    assert "pulumi.export(" in (ROOT / "__main__.py").read_text()


def test_nothing_sleeps() -> None:
    sleepers = [
        path for room in ROOMS for path in modules(room) if "time.sleep(" in path.read_text()
    ]
    assert sleepers == []
