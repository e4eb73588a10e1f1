"""Nothing in the documents still waits to be filled in."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def placeholders(text: str) -> list[str]:
    """Words in capitals that stand alone in a line or in a cell of a table."""
    cells = (cell.strip() for line in text.splitlines() for cell in line.split("|"))
    return [cell for cell in cells if re.fullmatch(r"[A-Z][A-Z_]{2,}", cell)]


def test_a_placeholder_is_found_in_a_line_and_in_a_cell() -> None:
    assert placeholders("| a | b |\n|---|---|\nBENCH\n| up | CLEAN_UP |\n") == ["BENCH", "CLEAN_UP"]
    assert placeholders("The API server's CPU.\n| CPU time | 3 s |\n") == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_document_has_a_placeholder(path: Path) -> None:
    assert placeholders(path.read_text()) == []
