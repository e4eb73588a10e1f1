"""Rendering uses no network: pinned remote bases become paths, others are errors when used."""

from pathlib import Path

import pytest

from upstream.errors import UpstreamError
from upstream.pins import release_map
from upstream.prepare import check_local, local_path, rewrite

REMOTES = release_map("26.03").remotes
ARGO = "https://github.com/argoproj/argo-workflows"
JOBSET = "https://github.com/kubernetes-sigs/jobset/releases/download/v0.10.1/manifests.yaml"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        (f"{ARGO}/manifests/base/crds?ref=v3.7.3", "remotes/argo-workflows/manifests/base/crds"),
        (f"{ARGO}//manifests/base?ref=v3.7.3", "remotes/argo-workflows/manifests/base"),
        (f"{ARGO}/manifests/base?ref=v3.7.4", None),
        (f"{ARGO}-fork/manifests/base?ref=v3.7.3", None),
        (JOBSET, "remotes/jobset/config/default"),
        (JOBSET.replace("v0.10.1", "v0.6.0"), None),
    ],
)
def test_only_exactly_the_pinned_bases_are_local(url: str, path: str | None) -> None:
    assert local_path(url, REMOTES) == path


def test_only_listed_urls_are_rewritten() -> None:
    text = f"resources:\n- ./a\n  - '{JOBSET}'\n- https://example.org/x\nurl: {JOBSET}\n"
    local = "../../remotes/jobset/config/default"
    assert rewrite(text, REMOTES, "../..") == (
        f"resources:\n- ./a\n  - {local}\n- https://example.org/x\nurl: {JOBSET}\n"
    )


def test_a_base_that_nobody_pinned_is_an_error_where_it_is_used(tmp_path: Path) -> None:
    for name, resource in (("top", "../below"), ("below", "https://example.org/x?ref=1")):
        (tmp_path / name).mkdir()
        text = f"resources:\n- {resource}\n"
        (tmp_path / name / "kustomization.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UpstreamError) as error:
        check_local(tmp_path / "top")
    assert str(error.value) == (
        f"{tmp_path}/below/kustomization.yaml: https://example.org/x?ref=1 is neither in the "
        "release nor pinned as a remote of it; rendering uses no network"
    )
