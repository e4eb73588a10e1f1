"""What a model is asked is kept, and told from what it was taught when it has changed."""

import csv
import json
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from examples.watch_and_retrain.manifests import payload_sink, watched_model
from examples.watch_and_retrain.sink import REQUEST, sink
from tests.examples.conftest import ROOT, listening

COLUMNS, ROWS = 8, 300


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A sink that writes to `payloads.jsonl`."""
    server = sink(tmp_path / "payloads.jsonl", 0)
    with listening(server):
        yield f"http://127.0.0.1:{server.server_port}"


def points(count: int, shift: float, seed: int) -> list[list[float]]:
    chance = random.Random(seed)
    return [[chance.gauss(shift, 1) for _ in range(COLUMNS)] for _ in range(count)]


def send(address: str, rows: object, kind: str = REQUEST) -> int:
    """As KServe's logger sends it."""
    body = json.dumps({"instances": rows})
    headers = {"ce-type": kind, "ce-id": "1", "content-type": "application/json"}
    return httpx.post(address, content=body, headers=headers).status_code


def write_taught(path: Path) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(f"x{n}" for n in range(COLUMNS)), "label"])
        writer.writerows([*row, 0] for row in points(1000, 0.0, seed=1))


@pytest.mark.parametrize(
    ("shift", "verdict"),
    [
        (0.0, "0 of 8 columns have changed: no drift"),
        (0.8, "8 of 8 columns have changed: it drifts"),
    ],
)
def test_what_was_asked_is_judged(
    run: Callable[..., str], address: str, tmp_path: Path, shift: float, verdict: str
) -> None:
    rows = points(ROWS, shift, seed=2)
    for start in range(0, ROWS, 50):
        assert send(address, rows[start : start + 50]) == 202
    taught, report = tmp_path / "train.csv", tmp_path / "drift.html"
    write_taught(taught)
    payloads = tmp_path / "payloads.jsonl"
    assert run("look_for_drift.py", str(taught), str(payloads), str(report)) == verdict
    assert "<html" in report.read_text()


def test_the_sink_keeps_rows_and_nothing_else(address: str, tmp_path: Path) -> None:
    assert send(address, [[1, 2.5]]) == 202
    assert send(address, [[9, 9]], kind="org.kubeflow.serving.inference.response") == 202
    assert send(address, [["not a number"]]) == 400
    assert send(address, "rows") == 400
    assert httpx.post(address, content=b"{").status_code == 202, "no request of a model's"
    assert httpx.get(address).status_code == 200
    assert (tmp_path / "payloads.jsonl").read_text() == "[1.0, 2.5]\n"


def test_hardly_asked_is_no_verdict(interpreter: Path, tmp_path: Path) -> None:
    taught, payloads = tmp_path / "train.csv", tmp_path / "payloads.jsonl"
    write_taught(taught)
    payloads.write_text("".join(f"{json.dumps(row)}\n" for row in points(10, 0.0, seed=3)))
    asked: list[str | Path] = [interpreter, "-W", "ignore", "-m", "examples.watch_and_retrain"]
    asked += ["--taught", taught, "--payloads", payloads, "--report", tmp_path / "drift.html"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.endswith("error: 10 rows so far, 200 are needed\n")
    assert not (tmp_path / "drift.html").exists()


def test_the_pod_runs_the_program_that_is_tested() -> None:
    config, claim, deployment, service = payload_sink("vision")
    assert (
        config["data"]["sink.py"]
        == (ROOT / "examples" / "watch_and_retrain" / "sink.py").read_text()
    )
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["command"][1] == "/program/sink.py"
    url = watched_model("points", "vision", "s3://b/one")["spec"]["predictor"]["logger"]["url"]
    assert url == f"http://{service['metadata']['name']}.vision.svc.cluster.local"
    assert claim["spec"]["resources"] == {"requests": {"storage": "1Gi"}}
