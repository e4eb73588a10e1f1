"""Which dashboards a stack has: those of what is installed. Pure."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.control_plane import control_plane
from dashboards.gpu import gpu
from dashboards.money import money
from dashboards.overview import overview
from dashboards.pipelines import pipelines
from dashboards.serving import serving
from dashboards.teams import teams
from dashboards.training import training


class Watched(Protocol):
    """What of the cluster itself there is to see."""

    @property
    def has_autoscaler(self) -> bool:
        """Whether a cluster autoscaler tells its figures."""

    @property
    def is_priced(self) -> bool:
        """Whether nodes have prices."""

    @property
    def has_budget(self) -> bool:
        """Whether a month may only cost so much."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What there is to be shown: components of Kubeflow, nodes with GPUs, and the rest."""

    components: Collection[str]
    has_gpus: bool
    watched: Watched


@dataclass(frozen=True, kw_only=True)
class Board:
    """A dashboard, and whether a stack has use for it."""

    name: str
    is_wanted: Callable[[Shown], bool]
    make: Callable[[Shown], Dashboard]


def _needs(component: str) -> Callable[[Shown], bool]:
    return lambda shown: component in shown.components


BOARDS = (
    Board(name="overview", is_wanted=lambda _: True, make=lambda _: overview()),
    Board(
        name="control-plane",
        is_wanted=lambda _: True,
        make=lambda shown: control_plane(has_autoscaler=shown.watched.has_autoscaler),
    ),
    Board(name="teams", is_wanted=lambda _: True, make=lambda _: teams()),
    Board(name="pipelines", is_wanted=_needs("pipelines"), make=lambda _: pipelines()),
    Board(name="serving", is_wanted=_needs("kserve"), make=lambda _: serving()),
    Board(name="training", is_wanted=lambda _: True, make=lambda shown: training(shown.components)),
    Board(name="gpu", is_wanted=lambda shown: shown.has_gpus, make=lambda _: gpu()),
    Board(
        name="money",
        is_wanted=lambda shown: shown.watched.is_priced,
        make=lambda shown: money(has_budget=shown.watched.has_budget, has_gpus=shown.has_gpus),
    ),
)


def dashboards(shown: Shown) -> Mapping[str, str]:
    """Those that a stack has use for, by name, as Grafana reads them."""
    return {
        board.name: json.dumps(board.make(shown), cls=JSONEncoder, separators=(",", ":"))
        for board in BOARDS
        if board.is_wanted(shown)
    }
