"""The release files: typed, complete, and refused by name when unknown."""

from pathlib import Path

import pytest

from upstream.errors import UpstreamError
from upstream.mirror import find_mirror, read_index
from upstream.pins import RELEASES, known_releases, release_map


@pytest.mark.parametrize("name", [path.stem for path in RELEASES.glob("*.yaml")])
def test_every_release_file_carries_its_own_name_and_full_pins(name: str) -> None:
    release = release_map(name)
    assert release.name == name
    assert all(len(pin.tree_sha256) == 64 and len(pin.commit) == 40 for pin in release.pins)
    folders = [folder for row in release.components.values() for folder in row.folders]
    assert len(folders) == len(set(folders))
    needed = {need for row in release.components.values() for need in row.needs}
    assert needed | set(release.base) <= set(release.components)


def test_an_unknown_release_lists_the_known_ones() -> None:
    with pytest.raises(UpstreamError) as error:
        release_map("1.4")
    assert str(error.value) == (
        "Kubeflow release '1.4' is not known; known releases: 26.03, 26.03.1-rc.2"
    )


def test_a_release_is_newer_than_its_candidates(tmp_path: Path) -> None:
    for name in ("26.10", "26.03.1", "26.03.1-rc.10", "26.03", "26.03.1-rc.2"):
        (tmp_path / f"{name}.yaml").touch()
    assert known_releases(tmp_path) == (
        "26.03",
        "26.03.1-rc.2",
        "26.03.1-rc.10",
        "26.03.1",
        "26.10",
    )


def test_pins_are_the_ones_that_the_mirror_recorded_of_upstream(project: Path) -> None:
    mirror = find_mirror(None, project)
    if mirror is None or mirror.is_url:
        pytest.skip("no mirror folder on this machine")
    index = read_index((Path(mirror.location) / "INDEX.yaml").read_text(encoding="utf-8"))
    text = (Path(mirror.location) / "INDEX.yaml").read_text(encoding="utf-8")
    for pin in (pin for name in known_releases() for pin in release_map(name).pins):
        assert pin.url in index
        assert pin.tree_sha256 in text
        assert pin.commit in text
