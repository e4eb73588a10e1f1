"""One real cluster for all tests that need it."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from kube.client import Client
from plan.model import Allocatable, ClusterPlan, Pool, Taint
from rehearsal.cluster.cluster import Access, start_cluster, stop_cluster
from rehearsal.cluster.waiting import until
from upstream.cache import cache_dir

Body = dict[str, Any]

GENERAL = Pool(
    name="general",
    instance_types=("m5.xlarge",),
    nodes=2,
    min_nodes=2,
    max_nodes=2,
    is_spot=False,
    zones=("r-a", "r-b"),
    labels={},
    taints=(),
    allocatable=Allocatable(cpu_m=3920, memory_mib=14_800, pods=58, gpus=0, volumes=5),
)
GPU = Pool(
    name="gpu",
    instance_types=("g4dn.xlarge",),
    nodes=0,
    min_nodes=0,
    max_nodes=1,
    is_spot=False,
    zones=("r-a",),
    labels={},
    taints=(Taint(key="nvidia.com/gpu", value="true", effect="NoSchedule"),),
    allocatable=Allocatable(cpu_m=3920, memory_mib=14_800, pods=29, gpus=1, volumes=5),
)
PLAN = ClusterPlan(
    provider="existing",
    name="test",
    region="r",
    zones=("r-a", "r-b"),
    kubernetes="1.35",
    storage_class="standard",
    pools=(GENERAL, GPU),
)


PREFIX = "test-"


@dataclass(frozen=True)
class Live:
    """A running cluster, as tests use it."""

    access: Access
    client: Client

    def apply(self, body: Body) -> Body:
        """Server-side apply."""
        return self.client.apply(body, "test")

    def wait(self, body: Body, what: str, holds: Callable[[Body], Any]) -> Body:
        """The live object once `holds` says so."""
        seen: list[Body] = []

        def lacking() -> str | None:
            live = self.client.get(body)
            if live is None or not holds(live):
                return f"it is {live and live.get('status')}"
            seen.append(live)
            return None

        until(f"{body['kind']} {body['metadata']['name']} {what}", lacking, 30)
        return seen[-1]

    def wait_gone(self, body: Body) -> None:
        """Until the object is no more."""
        name = f"{body['kind']} {body['metadata']['name']}"
        until(f"{name} gone", lambda: "there" if self.client.get(body) else None, 30)


def _stop_strays() -> None:
    """Clusters of test runs that were killed."""
    for folder in (cache_dir() / "clusters").glob(f"{PREFIX}*"):
        pid = int(folder.name.removeprefix(PREFIX).partition("-")[0])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            stop_cluster(folder.name, lambda _: None)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Live]:
    """A cluster of this test run's own, stopped at its end."""
    _stop_strays()
    name = f"{PREFIX}{os.getpid()}"
    access = start_cluster(name, PLAN, lambda _: None)
    yield Live(access, Client(access.kubeconfig))
    stop_cluster(name, lambda _: None)
