"""The table of checks names what is there, and leaves nothing out."""

import ast
from pathlib import Path

import pytest

from policies.rules import RULES
from tests.policies.checks import ROWS, Row, page, rules_of


def test_there_are_sixty_each_once() -> None:
    wanted = [f"SEC-{n:02}" for n in range(1, 32)] + [f"REL-{n:02}" for n in range(1, 30)]
    assert [row.id for row in ROWS] == wanted


def test_policies_answer_checks_that_there_are() -> None:
    assert {check for rule in RULES for check in rule.checks} <= {row.id for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_check_is_held_by_something_or_says_that_it_is_not(row: Row, project_root: Path) -> None:
    assert rules_of(row.id) or row.tests or row.lacks
    for test in row.tests:
        file, _, name = test.partition("::")
        tree = ast.parse((project_root / "tests" / file).read_text())
        there = {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}
        assert name in there or (name == "*" and any(one.startswith("test_") for one in there))


def test_the_page_says_what_the_table_says(project_root: Path) -> None:
    assert (project_root / "docs" / "checks.md").read_text() == page(), (
        "`python -m tests.policies.checks > docs/checks.md` writes it"
    )
