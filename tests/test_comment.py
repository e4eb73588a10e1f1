"""What a pull request is told stands under it once, and is replaced when it changes."""

import json
import os
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / ".github" / "comment.sh"
GH = """\
#!/usr/bin/env python3
import json, os, sys
words = sys.argv[1:]
body = next((w.removeprefix("body=@") for w in words if w.startswith("body=@")), None)
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps([words, open(body).read() if body else None]) + "\\n")
if "--jq" in words:
    print(os.environ["FOUND"], end="")
"""


def said(folder: Path, found: str) -> list[tuple[list[str], str | None]]:
    """What `gh` is asked, in order, when it finds these comments."""
    program, calls, text = folder / "gh", folder / "calls", folder / "cost.md"
    program.write_text(GH)
    program.chmod(0o755)
    text.write_text("| what | a month |\n")
    calls.write_text("")
    subprocess.run(
        [SCRIPT, "7", "cost of dev", text],
        env={
            **os.environ,
            "PATH": f"{folder}:{os.environ['PATH']}",
            "GITHUB_REPOSITORY": "corp/ml",
            "CALLS": str(calls),
            "FOUND": found,
        },
        check=True,
    )
    return [json.loads(line) for line in calls.read_text().splitlines()]


def test_the_first_time_it_is_a_new_comment(tmp_path: Path) -> None:
    asked, written = said(tmp_path, "")
    assert asked[0][2] == "repos/corp/ml/issues/7/comments"
    assert 'startswith("<!-- cost of dev -->")' in asked[0][-1]
    assert written[0][2:5] == ["--method", "POST", "repos/corp/ml/issues/7/comments"]
    assert written[1] == "<!-- cost of dev -->\n| what | a month |\n"


def test_then_the_same_comment_is_changed(tmp_path: Path) -> None:
    _, written = said(tmp_path, "41\n42\n")
    assert written[0][2:5] == ["--method", "PATCH", "repos/corp/ml/issues/comments/41"]
    assert written[1] == "<!-- cost of dev -->\n| what | a month |\n"
