"""Versions go through stages, and an endpoint can be followed back to the run that made its model.

The registry is one on loopback that takes and gives what its client's generated models allow.
"""

import json
from collections.abc import Callable
from typing import Any

import yaml

from examples.serve.model import served_model

REGISTERED = [
    f"register --name points --version {n} --uri s3://b/{n}/model --run run-{n}" for n in (1, 2, 3)
]


def asked(run: Callable[..., str], *lines: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("ask_registry.py", *REGISTERED, *lines))
    found["answers"] = found["answers"][len(REGISTERED) :]
    assert found["tokens"] == ["Bearer t0ken"]
    return found


def test_a_version_that_gets_a_stage_takes_it_over(run: Callable[..., str]) -> None:
    found = asked(
        run,
        "tag --name points --version 1 data=2026-11 by=ada",
        "stage --name points --version 1 --stage production",
        "stage --name points --version 2 --stage staging",
        "stage --name points --version 3 --stage staging",
        "stage --name points --version 3 --stage production",
    )
    assert found["answers"][1] == "production: points 1"
    assert found["answers"][4] == "production: points 3, instead of 1"
    assert found["versions"] == {
        "1": {"data": "2026-11", "by": "ada", "stage": "archived"},
        "2": {"stage": "staging"},
        "3": {"stage": "production"},
    }


def test_an_endpoint_is_followed_back_to_the_run(run: Callable[..., str]) -> None:
    found = asked(
        run,
        "stage --name points --version 1 --stage production",
        "serve --name points --stage production --endpoint classify",
        "stage --name points --version 2 --stage production",
        "serve --name points --stage production --endpoint classify",
        "lineage --endpoint classify",
    )
    _, first, _, second, lineage = found["answers"]
    assert yaml.safe_load(first) == served_model("classify", "vision", "s3://b/1/model")
    assert yaml.safe_load(second) == served_model("classify", "vision", "s3://b/2/model")
    assert lineage == (
        "vision/classify <- points 2 <- s3://b/2/model <- run run-2  (served so far: 1, 2)"
    )


def test_what_is_not_there_is_said(run: Callable[..., str]) -> None:
    found = asked(
        run,
        "stage --name lines --version 1 --stage staging",
        "stage --name points --version 9 --stage staging",
        "serve --name points --stage production --endpoint classify",
        "lineage --endpoint classify",
    )
    assert found["answers"] == [
        "error: the registry has no model lines",
        "error: the registry has no version 9 of points",
        "error: no version of points is in production",
        "error: nobody told what classify of vision serves",
    ]
