"""A training that is interrupted goes on where it was, and asks for what the spot pool has."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from flask import Flask, Response, request
from werkzeug.serving import make_server

from tests.examples.conftest import ROOT, listening

PACKAGE = ROOT / "examples" / "gpu_on_spot" / "pipeline.yaml"
SCRIPT = ROOT / "tests" / "examples" / "train_on_spot.py"
BUCKET, PREFIX = "mlpipeline", "private-artifacts/vision/v2/artifacts"
KEYS = {"AWS_ACCESS_KEY_ID": "who", "AWS_SECRET_ACCESS_KEY": "what"}
GONE = 137


NOTHING = "<Error><Code>NoSuchKey</Code><Message>There is none.</Message></Error>"


class Store:
    """Objects by their path, over S3's GET and PUT on loopback."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        app = Flask("store")
        app.add_url_rule("/<path:path>", view_func=self._answer, methods=["GET", "PUT"])
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def _answer(self, path: str) -> Response:
        assert KEYS["AWS_ACCESS_KEY_ID"] in request.headers["authorization"]
        if request.method == "PUT":
            self.objects[path] = request.get_data()
            return Response("")
        if path in self.objects:
            return Response(self.objects[path])
        return Response(NOTHING, 404, content_type="application/xml")


@pytest.fixture
def store() -> Iterator[Store]:
    """One that listens until the test is over."""
    made = Store()
    with listening(made.server):
        yield made


def trained(interpreter: Path, store: Store, *words: str) -> subprocess.CompletedProcess[str]:
    """The component as its container runs it, with what the team's namespace gives it."""
    default = {"endpoint": store.url, "region": "us-east-1"}
    return subprocess.run(
        [interpreter, "-W", "ignore", SCRIPT, *words],
        cwd=ROOT,
        env={
            **os.environ,
            **KEYS,
            "PYTHONPATH": str(ROOT),
            "PIPELINE_ROOT": f"s3://{BUCKET}/{PREFIX}",
            "OBJECT_STORES": json.dumps({"s3": {"default": default}}),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_a_training_goes_on_where_its_machine_was_taken_away(
    interpreter: Path, store: Store, tmp_path: Path
) -> None:
    folder = str(tmp_path)
    first = trained(interpreter, store, folder, "seven", "2")
    assert first.returncode == GONE, first.stdout + first.stderr
    assert not (tmp_path / "seven-2.ubj").exists()
    assert list(store.objects) == [f"{BUCKET}/{PREFIX}/checkpoints/seven.ubj"]

    second = trained(interpreter, store, folder, "seven", "all")
    assert second.returncode == 0, second.stdout + second.stderr
    assert second.stdout.strip().splitlines()[-1] == "20", "it goes on after two times ten rounds"

    without = trained(interpreter, store, folder, "eight", "all")
    assert without.stdout.strip().splitlines()[-1] == "0"
    same = (tmp_path / "seven-all.ubj").read_bytes() == (tmp_path / "eight-all.ubj").read_bytes()
    assert same, "an interruption leaves no trace in the model"


def test_what_is_submitted_is_what_is_written(run: Callable[..., str], tmp_path: Path) -> None:
    made = tmp_path / "pipeline.yaml"
    run("compile_to.py", "gpu_on_spot", str(made))
    how = "`.venv-examples/bin/python -m examples.gpu_on_spot.compile` writes it"
    assert made.read_text() == PACKAGE.read_text(), how


def test_only_the_training_asks_for_the_spot_pool() -> None:
    spec, platform = yaml.safe_load_all(PACKAGE.read_text())
    executors = spec["deploymentSpec"]["executors"]
    asked = {
        name: one["container"]["resources"].get("accelerator") for name, one in executors.items()
    }
    gpu = {"count": "1", "resourceCount": "1"}
    kind = {"type": "nvidia.com/gpu", "resourceType": "nvidia.com/gpu"}
    assert asked == {
        "exec-load-data": None,
        "exec-train-on-gpu": gpu | kind,
        "exec-evaluate-boosted": None,
    }
    pods = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert set(pods) == {"exec-train-on-gpu"}
    assert pods["exec-train-on-gpu"]["nodeSelector"] == {"labels": {"kubeflow-stack/pool": "gpu"}}
    retries = spec["root"]["dag"]["tasks"]["train-on-gpu"]["retryPolicy"]
    assert (retries["maxRetryCount"], retries["backoffDuration"]) == (5, "30s")
