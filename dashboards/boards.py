"""Which dashboards a stack has: those of what is installed. Pure."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.control_plane import control_plane
from dashboards.gpu import gpu
from dashboards.overview import overview
from dashboards.pipelines import pipelines
from dashboards.serving import serving
from dashboards.teams import teams
from dashboards.training import training


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What there is to be shown: components of Kubeflow, and nodes with GPUs."""

    components: Collection[str]
    has_gpus: bool


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
    Board(name="control-plane", is_wanted=lambda _: True, make=lambda _: control_plane()),
    Board(name="teams", is_wanted=lambda _: True, make=lambda _: teams()),
    Board(name="pipelines", is_wanted=_needs("pipelines"), make=lambda _: pipelines()),
    Board(name="serving", is_wanted=_needs("kserve"), make=lambda _: serving()),
    Board(name="training", is_wanted=lambda _: True, make=lambda shown: training(shown.components)),
    Board(name="gpu", is_wanted=lambda shown: shown.has_gpus, make=lambda _: gpu()),
)


def dashboards(shown: Shown) -> Mapping[str, str]:
    """Those that a stack has use for, by name, as Grafana reads them."""
    return {
        board.name: json.dumps(board.make(shown), cls=JSONEncoder, separators=(",", ":"))
        for board in BOARDS
        if board.is_wanted(shown)
    }
