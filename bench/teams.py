"""`python -m bench.teams`: what a team costs a preview and an `up`, with 10, 50 and 200 of them.

Prints Markdown for docs/benchmarks.md. Needs a warm cache; it has a cluster of its own. Each team
has ten members. `up` grows on one cluster, so its figure is of the teams that came on top.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from bench.speed import OURS, note, own_project, rehearse

NUMBERS = (10, 50, 200)
MEMBERS = 10
Json = dict[str, Any]


def main() -> int:
    """Measure once and print the table."""
    rows = []
    with own_project() as project:
        configure(project, [])
        rehearse("preview", project)
        bare = cpu_of_preview(project)
        note(f"preview without teams: {bare:.1f} s of CPU")
        previews = {}
        for number in NUMBERS:
            configure(project, teams(number))
            previews[number] = cpu_of_preview(project) - bare
        configure(project, [])
        rehearse("up", project)
        quiet = rehearse("up", project)
        before = 0
        for number in NUMBERS:
            configure(project, teams(number))
            seconds = rehearse("up", project) - quiet
            again = rehearse("up", project) - quiet
            rows.append(row(number, previews[number], seconds / (number - before), again))
            note(rows[-1])
            before = number
        changed = teams(NUMBERS[-1])
        changed[0]["size"] = "medium"
        configure(project, changed)
        touched, seconds = changes(project)
    sys.stdout.write(
        "| teams | preview, CPU of each | first `up`, each | `up` without a change, each |\n"
        "|---|---|---|---|\n"
    )
    sys.stdout.writelines(rows)
    sys.stdout.write(
        f"\nThe size of one of {NUMBERS[-1]} teams: {', '.join(touched)}; {seconds:.1f} s.\n"
    )
    return 0


def cpu_of_preview(project: Path) -> float:
    """Its CPU seconds: on a busy machine its wall seconds tell about the others."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    rehearse("preview", project)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def row(number: int, preview: float, each: float, again: float) -> str:
    """Milliseconds per team."""
    figures = (preview / number, each, again / number)
    told = " | ".join(f"{1000 * figure:.0f} ms" for figure in figures)
    return f"| {number} | {told} |\n"


def configure(project: Path, said: list[Json]) -> None:
    """The measured stack with these teams and little else."""
    path = project / "stacks" / f"Pulumi.{OURS}.yaml"
    content = yaml.safe_load(path.read_text())
    content["config"]["kubeflow:settings"].update(
        kubeflow={"components": ["notebooks"]}, teams=said, quota={"overcommit": "warn"}
    )
    path.write_text(yaml.safe_dump(content))


def teams(number: int) -> list[Json]:
    """So many teams of ten members each."""
    return [
        {
            "name": f"team-{n}",
            "owner": f"owner-{n}@corp.test",
            "members": {"edit": [f"person-{n}-{m}@corp.test" for m in range(MEMBERS)]},
            "size": "small",
        }
        for n in range(number)
    ]


def changes(project: Path) -> tuple[list[str], float]:
    """What an `up` changes, by name, and how long it takes."""
    begun = time.monotonic()
    words = (sys.executable, "-m", "rehearsal", "up", OURS, "--json")
    done = subprocess.run(words, cwd=project, capture_output=True, text=True, check=True)
    document = json.loads(done.stdout)
    touched = [urn.split("::", 2)[2] for urn, op in document["changes"].items() if op != "same"]
    return touched, time.monotonic() - begun


if __name__ == "__main__":
    sys.exit(main())
