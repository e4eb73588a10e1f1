"""Mutual TLS everywhere but where callers cannot, and no identity from outside."""

import json

import pytest

from components.platform.patches.mesh import EXCLUDED, IDENTITY_HEADERS, PLAIN
from upstream.admission import backend_services, configurations, services
from upstream.inventory import Inventory, annotations, labels, pod_template, take_inventory
from upstream.model import Key, Obj, Release
from upstream.selectors import selects

INJECT = "sidecar.istio.io/inject"
UPSTREAMS_EXCEPTIONS = {("knative-serving", "webhook"), ("knative-serving", "net-istio-webhook")}


@pytest.fixture
def inventory(release: Release, patched: tuple[Obj, ...]) -> Inventory:
    return take_inventory(patched, release.all_crds)


def authentications(objs: tuple[Obj, ...]) -> list[Obj]:
    return [obj for obj in objs if obj.kind == "PeerAuthentication"]


def test_the_whole_mesh_is_strict(patched: tuple[Obj, ...]) -> None:
    (whole,) = (obj for obj in authentications(patched) if "selector" not in obj.body["spec"])
    assert (whole.namespace, whole.name) == ("istio-system", "default")
    assert whole.body["spec"] == {"mtls": {"mode": "STRICT"}}


def test_the_exceptions_are_upstreams_two_and_the_named_ones(patched: tuple[Obj, ...]) -> None:
    named = {(obj.namespace, obj.name) for obj in authentications(patched) if obj.name != "default"}
    ours = {(row.namespace, f"{row.deployment}-plain-callers") for row in PLAIN}
    assert named == UPSTREAMS_EXCEPTIONS | ours


def test_an_exception_is_of_ports_that_its_pods_have_and_of_no_other_pod(
    inventory: Inventory, patched: tuple[Obj, ...]
) -> None:
    for row in PLAIN:
        key = Key("security.istio.io", "PeerAuthentication", row.namespace, "")
        found = inventory.objects[key._replace(name=f"{row.deployment}-plain-callers")]
        spec = found.body["spec"]
        assert spec["mtls"] == {"mode": "STRICT"}
        meant = [
            obj
            for obj in patched
            if obj.namespace == row.namespace
            and (template := pod_template(obj))
            and selects(spec["selector"], labels(template))
        ]
        assert [obj.name for obj in meant] == [row.deployment]
        opened = {int(port) for port in spec["portLevelMtls"]}
        known = {
            port
            for service in inventory.of_kind["Service"]
            if meant[0].key in inventory.backends(service.key)
            for port in _targets(service, meant[0])
        }
        assert opened <= known, (row.deployment, opened, known)


def _targets(service: Obj, workload: Obj) -> set[int]:
    by_name = {
        port.get("name"): port["containerPort"]
        for container in workload.body["spec"]["template"]["spec"]["containers"]
        for port in container.get("ports", ())
    }
    ports = (port.get("targetPort", port["port"]) for port in service.body["spec"]["ports"])
    return {port if isinstance(port, int) else by_name[port] for port in ports}


def test_the_api_server_reaches_every_webhook_behind_a_sidecar(
    inventory: Inventory, patched: tuple[Obj, ...]
) -> None:
    """It is not in the mesh: its port is an exception, or goes around the sidecar."""
    looked_at = set()
    for service in {key for one in configurations(inventory) for key in services(one)}:
        for backend in inventory.backends(service):
            if not _has_sidecar(inventory, backend):
                continue
            looked_at.add(backend.name)
            template = pod_template(inventory.objects[backend]) or {}
            around = annotations(template).get(EXCLUDED, "").split(",")
            plain = {
                port
                for obj in authentications(patched)
                if obj.namespace == backend.namespace and "selector" in obj.body["spec"]
                if selects(obj.body["spec"]["selector"], labels(template))
                for port, how in obj.body["spec"]["portLevelMtls"].items()
                if how == {"mode": "PERMISSIVE"}
            }
            assert plain | {port for port in around if port}, backend
    assert {"cache-server", "llmisvc-controller-manager", "webhook"} <= looked_at
    assert backend_services(inventory)


def _has_sidecar(inventory: Inventory, workload: Key) -> bool:
    template = pod_template(inventory.objects[workload]) or {}
    said = {**annotations(template), **labels(template)}.get(INJECT)
    home = inventory.namespace_labels(workload.namespace).get("istio-injection")
    return home == "enabled" and said != "false"


def test_no_policy_of_upstream_is_dropped(release: Release, patched: tuple[Obj, ...]) -> None:
    """Without them anybody in the cluster is whom they say they are (KF#7032 and others)."""

    def policies(objs: tuple[Obj, ...]) -> dict[Key, object]:
        return {o.key: o.body["spec"] for o in objs if o.kind == "AuthorizationPolicy"}

    upstreams = policies(release.objects)
    assert len(upstreams) > 20
    assert policies(patched) == upstreams


def test_identity_headers_from_outside_are_taken_away_first(patched: tuple[Obj, ...]) -> None:
    (found,) = (obj for obj in patched if obj.kind == "EnvoyFilter")
    assert found.body["spec"]["workloadSelector"]["labels"] == {"app": "istio-ingressgateway"}
    (patch,) = found.body["spec"]["configPatches"]
    assert patch["match"]["context"] == "GATEWAY"
    assert patch["patch"]["operation"] == "INSERT_FIRST", "before the token is read"
    mutations = patch["patch"]["value"]["typed_config"]["mutations"]["request_mutations"]
    assert [one["remove"] for one in mutations] == list(IDENTITY_HEADERS)
    (tokens,) = (obj for obj in patched if obj.kind == "RequestAuthentication")
    (rule,) = tokens.body["spec"]["jwtRules"]
    told = {one["header"] for one in rule["outputClaimToHeaders"]}
    assert told <= set(IDENTITY_HEADERS), json.dumps(rule)
