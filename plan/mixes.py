"""What of the settings counts only with a component that the stack does not get. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from plan.stores import PASSWORDS
from settings.model import Settings


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A setting that was given a value, and the components of which any one would use it."""

    path: str
    value: object
    users: tuple[str, ...]


def mix_mistakes(settings: Settings, components: Collection[str]) -> Iterator[str]:
    """`path: what is wrong` for each wish that nothing which is installed would use."""
    for wish in _wishes(settings):
        if not set(wish.users) & set(components):
            *others, last = wish.users
            either = f"{', '.join(others)} or {last}" if others else last
            yield (
                f"{wish.path}: {wish.value!r} would not be used: it is for {either}; "
                f"add {either} to kubeflow.components, or remove {wish.path}"
            )


def _wishes(settings: Settings) -> Iterator[Wish]:
    kubeflow, stores = settings.kubeflow, settings.stores
    minutes = kubeflow.notebooks.stop_idle_after_minutes
    namespaces = settings.ingress.serving_namespaces
    if kubeflow.kserve.mode != "Serverless":
        yield Wish(path="kubeflow.kserve.mode", value=kubeflow.kserve.mode, users=("kserve",))
    if minutes is not None:
        path = "kubeflow.notebooks.stopIdleAfterMinutes"
        yield Wish(path=path, value=minutes, users=("notebooks",))
    if namespaces:
        users = ("kserve", "knative")
        yield Wish(path="ingress.servingNamespaces", value=namespaces, users=users)
    if stores.objects.kind != "cluster":
        yield Wish(path="stores.objects", value=stores.objects.kind, users=("pipelines",))
    if stores.database.kind != "cluster":
        yield Wish(path="stores.database", value=stores.database.kind, users=tuple(PASSWORDS))
