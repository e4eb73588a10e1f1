"""A release: what is compiled is what is committed, it runs well, and then it gets the schedule."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from tests.examples.conftest import ROOT, Call, Json, Recorder

FOLDER = ROOT / "examples" / "ci_cd"
Run = Callable[..., str]


def pipelines(state: str, pages: Mapping[str, Json]) -> Callable[[Call], tuple[int, Json]]:
    """KFP's API: a run that ended so, and what runs by the clock, by page token."""

    def answer(call: Call) -> tuple[int, Json]:
        kind = call.path.removeprefix("/apis/v2beta1/")
        if kind == "runs/r1":
            return 200, {"run_id": "r1", "state": state}
        if kind == "experiments" and call.method == "GET":
            return 200, {}
        if kind == "recurringruns" and call.method == "GET":
            return 200, pages[call.query.get("page_token", "")]
        answers: dict[str, Json] = {
            "healthz": {"multi_user": True},
            "experiments": {"experiment_id": "e1", "display_name": "train-and-gate"},
            "runs": {"run_id": "r1"},
            "recurringruns": {"recurring_run_id": "new"},
        }
        return 200, answers.get(kind, {})

    return answer


def test_a_run_that_ends_well_is_a_release(run: Run, recorder: Recorder) -> None:
    recorder.answer = pipelines("SUCCEEDED", {})
    said = json.loads(run("release_on.py", "submit", recorder.url, "1"))
    assert said == "https://ml.corp.test/_/pipeline/#/runs/details/r1"
    sent = recorder.posted("/runs")
    assert sent["display_name"] == "train-and-gate abc"
    assert sent["runtime_config"]["parameters"] == {
        "version": "abc",
        "platform": "https://ml.corp.test",
        "ca_certificate": "PEM",
    }
    assert {call.token for call in recorder.calls} == {"Bearer t0ken"}


def test_a_run_that_fails_or_takes_too_long_is_none(run: Run, recorder: Recorder) -> None:
    where = "https://ml.corp.test/_/pipeline/#/runs/details/r1"
    recorder.answer = pipelines("FAILED", {})
    said = json.loads(run("release_on.py", "submit", recorder.url, "1"))
    assert said == f"error: {where} ended FAILED: look there, mend it and push again"
    recorder.answer = pipelines("RUNNING", {})
    said = json.loads(run("release_on.py", "submit", recorder.url, "0"))
    assert said == f"error: {where} has not ended after 0 minutes"


def test_a_promoted_version_takes_the_schedule_over(run: Run, recorder: Recorder) -> None:
    def planned(name: str) -> Json:
        return {"recurring_run_id": name, "display_name": f"train-and-gate {name}"}

    first = {"recurringRuns": [planned("new"), planned("one")], "next_page_token": "more"}
    second = {"recurringRuns": [planned("two")]}
    recorder.answer = pipelines("", {"": first, "more": second})
    said = json.loads(run("release_on.py", "promote", recorder.url))
    assert said == ["train-and-gate one", "train-and-gate two"]
    assert recorder.posted("/recurringruns")["trigger"] == {
        "cron_schedule": {"cron": "0 0 6 * * *"}
    }
    order = [(c.method, c.path.rpartition("/")[2]) for c in recorder.calls]
    assert order.index(("POST", "recurringruns")) < order.index(("DELETE", "one"))
    assert [name for method, name in order if method == "DELETE"] == ["one", "two"]


def test_a_package_that_is_not_what_the_code_says_is_refused(run: Run, tmp_path: Path) -> None:
    assert json.loads(run("release_on.py", "check")) == "it is what is written"
    folder = tmp_path / "train_and_gate"
    folder.mkdir()
    (folder / "pipeline.yaml").write_text("# of yesterday")
    said = json.loads(run("release_on.py", "check", str(folder / "pipeline.yaml")))
    assert said == (
        "error: pipeline.yaml is not what the code compiles to; run "
        "`python -m examples.train_and_gate.compile` and commit it"
    )


def commands(path: Path) -> list[str]:
    """What the jobs of a file call, in order, variables filled in as the CI does."""
    content = yaml.safe_load(path.read_text())
    jobs = content.get("jobs") or {k: v for k, v in content.items() if "stage" in (v or {})}
    found = []
    for name, job in jobs.items():
        inherited = content.get(job.get("extends"), {})
        lines = (
            job.get("script")
            or inherited.get("script")
            or [line for step in job["steps"] for line in step.get("run", "").splitlines()]
        )
        (command,) = (line for line in lines if "-m examples.ci_cd" in line)
        command = re.sub(r"\$(GITHUB_JOB|CI_JOB_NAME)\b", name, command)
        found.append(command.partition("-m examples.ci_cd ")[2])
    return found


@pytest.mark.parametrize("name", ["github.yaml", "gitlab.yaml"])
def test_each_job_calls_the_step_it_is_called_after(run: Run, name: str) -> None:
    asked = [json.loads(run("release_on.py", "parse", one)) for one in commands(FOLDER / name)]
    assert [one["step"] for one in asked] == ["check", "submit", "promote"]
    for one in asked[1:]:
        assert (one["url"], one["team"]) == ("$PLATFORM_URL", "$TEAM")
        assert one["version"] in ("$GITHUB_SHA", "$CI_COMMIT_SHA")


def test_nothing_reaches_a_platform_before_it_is_merged() -> None:
    jobs = yaml.safe_load((FOLDER / "github.yaml").read_text())["jobs"]
    assert {name: job.get("if") for name, job in jobs.items()} == {
        "compile": None,
        "submit": "github.event_name == 'push'",
        "promote": "github.event_name == 'push'",
    }
    assert [jobs[name]["needs"] for name in ("submit", "promote")] == ["compile", "submit"]
    jobs = yaml.safe_load((FOLDER / "gitlab.yaml").read_text())
    merged = "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"
    assert jobs[".release"]["rules"] == [{"if": merged}]
    assert jobs["promote"]["rules"] == [{"if": merged, "when": "manual"}]
    assert jobs["submit"]["extends"] == jobs["promote"]["extends"] == ".release"
