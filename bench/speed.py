"""`make bench`: our preview and up beside kubectl's, on the same machine in the same run.

Prints Markdown for docs/benchmarks.md and fails when a target is missed. Needs kubectl on PATH and
a warm cache (`make demo`). It has clusters of its own: whatever else is rehearsed stays as it is.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.cluster.cluster import Access, start_cluster, stop_cluster
from rehearsal.session import Session, open_session
from upstream.cache import cache_dir
from upstream.crds import crd_body
from upstream.load import load_release
from upstream.mirror import find_mirror
from upstream.model import Release
from upstream.pins import release_map
from upstream.prepare import prepare
from upstream.source import obtain

ROOT = Path(__file__).parent.parent
MEASURED = "sandbox"  # the stack whose settings are measured, under a name of our own
OURS, THEIRS = "bench-ours", "bench-kubectl"
RUNS = 5
Json = Mapping[str, Any]
ENGINE_USER = "rehearsal-engine"
WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})


@dataclass(frozen=True)
class Row:
    """One figure and what it should be; `met` is None where nothing is asked of it."""

    what: str
    figure: str
    target: str = ""
    met: bool | None = None

    def __str__(self) -> str:
        verdict = {None: "", True: f"{self.target}: met", False: f"{self.target}: MISSED"}
        return f"| {self.what} | {self.figure} | {verdict[self.met]} |\n"


def main() -> int:
    """Measure everything once and print the table; 1 when a target is missed."""
    with own_project() as project:
        session = open_session(project, OURS)
        kubeflow = session.plan.kubeflow
        release = load_release(
            kubeflow.release, kubeflow.components, mirror=None, project=ROOT, tell=note
        )
        note(f"{len(release.objects)} objects and {len(release.all_crds)} CRDs")
        rows = [*preview_rows(session, release), *up_rows(session, release)]
    sys.stdout.write("| what | figure | target |\n|---|---|---|\n")
    sys.stdout.writelines(str(row) for row in rows)
    return int(any(row.met is False for row in rows))


@contextmanager
def own_project() -> Iterator[Path]:
    """The checkout by links with a stack of our own; its clusters and state end with it."""
    with tempfile.TemporaryDirectory() as made:
        project = Path(made)
        for entry in ROOT.iterdir():
            if entry.name != "stacks":
                (project / entry.name).symlink_to(entry)
        (project / "stacks").mkdir()
        settings = ROOT / "stacks" / f"Pulumi.{MEASURED}.yaml"
        shutil.copy(settings, project / "stacks" / f"Pulumi.{OURS}.yaml")
        try:
            yield project
        finally:
            stop_cluster(OURS, note)
            stop_cluster(THEIRS, note)
            shutil.rmtree(cache_dir() / "rehearsals" / OURS, ignore_errors=True)


def preview_rows(session: Session, release: Release) -> list[Row]:
    """Our whole preview, and nothing but the rendering by kubectl."""
    rehearse("preview", session.root)
    ours = statistics.median(rehearse("preview", session.root) for _ in range(RUNS))
    wanted = release_map(release.name).only(release.components)
    mirror = find_mirror(None, ROOT)
    trees = {pin.url: obtain(pin, mirror, cache_dir(), note) for pin in wanted.pins}
    tree = prepare(wanted, trees, cache_dir()).resolve()
    folders = [one for row in wanted.components.values() for one in row.folders]
    with tempfile.TemporaryDirectory() as made:
        together = Path(made).resolve()
        # kustomize takes folders anywhere, but only by relative paths.
        listed = [f"- {os.path.relpath(tree / folder, together)}\n" for folder in folders]
        (together / "kustomization.yaml").write_text("resources:\n" + "".join(listed))
        kubectl = statistics.median(
            run(session.root, "kubectl", "kustomize", str(together)) for _ in range(RUNS)
        )
    return [
        Row(
            f"`rehearsal preview`, warm cache, whole process (median of {RUNS})",
            f"{ours:.1f} s",
            "at most half of kubectl's rendering",
            ours <= kubectl / 2,
        ),
        Row(
            f"one `kubectl kustomize` over the same {len(folders)} folders (median of {RUNS})",
            f"{kubectl:.1f} s",
        ),
    ]


def up_rows(session: Session, release: Release) -> list[Row]:
    """Our up with its gates, a second one, and kubectl's apply without any gate.

    Both start on a cluster that is new and answers.
    """
    access = start_cluster(OURS, session.plan.cluster, note, clean=True)
    populated = writes(access)
    first = rehearse("up", session.root)
    ours = writes(access) - populated
    second = rehearse("up", session.root)
    rewritten = writes(access) - populated - ours
    stop_cluster(OURS, note)
    fresh = start_cluster(THEIRS, session.plan.cluster, note, clean=True)
    populated = writes(fresh)
    kubectl = kubectl_apply(fresh, release)
    theirs = writes(fresh) - populated
    return [
        Row(
            f"first `rehearsal up`, gates included, whole process ({ours} writes)",
            f"{first:.1f} s",
            "less than kubectl's apply",
            first < kubectl,
        ),
        Row(
            f"`kubectl apply --server-side` of the same objects, no gates ({theirs} writes)",
            f"{kubectl:.1f} s",
        ),
        Row(
            "second `rehearsal up`, whole process",
            f"{second:.1f} s",
            "at most a third of the first",
            second <= first / 3,
        ),
        Row("writes of the second `rehearsal up`", str(rewritten), "none", rewritten == 0),
    ]


def kubectl_apply(access: Access, release: Release) -> float:
    """Namespaces, CRDs, then everything else, as a person would; webhooks left out."""
    groups = (
        [dict(o.body) for o in release.objects if o.kind == "Namespace"],
        [dict(crd_body(ref.digest)) for ref in release.all_crds],
        [dict(o.body) for o in release.objects if not skipped(o.kind)],
    )
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "kubeconfig"
        config.touch(mode=0o600)
        config.write_text(access.kubeconfig)
        kubectl = ("kubectl", "--kubeconfig", str(config))
        seconds = 0.0
        for number, group in enumerate(groups):
            path = Path(folder) / f"{number}.json"
            path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": group}))
            apply = ("apply", "--server-side", "--force-conflicts", "-f", str(path))
            seconds += run(ROOT, *kubectl, *apply)
            if number == 1:
                run(ROOT, *kubectl, "wait", "--for=condition=Established", "crd", "--all")
    return seconds


def skipped(kind: str) -> bool:
    """What would make a run without gates fail: kubectl gets a head start."""
    return kind == "Namespace" or kind.endswith("WebhookConfiguration")


def writes(access: Access) -> int:
    """Our own writes in the API server's audit log so far, dry runs left out."""
    return sum(is_write(json.loads(line)) for line in access.audit_log.read_text().splitlines())


def is_write(event: Json) -> bool:
    """Whether an audit event is a write by us, be it by kubectl."""
    return (
        event["verb"] in WRITES
        and event["user"]["username"] == ENGINE_USER
        and "dryRun=" not in event["requestURI"]
    )


def note(message: str) -> None:
    """Progress goes beside the table."""
    sys.stderr.write(f"{message}\n")


def rehearse(command: str, project: Path) -> float:
    """One command of ours as its own process; gives its wall seconds."""
    return run(project, sys.executable, "-m", "rehearsal", command, OURS)


def run(folder: Path, *words: str) -> float:
    """A program that must succeed; gives its wall seconds, shows its output when it fails."""
    begun = time.monotonic()
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise SystemExit(f"{' '.join(words)}: exit {done.returncode}")
    return time.monotonic() - begun


if __name__ == "__main__":
    sys.exit(main())
