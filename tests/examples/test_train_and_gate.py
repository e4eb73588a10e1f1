"""The pipeline runs for real, and registers a model only when it is good enough."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.examples.conftest import ROOT, Call, Json, Recorder

PACKAGE = ROOT / "examples" / "train_and_gate" / "pipeline.yaml"
Run = Callable[..., str]


def registry(call: Call) -> tuple[int, Json]:
    """A model registry that knows nothing yet."""
    if call.method != "GET":
        return 201, {**call.body, "id": "1"}
    if call.path.endswith("registered_models"):
        return 200, {"items": [], "size": 0, "pageSize": 1, "nextPageToken": ""}
    return 404, {"code": "404", "message": "there is none"}


def pipelines(call: Call) -> tuple[int, Json]:
    """KFP's API, as far as somebody who submits asks it."""
    answers: dict[str, Json] = {
        "healthz": {"multi_user": True},
        "experiments": {"experiment_id": "e1", "display_name": "train-and-gate"},
        "runs": {"run_id": "r1"},
        "recurringruns": {"recurring_run_id": "rr1"},
    }
    name = call.path.rpartition("/")[2]
    return 200, {} if call.method == "GET" and name == "experiments" else answers[name]


def tried(run: Run, tmp_path: Path, recorder: Recorder, noise: float) -> None:
    """The whole pipeline, each component a program of its own on this machine."""
    recorder.answer = registry
    token = tmp_path / "token"
    token.write_text("t0ken")
    said = run("run_locally.py", str(tmp_path / "runs"), recorder.url, str(noise), str(token))
    assert json.loads(said) == {"state": "FINAL"}


def test_a_good_model_is_registered_with_its_accuracy(
    run: Run, tmp_path: Path, recorder: Recorder
) -> None:
    tried(run, tmp_path, recorder, noise=0.02)
    assert recorder.posted("/registered_models")["name"] == "points"
    version = recorder.posted("/model_versions")
    assert version["name"] == "7"
    assert 0.8 <= version["customProperties"]["accuracy"]["double_value"] <= 1
    artifact = recorder.posted("/artifacts")
    assert artifact["uri"].endswith("/train-model/model")
    assert Path(artifact["uri"]).stat().st_size > 1000
    assert {call.token for call in recorder.calls} == {"Bearer t0ken"}


def test_a_bad_model_is_not(run: Run, tmp_path: Path, recorder: Recorder) -> None:
    tried(run, tmp_path, recorder, noise=0.6)
    assert recorder.calls == []
    (judged,) = (tmp_path / "runs").glob("*/evaluate-model/executor_output.json")
    assert json.loads(judged.read_text())["parameterValues"]["Output"] < 0.8


def test_what_is_submitted_is_what_is_written(run: Run, tmp_path: Path) -> None:
    made = tmp_path / "pipeline.yaml"
    run("compile_to.py", "train_and_gate", str(made))
    how = "`.venv-examples/bin/python -m examples.train_and_gate.compile` writes it"
    assert made.read_text() == PACKAGE.read_text(), how


def test_the_gate_retries_and_caching_are_in_the_package() -> None:
    spec, platform = yaml.safe_load_all(PACKAGE.read_text())
    root = spec["root"]
    assert root["inputDefinitions"]["parameters"]["threshold"]["defaultValue"] == 0.8
    tasks = root["dag"]["tasks"]
    condition = tasks["condition-1"]["triggerPolicy"]["condition"]
    assert ">= inputs.parameter_values['pipelinechannel--threshold']" in condition
    assert tasks["train-model"]["retryPolicy"]["backoffMaxDuration"] == "3600s"
    assert tasks["train-model"]["cachingOptions"] == {"enableCache": True}
    inner = spec["components"]["comp-condition-1"]["dag"]["tasks"]["register-model"]
    assert inner["cachingOptions"] == {}
    pods = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert pods["exec-register-model"]["podMetadata"]["labels"] == {"token-for-the-gateway": "true"}


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("", "https://ml.corp.test/_/pipeline/#/runs/details/r1"),
        ("0 0 6 * * *", "planned: rr1, 0 0 6 * * *"),
    ],
)
def test_it_runs_now_or_by_the_clock(run: Run, recorder: Recorder, cron: str, said: str) -> None:
    recorder.answer = pipelines
    assert run("submit_to.py", recorder.url, cron) == said
    assert {call.token for call in recorder.calls} == {"Bearer t0ken"}
    sent = recorder.posted("/recurringruns" if cron else "/runs")
    assert sent["runtime_config"]["parameters"] == {
        "version": "7",
        "platform": "https://ml.corp.test",
        "ca_certificate": "PEM",
    }
    assert sent["pipeline_spec"]["pipeline_spec"]["pipelineInfo"]["name"] == "train-and-gate"
    if cron:
        assert sent["trigger"] == {"cron_schedule": {"cron": cron}}
