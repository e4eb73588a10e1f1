"""A gate: a resource that writes nothing, and refuses by what it reads, in previews too."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from pulumi import dynamic
from pulumi.output import Unknown

from components.plainly import PlainProvider
from kube.client import Client
from kube.errors import ApiStatusError, KubeError, NoSuchKindError


class Gate(PlainProvider, ABC):
    """Reads, judges, and refuses: in every preview and every up.

    `passed` is the id of the resource, `blamed` the input that reasons are said of, `watched` are
    the inputs whose change is an update, and `refusal` is what an up ends with.
    """

    serialize_as_secret_always = False  # it captures no secret: the kubeconfig is an input
    passed: ClassVar[str]
    blamed: ClassVar[str]
    watched: ClassVar[tuple[str, ...]]
    refusal: ClassVar[type[KubeError]]

    @abstractmethod
    def reasons(self, props: dict[str, Any]) -> Iterable[str]:
        """Everything that stands against what `props` want, by what the cluster shows."""

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> dynamic.CheckResult:
        return judged(news, self.blamed, lambda: self.reasons(news))

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        self._refuse(props)
        return dynamic.CreateResult(id_=self.passed, outs=props)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.DiffResult:
        return dynamic.DiffResult(changes=any(olds.get(key) != news[key] for key in self.watched))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> dynamic.UpdateResult:
        self._refuse(news)
        return dynamic.UpdateResult(outs=news)

    def _refuse(self, props: dict[str, Any]) -> None:
        if found := tuple(self.reasons(props)):
            raise self.refusal("\n".join(found))


def judged(
    news: dict[str, Any], blamed: str, find: Callable[[], Iterable[str]]
) -> dynamic.CheckResult:
    """The inputs, and every reason that `find` gives against them, said of the input `blamed`.

    A cluster that is not there yet, or cannot be reached, is judged when it is built on.
    """
    if isinstance(news["kubeconfig"], Unknown):
        return dynamic.CheckResult(news, [])
    try:
        found = tuple(find())
    except ApiStatusError:
        raise
    except KubeError:
        found = ()
    return dynamic.CheckResult(news, [dynamic.CheckFailure(blamed, why) for why in found])


def is_served(client: Client, kind: str) -> bool:
    """Whether the cluster knows a kind, named like `apps/v1 Deployment`."""
    try:
        client.resource(*kind.split(" "))
    except NoSuchKindError:
        return False
    return True
