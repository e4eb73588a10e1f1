"""What is asked for comes with what it needs, in the release's order, and the plan says so."""

from collections.abc import Sequence

import pytest

from plan.components import PRESETS, choose
from upstream.pins import known_releases, release_map

BASE = ("cert-manager", "istio", "namespaces", "istio-resources", "oauth2-proxy", "dex")


@pytest.mark.parametrize(
    ("asked", "mode", "installed", "added"),
    [
        (["profiles"], "Serverless", ["profiles"], {}),
        (
            "pipelines",
            "Serverless",
            ["profiles", "dashboard", "pipelines"],
            {"profiles": "dashboard", "dashboard": "pipelines"},
        ),
        (
            ["kserve"],
            "Serverless",
            ["knative", "profiles", "dashboard", "kserve"],
            {"knative": "kserve", "dashboard": "kserve", "profiles": "dashboard"},
        ),
        (
            ["kserve"],
            "RawDeployment",
            ["profiles", "dashboard", "kserve"],
            {"dashboard": "kserve", "profiles": "dashboard"},
        ),
        (
            ["kserve", "knative", "dashboard", "profiles"],
            "RawDeployment",
            ["knative", "profiles", "dashboard", "kserve"],
            {},
        ),
    ],
)
@pytest.mark.parametrize("release", known_releases())
def test_what_a_component_needs_is_added_and_told(
    release: str, asked: str | Sequence[str], mode: str, installed: list[str], added: dict[str, str]
) -> None:
    choice = choose(asked, mode, release_map(release))  # type: ignore[arg-type]  # parametrized
    assert choice.components == (*BASE, *installed)
    assert choice.added == added


@pytest.mark.parametrize("release", known_releases())
def test_full_is_everything_but_the_predecessor_of_trainer(release: str) -> None:
    known = release_map(release)
    chosen = choose("full", "Serverless", known).components
    assert set(known.components) - set(chosen) == {"training-operator", "monitoring"}
    for preset in PRESETS:
        assert set(choose(preset, "Serverless", known).components) <= set(known.components)
