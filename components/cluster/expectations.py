"""The first gate on a cluster: its version, storage, room and network are what the platform needs.

A resource that writes nothing. Pulumi asks its `check` in every preview and every up, so that a
cluster that does not fit is refused before anything is put on it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pulumi
from pulumi import dynamic

from components.gate import judged
from components.plainly import PlainProvider
from kube.client import Client
from kube.errors import KubeError
from plan.expectations import CILIUM, Expected, FoundCluster, misfits
from plan.model import STACK_LABEL
from plan.quantities import cpu_millicores, mebibytes

DEFAULT = "storageclass.kubernetes.io/is-default-class"


class UnfitClusterError(KubeError):
    """The cluster is not what the platform needs."""


@dataclass(frozen=True, kw_only=True)
class ExpectationsArgs:
    """Which cluster, and what is asked of it."""

    kubeconfig: pulumi.Input[str]
    expected: Expected


class _Gate(PlainProvider):
    """Reads, judges, and refuses."""

    serialize_as_secret_always = False  # it captures no secret: the kubeconfig is an input

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.CheckResult:
        """Again only for other expectations: a lost node is no reason to refuse what mends it."""
        if olds.get("expected") == news["expected"]:
            return dynamic.CheckResult(news, [])
        asked = standing(news["expected"]) if olds else news["expected"]
        return judged(news, "expected", lambda: reasons(Client(news["kubeconfig"]), asked))

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        _refuse(props["kubeconfig"], props["expected"])
        return dynamic.CreateResult(id_="expectations", outs=props)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.DiffResult:
        return dynamic.DiffResult(changes=olds.get("expected") != news["expected"])

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> dynamic.UpdateResult:
        _refuse(news["kubeconfig"], standing(news["expected"]))
        return dynamic.UpdateResult(outs=news)


class Expectations(dynamic.Resource, module="kubeflow", name="Expectations"):
    """What everything on the cluster waits for; it leaves nothing behind."""

    def __init__(
        self, name: str, args: ExpectationsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {
            "kubeconfig": pulumi.Output.secret(args.kubeconfig),
            "expected": asdict(args.expected),
        }
        super().__init__(_Gate(), name, props, opts)


def standing(expected: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked where the platform stands: its pods have their room already."""
    return {**expected, "cpu_m": 0, "memory_mib": 0}


def reasons(client: Client, expected: Mapping[str, Any]) -> tuple[str, ...]:
    """Every reason against this cluster, by what it shows."""
    asked = _expected(expected)
    return tuple(misfits(asked, look(client, asked.stack)))


def look(client: Client, stack: str) -> FoundCluster:
    """What the cluster has, and what is on it of the stack."""
    version = client.call("GET", "/version")
    nodes = [one for one in client.list(client.resource("v1", "Node")) if _takes_pods(one)]
    return FoundCluster(
        version=f"{version['major']}.{version['minor'].rstrip('+')}",
        classes=_classes(client),
        nodes=len(nodes),
        cpu_m=sum(cpu_millicores(one["status"]["allocatable"]["cpu"]) for one in nodes),
        memory_mib=sum(mebibytes(one["status"]["allocatable"]["memory"]) for one in nodes),
        cilium=_cilium(client),
        claims=_claims(client, stack),
    )


def _takes_pods(node: Mapping[str, Any]) -> bool:
    return not node["spec"].get("unschedulable", False)


def _classes(client: Client) -> dict[str, bool]:
    found: Iterable[Mapping[str, Any]] = client.list(
        client.resource("storage.k8s.io/v1", "StorageClass")
    )
    return {
        one["metadata"]["name"]: (one["metadata"].get("annotations") or {}).get(DEFAULT) == "true"
        for one in found
    }


def _claims(client: Client, stack: str) -> dict[str, str]:
    """Also of those that a destroy kept: the next `up` takes them up again."""
    claims = client.resource("v1", "PersistentVolumeClaim")
    return {
        f"{one['metadata']['namespace']}/{one['metadata']['name']}": one["spec"].get(
            "storageClassName", ""
        )
        for one in client.list(claims, f"{STACK_LABEL}={stack}")
    }


def _cilium(client: Client) -> Mapping[str, str]:
    namespace, _, name = CILIUM.partition("/")
    metadata = {"name": name, "namespace": namespace}
    found = client.get({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}) or {}
    said: Mapping[str, str] = found.get("data") or {}
    return said


def _expected(said: Mapping[str, Any]) -> Expected:
    return Expected(
        stack=str(said["stack"]),
        storage_class=str(said["storage_class"]),
        cpu_m=int(said["cpu_m"]),  # numbers come back from Pulumi as floats
        memory_mib=int(said["memory_mib"]),
    )


def _refuse(kubeconfig: str, expected: Mapping[str, Any]) -> None:
    found = reasons(Client(kubeconfig), expected)
    if found:
        raise UnfitClusterError("\n".join(found))
