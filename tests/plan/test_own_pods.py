"""Every pod of a cluster is counted, also those that nothing of the stack's declares."""

from typing import Any

import pytest

from components.cluster.aws.addons import EARLY, late
from plan.autoscaler import DEMAND as AUTOSCALER
from plan.build import make_plan
from plan.capacity import fit
from plan.digitalocean import INOTIFY
from plan.lock import locked_demands
from plan.model import Plan
from plan.own_pods import EKS_ADDONS, clouds_demands, own_demands
from settings.model import Settings

ADMIN = "arn:aws:iam::123456789012:role/admin"
CLOUDS: dict[str, dict[str, Any]] = {
    "aws": {"provider": "aws", "region": "eu-west-1", "admins": [ADMIN]},
    "digitalocean": {"provider": "digitalocean", "region": "fra1"},
}


def plan(cloud: str, environment: str = "dev") -> Plan:
    raw = {
        "environment": environment,
        "cluster": CLOUDS[cloud],
        "ingress": {"domain": "ml.b.test", "auth": {"adminEmail": "a@b.test"}},
    }
    return make_plan(Settings.model_validate(raw), "kf")


def test_what_every_addon_asks_for_is_known() -> None:
    assert EKS_ADDONS.keys() == EARLY.keys() | late({}).keys()


def test_the_addons_of_three_nodes_take_a_cpu_and_a_gibibyte_and_a_half() -> None:
    made = plan("aws")
    (general,) = fit(clouds_demands(made), made.cluster.pools).pools[:1]
    assert (general.pods, general.cpu_m, general.memory_mib) == (18, 1060, 1380)


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_platform_fits_beside_them(environment: str) -> None:
    made = plan("aws", environment)
    assert own_demands(made) == (*clouds_demands(made), AUTOSCALER)
    assert fit(locked_demands(made), made.cluster.pools).fits


def test_on_digitalocean_ours_is_the_only_one() -> None:
    made = plan("digitalocean")
    assert own_demands(made) == (INOTIFY,)
    assert clouds_demands(made) == ()
