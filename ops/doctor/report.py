"""Findings for people and for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from io import StringIO

from rich.console import Console
from rich.table import Table

from accounts.preflight.model import Finding, Verdict

WIDTH = 140
ORDER: tuple[Verdict, ...] = ("wrong", "doubtful", "unchecked", "fine")


def as_text(stack: str, findings: Sequence[Finding]) -> str:
    """A table, the worst first, and a line that counts."""
    table = Table("", "what", "value", "needed", "fix", box=None, pad_edge=False)
    for verdict in ORDER:
        for one in findings:
            if one.verdict == verdict:
                table.add_row(one.verdict, one.what, one.value, one.needed, one.fix)
    text = StringIO()
    Console(file=text, width=WIDTH, color_system=None, markup=False, emoji=False).print(table)
    lines = (line.rstrip() for line in text.getvalue().splitlines())
    counts = (f"{sum(one.verdict == verdict for one in findings)} {verdict}" for verdict in ORDER)
    return "\n".join((*lines, "", f"{stack}: {', '.join(counts)}"))


def as_json(findings: Sequence[Finding]) -> str:
    """A list, in the order of the checks."""
    return json.dumps([asdict(one) for one in findings], indent=2)
