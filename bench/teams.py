"""`python -m bench.teams`: what a team costs a preview and an `up`, with 10, 50 and 200 of them.

Prints Markdown for docs/benchmarks.md. Needs a warm cache; it has a cluster of its own. Each team
has ten members. `up` grows on one cluster, so its figure is of the teams that came on top. CPU is
of our own process: on a busy machine wall seconds tell about the others, too.
"""

import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
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
        bare = spent("preview", project)
        note(f"preview without teams: {bare.cpu:.1f} s of CPU")
        previews = {}
        for number in NUMBERS:
            configure(project, teams(number))
            previews[number] = spent("preview", project).over(bare, number)
        configure(project, [])
        rehearse("up", project)
        quiet = spent("up", project)
        before = 0
        for number in NUMBERS:
            configure(project, teams(number))
            first = spent("up", project).over(quiet, number - before)
            again = spent("up", project).over(quiet, number)
            rows.append(row(number, previews[number], first, again))
            note(rows[-1])
            before = number
        changed = teams(NUMBERS[-1])
        changed[0]["size"] = "medium"
        configure(project, changed)
        touched, seconds = changes(project)
    sys.stdout.write(
        "| teams | preview, each: wall, CPU | first `up`, each | `up` without a change, each |\n"
        "|---|---|---|---|\n"
    )
    sys.stdout.writelines(rows)
    sys.stdout.write(
        f"\nThe size of one of {NUMBERS[-1]} teams: {', '.join(touched)}; {seconds:.1f} s.\n"
    )
    return 0


@dataclass(frozen=True)
class Spent:
    """Seconds of a command: by the clock, and of the CPU."""

    wall: float
    cpu: float

    def over(self, other: "Spent", teams: int) -> "Spent":
        """How much more than the other, by team."""
        return Spent((self.wall - other.wall) / teams, (self.cpu - other.cpu) / teams)

    def __str__(self) -> str:
        return f"{1000 * self.wall:.0f} ms, {1000 * self.cpu:.0f} ms"


def spent(command: str, project: Path) -> Spent:
    """What one run takes. The cluster's programs are not counted: they go on after it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = rehearse(command, project)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(wall, cpu)


def row(number: int, *each: Spent) -> str:
    """Milliseconds per team."""
    return f"| {number} | {' | '.join(map(str, each))} |\n"


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
