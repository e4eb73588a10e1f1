"""How a gate answers in a preview: a resource that writes nothing, and refuses by what it reads."""

from collections.abc import Callable, Iterable
from typing import Any

from pulumi import dynamic
from pulumi.output import Unknown

from kube.errors import ApiStatusError, KubeError


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
