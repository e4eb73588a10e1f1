"""What protects a cluster is refused where the stack has none to take away."""

from typing import Any

import pytest

from plan.build import make_plan
from settings.mistakes import SettingsError
from settings.model import Settings
from tests.settings.test_settings import AWS, GOOD, OCEAN

OF_NOBODY = (
    "  protection.cluster: 'keep' would not be used: an existing cluster is never removed; remove "
    "protection.cluster"
)
OF_ONE_CLOUD = (
    "  protection.replaceCluster: 'x' would not be used: only a cluster on DigitalOcean is "
    "replaced; remove protection.replaceCluster"
)


def settings(where: dict[str, Any], **protection: str) -> Settings:
    pools = {"pools": GOOD["pools"]} if where["provider"] == "existing" else {}
    said = {"cluster": where, "ingress": GOOD["ingress"], "protection": protection}
    return Settings.model_validate({**said, **pools})


@pytest.mark.parametrize(
    ("cluster", "lines"),
    [(GOOD["cluster"], [OF_NOBODY, OF_ONE_CLOUD]), (AWS, [OF_ONE_CLOUD]), (OCEAN, [])],
)
def test_what_would_not_be_used_is_refused(cluster: dict[str, Any], lines: list[str]) -> None:
    said = settings(cluster, cluster="keep", replaceCluster="x")
    if not lines:
        assert make_plan(said, "x").cluster.provider == "digitalocean"
        return
    with pytest.raises(SettingsError) as caught:
        make_plan(said, "x")
    assert str(caught.value).splitlines()[1:] == lines


def test_volumes_and_crds_are_kept_anywhere() -> None:
    assert make_plan(
        settings(GOOD["cluster"], crds="keep", volumes="keep"), "x"
    ).kubeflow.keeps_crds
