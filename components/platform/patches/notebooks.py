"""Notebooks: GPUs are offered where there are any, and idle ones stop when that is wished. Pure."""

from collections.abc import Iterable

import yaml

from components.platform.patches.model import Json, Patch, Selector, with_data
from plan.model import Pool

SPAWNER = "spawner_ui_config.yaml"
VENDOR = "nvidia.com/gpu"  # of every GPU in plan/instances.py


def notebook_patches(pools: Iterable[Pool], idle_minutes: int | None) -> tuple[Patch, ...]:
    """What the spawner offers, and when the controller stops a notebook; None is never."""
    has_gpus = any(pool.allocatable.gpus for pool in pools)
    offers = Patch(
        name="spawner-gpus",
        component="notebooks",
        selector=Selector(kind="ConfigMap", namespace="kubeflow", name="jupyter-web-app-config-.*"),
        why="upstream offers GPUs of three makers, and whoever picks one that no pool has waits",
        source="spawner_ui_config.yaml of upstream's jupyter-web-app",
        change=lambda body: _offering(body, has_gpus=has_gpus),
    )
    if idle_minutes is None:
        return (offers,)
    stops = Patch(
        name="notebook-culling",
        component="notebooks",
        selector=Selector(
            kind="ConfigMap", namespace="kubeflow", name="notebook-controller-config-.*"
        ),
        why="kubeflow.notebooks.stopIdleAfterMinutes: an idle notebook keeps its node, and costs",
        source="notebook-controller's culler: it asks Jupyter when a kernel was last busy",
        change=lambda body: with_data(
            {"ENABLE_CULLING": "true", "CULL_IDLE_TIME": str(idle_minutes)}, body
        ),
    )
    return (offers, stops)


def _offering(body: Json, *, has_gpus: bool) -> Json:
    config = yaml.safe_load(body["data"][SPAWNER])
    gpus = config["spawnerFormDefaults"]["gpus"]
    ours = [one for one in gpus["value"]["vendors"] if one["limitsKey"] == VENDOR]
    gpus["value"] = {**gpus["value"], "vendors": ours if has_gpus else []}
    gpus["readOnly"] = not has_gpus
    return with_data({SPAWNER: yaml.safe_dump(config, sort_keys=False)}, body)
