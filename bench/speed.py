"""`make bench`: our preview and up beside kubectl's, on the same machine in the same run.

Prints Markdown for docs/benchmarks.md. Needs kubectl on PATH and a warm cache (`make demo`).
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from plan.model import Plan
from rehearsal.cluster.cluster import Access, start_cluster, stop_cluster
from rehearsal.session import open_session
from upstream.cache import cache_dir
from upstream.crds import crd_body
from upstream.load import load_release
from upstream.mirror import find_mirror
from upstream.model import Release
from upstream.pins import release_map
from upstream.prepare import prepare
from upstream.source import obtain

ROOT = Path(__file__).parent.parent
STACK = "sandbox"
RUNS = 5
Json = dict[str, Any]
ENGINE_USER = "rehearsal-engine"
WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})


def main() -> None:
    """Measure everything once and print the table."""
    session = open_session(ROOT, STACK)
    kubeflow = session.plan.kubeflow
    release = load_release(
        kubeflow.release, kubeflow.components, mirror=None, project=ROOT, tell=note
    )
    rows = [*preview_rows(release), *up_rows(session.plan, release)]
    sys.stdout.write("| what | seconds |\n|---|---|\n")
    sys.stdout.writelines(f"| {what} | {seconds:.1f} |\n" for what, seconds in rows)


def preview_rows(release: Release) -> list[tuple[str, float]]:
    """Our whole preview, and nothing but the rendering by kubectl."""
    rehearse("preview")
    ours = statistics.median(rehearse("preview") for _ in range(RUNS))
    wanted = release_map(release.name).only(release.components)
    mirror = find_mirror(None, ROOT)
    trees = {pin.url: obtain(pin, mirror, cache_dir(), note) for pin in wanted.pins}
    tree = prepare(wanted, trees, cache_dir())
    folders = [one for row in wanted.components.values() for one in row.folders]
    with tempfile.TemporaryDirectory(dir=tree) as together:
        listed = "".join(f"- ../{folder}\n" for folder in folders)
        (Path(together) / "kustomization.yaml").write_text(f"resources:\n{listed}")
        kubectl = statistics.median(run("kubectl", "kustomize", together) for _ in range(RUNS))
    return [
        ("`rehearsal preview sandbox`, warm cache, whole process", ours),
        (f"one `kubectl kustomize` over the same {len(folders)} folders", kubectl),
    ]


def up_rows(plan: Plan, release: Release) -> list[tuple[str, float]]:
    """Our up with its gates, a second one, and kubectl's apply without any gate."""
    rehearse("destroy")
    access = start_cluster(STACK, plan.cluster, note)
    populated = len(writes(access))
    first = rehearse("up")
    ours = writes(access)[populated:]
    second = rehearse("up")
    rewritten = len(writes(access)) - len(ours) - populated
    rehearse("destroy")
    stop_cluster(STACK, note)
    fresh = start_cluster("bench-kubectl", plan.cluster, note)
    already = len(writes(fresh))
    kubectl_seconds = kubectl_apply(fresh, release)
    theirs = writes(fresh)[already:]
    stop_cluster("bench-kubectl", note)
    return [
        ("first `rehearsal up`, gates included, whole process", first),
        (f"the same, from its first to its last of {len(ours)} writes", span(ours)),
        (f"second `rehearsal up`, whole process ({rewritten} writes)", second),
        ("`kubectl apply --server-side` of the same objects, no gates, processes", kubectl_seconds),
        (f"the same, from its first to its last of {len(theirs)} writes", span(theirs)),
    ]


def span(events: list[Json]) -> float:
    """Seconds between the first write's arrival and the last one's answer."""
    begun = min(event["requestReceivedTimestamp"] for event in events)
    ended = max(event["stageTimestamp"] for event in events)
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(begun)).total_seconds()


def kubectl_apply(access: Access, release: Release) -> float:
    """Namespaces, CRDs, then everything else, as a person would; webhooks left out."""
    groups = (
        [dict(o.body) for o in release.objects if o.kind == "Namespace"],
        [dict(crd_body(ref.digest)) for ref in release.all_crds],
        [dict(o.body) for o in release.objects if not skipped(o.kind)],
    )
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "kubeconfig"
        config.write_text(access.kubeconfig)
        config.chmod(0o600)
        kubectl = ("kubectl", "--kubeconfig", str(config))
        seconds = 0.0
        for number, group in enumerate(groups):
            path = Path(folder) / f"{number}.json"
            path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": group}))
            seconds += run(*kubectl, "apply", "--server-side", "--force-conflicts", "-f", str(path))
            if number == 1:
                run(*kubectl, "wait", "--for=condition=Established", "crd", "--all")
    return seconds


def skipped(kind: str) -> bool:
    """What would make a run without gates fail: kubectl gets a head start."""
    return kind == "Namespace" or kind.endswith("WebhookConfiguration")


def writes(access: Access) -> list[Json]:
    """Our own writes in the API server's audit log, dry runs left out."""
    events = [json.loads(line) for line in access.audit_log.read_text().splitlines()]
    return [
        event
        for event in events
        if event["verb"] in WRITES
        and event["user"]["username"] == ENGINE_USER
        and "dryRun=" not in event["requestURI"]
    ]


def note(message: str) -> None:
    """Progress goes beside the table."""
    sys.stderr.write(f"{message}\n")


def rehearse(command: str) -> float:
    """One command of ours as its own process; gives its wall seconds."""
    words = [sys.executable, "-m", "rehearsal", command, STACK]
    if command == "destroy":
        words.append("--leave-cluster")
    return run(*words)


def run(*words: str) -> float:
    """A program that must succeed; gives its wall seconds, shows its output when it fails."""
    begun = time.monotonic()
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise SystemExit(f"{' '.join(words)}: exit {done.returncode}")
    return time.monotonic() - begun


if __name__ == "__main__":
    main()
