"""What the examples print, as far as no cluster is needed to judge it; tests/e2e has the rest."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from examples.distribute.jobs import computation, runtime, training
from examples.reach import NoWayInError, Place, place_of
from examples.serve.call import request_of
from examples.serve.model import served_model
from examples.tune.experiment import PROGRAM, experiment
from tests.examples.conftest import ROOT

SERVE = ("serve", "--name", "points", "--uri", "s3://b/two")
PRINTED = [
    ((*SERVE,), [served_model("points", "vision", "s3://b/two")]),
    (
        (*SERVE, "--at-least", "1", "--canary", "10"),
        [served_model("points", "vision", "s3://b/two", at_least=1, canary_percent=10)],
    ),
    (
        ("tune", "--name", "taught", "--algorithm", "bayesianoptimization"),
        [experiment("taught", "vision", "bayesianoptimization", trials=12, at_once=2)],
    ),
    (
        ("distribute", "training", "--name", "ranks"),
        [runtime("vision"), training("ranks", "vision")],
    ),
    (("distribute", "spark", "--name", "pi"), [computation("pi", "vision")]),
]


@pytest.mark.parametrize(("words", "bodies"), PRINTED, ids=lambda one: " ".join(map(str, one))[:40])
def test_a_command_prints_what_kubectl_applies(
    words: tuple[str, ...], bodies: list[object]
) -> None:
    asked = [sys.executable, "-m", f"examples.{words[0]}", *words[1:], "--team", "vision"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    assert list(yaml.safe_load_all(done.stdout)) == bodies


def test_a_canary_gets_its_share_and_a_promoted_model_all() -> None:
    canary = served_model("points", "vision", "s3://b/two", canary_percent=10)["spec"]["predictor"]
    assert canary["canaryTrafficPercent"] == 10
    promoted = served_model("points", "vision", "s3://b/two")["spec"]["predictor"]
    assert "canaryTrafficPercent" not in promoted
    assert promoted["minReplicas"] == 0
    back = served_model("points", "vision", "s3://b/two", canary_percent=0)["spec"]["predictor"]
    assert back["canaryTrafficPercent"] == 0


def test_a_model_is_asked_at_its_own_address_with_a_token() -> None:
    place = Place(url="https://ml.corp.test", ca_certificate="")
    asked = request_of(place, "vision", "points", [[1.0]], "t0ken")
    assert asked.full_url == "https://points.vision.ml.corp.test/v1/models/points:predict"
    assert asked.data == b'{"instances": [[1.0]]}'
    assert asked.get_header("Authorization") == "Bearer t0ken"


def test_a_trial_prints_what_its_collector_reads(interpreter: Path) -> None:
    asked: list[str | Path] = [interpreter, "-W", "ignore", "-c", PROGRAM, "10", "4"]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=120)
    name, _, figure = done.stdout.strip().partition("=")
    assert name == "accuracy"
    assert 0.7 < float(figure) < 1


def test_a_stack_without_a_domain_is_told_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(tmp_path, monkeypatch, '{"release": "26.03"}', 0)
    with pytest.raises(NoWayInError, match=r"no output `url`.*set ingress\.domain"):
        place_of("dev")
    answering(tmp_path, monkeypatch, '{"url": "https://ml.corp.test", "caCertificate": "PEM"}', 0)
    assert place_of("dev") == Place(url="https://ml.corp.test", ca_certificate="PEM")
    answering(tmp_path, monkeypatch, "error: no stack named 'dev' found", 1)
    with pytest.raises(NoWayInError, match="no stack named 'dev' found"):
        place_of("dev")


def answering(folder: Path, patch: pytest.MonkeyPatch, text: str, code: int) -> None:
    """A `pulumi` on PATH that says this."""
    program = folder / "pulumi"
    stream = "1" if code == 0 else "2"
    program.write_text(f"#!/bin/sh\ncat >&{stream} <<'END'\n{text}\nEND\nexit {code}\n")
    program.chmod(0o755)
    patch.setenv("PATH", f"{folder}:/usr/bin:/bin")
