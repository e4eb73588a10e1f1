"""Volumes: where they are made, said and not guessed. Pure."""

from components.platform.patches.model import Patch, Selector, with_spec

CLAIMING = ("pipelines", "katib", "model-registry")


def storage_patches(storage_class: str) -> tuple[Patch, ...]:
    """The storage class of every claim of the components that keep data."""
    return tuple(
        Patch(
            name=f"{component}-storage-class",
            component=component,
            selector=Selector(kind="PersistentVolumeClaim", namespace=".*", name=".*"),
            why="a cluster without a default class would bind nothing, and changing it loses data",
            source="kubeflow.md, section 2.5",
            change=lambda body: with_spec(body, storageClassName=storage_class),
        )
        for component in CLAIMING
    )
