"""What each stand-in would write, given what the cluster shows."""

import base64
from typing import Any, ClassVar

import pytest
from cryptography import x509

from rehearsal.cluster.nodes import PROVISIONER
from rehearsal.cluster.pki import Pair, Wish, issue, make_authority
from rehearsal.standins import certificates, load_balancers, profiles, trust, volumes
from rehearsal.standins.world import (
    ACCOUNT,
    BINDING,
    CERTIFICATE,
    CLAIM,
    CRD,
    DEPLOYMENT,
    ISSUER,
    MUTATING,
    NAMESPACE,
    NODE,
    PROFILE,
    QUOTA,
    SERVICE,
    STORAGE_CLASS,
    TLS_SECRET,
    VOLUME,
    Kind,
    World,
    has_condition,
)
from tests.rehearsal.standins.shown import CERT_MANAGER, READY, available, named, world_of

Body = dict[str, Any]

AUTHORITY = make_authority("rehearsal")


class TestVolumes:
    """One volume per claim, where its pod will be."""

    CLASS = named(
        "standard",
        provisioner=PROVISIONER,
        reclaimPolicy="Delete",
        volumeBindingMode="WaitForFirstConsumer",
    )
    HERE = named("n-0", metadata={"labels": {"topology.kubernetes.io/zone": "r-a"}})

    def _claim(self, **annotations: str) -> Body:
        return named(
            "data",
            "ns",
            metadata={"annotations": annotations},
            spec={
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": "standard",
                "resources": {"requests": {"storage": "5Gi"}},
            },
            status={"phase": "Pending"},
        )

    def test_a_claim_waits_for_its_pod(self) -> None:
        world = world_of({CLAIM: [self._claim()], STORAGE_CLASS: [self.CLASS]})

        assert list(volumes.writes(world)) == []

    def test_a_volume_is_made_in_the_zone_of_the_chosen_node(self) -> None:
        claim = self._claim(**{volumes.SELECTED_NODE: "n-0"})
        world = world_of({CLAIM: [claim], STORAGE_CLASS: [self.CLASS], NODE: [self.HERE]})

        [write] = volumes.writes(world)

        assert (write.verb, write.body["metadata"]["name"]) == ("create", "pvc-uid-data")
        assert write.body["spec"]["capacity"] == {"storage": "5Gi"}
        assert write.body["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"] == [
            {
                "matchExpressions": [
                    {"key": volumes.ZONE, "operator": "In", "values": ["r-a"]},
                ]
            }
        ]

    def test_the_class_of_a_cloud_is_stood_in_for(self) -> None:
        cloud = {**self.CLASS, "provisioner": "ebs.csi.aws.com"}
        claim = self._claim(**{volumes.SELECTED_NODE: "n-0"})
        made = list(volumes.writes(world_of({CLAIM: [claim], STORAGE_CLASS: [cloud]})))
        assert [one.verb for one in made] == ["create"]

    def test_a_claim_of_another_class_is_not_ours(self) -> None:
        other = {**self.CLASS, "provisioner": "nfs.csi.k8s.io"}
        claim = self._claim(**{volumes.SELECTED_NODE: "n-0"})

        assert list(volumes.writes(world_of({CLAIM: [claim], STORAGE_CLASS: [other]}))) == []

    @pytest.mark.parametrize(("policy", "goes"), [("Delete", True), ("Retain", False)])
    def test_a_released_volume_goes_unless_it_shall_stay(self, policy: str, goes: bool) -> None:
        volume = named(
            "pvc-1",
            metadata={"annotations": {"pv.kubernetes.io/provisioned-by": PROVISIONER}},
            spec={"persistentVolumeReclaimPolicy": policy},
            status={"phase": "Released"},
        )
        verbs = [write.verb for write in volumes.writes(world_of({VOLUME: [volume]}))]

        assert verbs == (["remove"] if goes else [])


class TestLoadBalancers:
    """An address for each Service that wants one."""

    def test_an_address_is_stable_and_nobody_elses(self) -> None:
        first = load_balancers.choose("istio-system/istio-ingressgateway", set())

        assert load_balancers.choose("istio-system/istio-ingressgateway", set()) == first
        assert load_balancers.choose("istio-system/istio-ingressgateway", {first}) != first

    def test_only_services_of_that_type_without_address_get_one(self) -> None:
        taken = {"loadBalancer": {"ingress": [{"ip": "203.0.113.9"}]}}
        services = [
            named("plain", "ns", spec={"type": "ClusterIP"}),
            named("served", "ns", spec={"type": "LoadBalancer"}, status=taken),
            named("waiting", "ns", spec={"type": "LoadBalancer"}),
        ]
        [write] = load_balancers.writes(world_of({SERVICE: services}))

        assert (write.name, write.subresource) == ("waiting", "status")


class TestCertificates:
    """Issuers and certificates, once cert-manager is there."""

    ISSUER = named("self", "ns", spec={"selfSigned": {}})
    CERTIFICATE = named(
        "serving",
        "ns",
        spec={
            "secretName": "serving-cert",
            "dnsNames": ["web.ns.svc"],
            "duration": "48h0m0s",
            "issuerRef": {"kind": "Issuer", "name": "self"},
        },
    )

    def _writes(self, objects: dict[Kind, list[Body]]) -> list[Any]:
        def issued(wish: Wish) -> Pair:
            return issue(AUTHORITY, wish)

        world = world_of(objects)
        return list(certificates.writes(world, issued, AUTHORITY.certificate))

    def test_nothing_happens_before_the_controller_is_available(self) -> None:
        assert self._writes({ISSUER: [self.ISSUER], CERTIFICATE: [self.CERTIFICATE]}) == []

    def test_an_issuer_becomes_ready_before_its_certificate_is_issued(self) -> None:
        objects = {**CERT_MANAGER, ISSUER: [self.ISSUER], CERTIFICATE: [self.CERTIFICATE]}
        [write] = self._writes(objects)

        assert (write.kind, write.name, write.subresource) == (ISSUER, "self", "status")

    def test_the_secret_holds_a_certificate_of_the_rehearsals_authority(self) -> None:
        ready = {**self.ISSUER, "status": READY}
        [write] = self._writes({**CERT_MANAGER, ISSUER: [ready], CERTIFICATE: [self.CERTIFICATE]})
        data = {key: base64.b64decode(text) for key, text in write.body["data"].items()}
        certificate = x509.load_pem_x509_certificate(data["tls.crt"])

        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(data["ca.crt"]))
        assert write.body["type"] == "kubernetes.io/tls"
        assert certificate.subject.rfc4514_string() == "CN=web.ns.svc"
        span = certificate.not_valid_after_utc - certificate.not_valid_before_utc
        assert span.total_seconds() == (48 + 1) * 3600

    def test_an_authority_of_a_self_signing_issuer_is_nobody_elses(self) -> None:
        ready = {**named("self", "ns", spec={"selfSigned": {}}), "status": READY}
        spec = {**self.CERTIFICATE["spec"], "isCA": True}
        objects = {**CERT_MANAGER, ISSUER: [ready]}
        [write] = self._writes({**objects, CERTIFICATE: [{**self.CERTIFICATE, "spec": spec}]})
        data = {key: base64.b64decode(text) for key, text in write.body["data"].items()}
        root = x509.load_pem_x509_certificate(data["tls.crt"])

        root.verify_directly_issued_by(root)
        assert data["ca.crt"] == data["tls.crt"]
        assert (
            root.subject != x509.load_pem_x509_certificate(AUTHORITY.certificate.encode()).subject
        )

    def test_an_issuer_with_an_authority_of_its_own_signs_with_that(self) -> None:
        own = make_authority("the namespace's")
        pem = {"tls.crt": own.certificate, "tls.key": own.key}
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in pem.items()}
        ready = {**named("self", "ns", spec={"ca": {"secretName": "own"}}), "status": READY}
        objects = {**CERT_MANAGER, TLS_SECRET: [named("own", "ns", data=encoded)]}
        [write] = self._writes({**objects, ISSUER: [ready], CERTIFICATE: [self.CERTIFICATE]})
        data = {key: base64.b64decode(text) for key, text in write.body["data"].items()}

        assert data["ca.crt"].decode() == own.certificate
        x509.load_pem_x509_certificate(data["tls.crt"]).verify_directly_issued_by(
            x509.load_pem_x509_certificate(own.certificate.encode())
        )

    def test_a_certificate_is_ready_when_its_secret_is_there_and_then_left_alone(self) -> None:
        objects = {
            **CERT_MANAGER,
            ISSUER: [{**self.ISSUER, "status": READY}],
            TLS_SECRET: [named("serving-cert", "ns")],
        }
        [write] = self._writes({**objects, CERTIFICATE: [self.CERTIFICATE]})
        done = {**self.CERTIFICATE, "status": write.body["status"]}

        assert write.subresource == "status"
        assert self._writes({**objects, CERTIFICATE: [done]}) == []

    def test_a_certificate_for_more_names_is_issued_anew(self) -> None:
        objects = {**CERT_MANAGER, ISSUER: [{**self.ISSUER, "status": READY}]}
        [first] = self._writes({**objects, CERTIFICATE: [self.CERTIFICATE]})
        metadata = {**first.body["metadata"], "namespace": "ns"}
        objects = {**objects, TLS_SECRET: [{**first.body, "metadata": metadata}]}
        names = ["web.ns.svc", "*.more.test"]
        spec = {**self.CERTIFICATE["spec"], "dnsNames": names}
        [again] = self._writes({**objects, CERTIFICATE: [{**self.CERTIFICATE, "spec": spec}]})

        assert (again.verb, again.name) == ("merge", "serving-cert")
        pem = base64.b64decode(again.body["data"]["tls.crt"])
        said = x509.load_pem_x509_certificate(pem).extensions
        found = said.get_extension_for_class(x509.SubjectAlternativeName).value
        assert found.get_values_for_type(x509.DNSName) == names
        [write] = self._writes({**objects, CERTIFICATE: [self.CERTIFICATE]})
        assert write.subresource == "status"


class TestTrust:
    """Who fills which caBundle, and when."""

    SERVICE = named("hook", "ns", spec={"selector": {"app": "hook"}})
    BACKEND = available("hook", "ns", {"app": "hook"})
    INJECTOR = available("cert-manager-cainjector", "cert-manager")
    ENCODED = base64.b64encode(AUTHORITY.certificate.encode()).decode()

    def _config(self, bundle: str = "", **annotations: str) -> Body:
        service = {"namespace": "ns", "name": "hook"}
        url = {"clientConfig": {"url": "https://elsewhere"}}
        config = {"clientConfig": {"service": service, "caBundle": bundle}}
        metadata = {"annotations": annotations}
        return named("config", metadata=metadata, webhooks=[url, config])

    def _patched(self, world: World) -> list[str]:
        writes = trust.writes(world, AUTHORITY.certificate)
        return [step["path"] for write in writes for step in write.body if step["op"] == "add"]

    def test_a_program_fills_its_own_bundle_once_it_is_available(self) -> None:
        objects = {MUTATING: [self._config()], SERVICE: [self.SERVICE]}

        assert self._patched(world_of(objects)) == []
        assert self._patched(world_of({**objects, DEPLOYMENT: [self.BACKEND]})) == [
            "/webhooks/1/clientConfig/caBundle"
        ]

    def test_an_annotated_one_waits_for_the_injector_and_the_certificate(self) -> None:
        config = self._config(**{trust.INJECT_FROM: "ns/serving"})
        certificate = named("serving", "ns", spec={"secretName": "serving-cert"})
        objects = {MUTATING: [config], DEPLOYMENT: [self.INJECTOR], CERTIFICATE: [certificate]}
        secret = named("serving-cert", "ns")

        assert self._patched(world_of(objects)) == []
        assert self._patched(world_of({**objects, DEPLOYMENT: [], TLS_SECRET: [secret]})) == []
        assert len(self._patched(world_of({**objects, TLS_SECRET: [secret]}))) == 1

    def test_a_filled_bundle_is_left_alone(self) -> None:
        config = self._config(self.ENCODED)
        world = world_of({MUTATING: [config], SERVICE: [self.SERVICE], DEPLOYMENT: [self.BACKEND]})

        assert self._patched(world) == []

    def test_conversion_webhooks_are_trusted_too(self) -> None:
        client = {"service": {"namespace": "ns", "name": "hook"}}
        crd = named("x", spec={"conversion": {"webhook": {"clientConfig": client}}})
        world = world_of({CRD: [crd], SERVICE: [self.SERVICE], DEPLOYMENT: [self.BACKEND]})

        assert self._patched(world) == ["/spec/conversion/webhook/clientConfig/caBundle"]


class TestProfiles:
    """A namespace, rights and a quota for each Profile."""

    CONTROLLER: ClassVar = {DEPLOYMENT: [available("profiles-deployment", "kubeflow")]}
    PROFILE = named(
        "vision",
        spec={
            "owner": {"kind": "User", "name": "ada@example.com"},
            "resourceQuotaSpec": {"hard": {"cpu": "4"}},
        },
    )
    ROOM = named(
        "vision", metadata={"labels": profiles.LABELS, "annotations": {"owner": "ada@example.com"}}
    )

    def _writes(self, objects: dict[Kind, list[Body]]) -> list[tuple[str, str, str]]:
        found = profiles.writes(world_of({**self.CONTROLLER, **objects}))
        return [(w.verb, w.kind.name, w.name or w.body["metadata"]["name"]) for w in found]

    def test_nothing_happens_before_the_controller_is_available(self) -> None:
        assert self._writes({DEPLOYMENT: [], PROFILE: [self.PROFILE]}) == []

    def test_the_namespace_comes_first(self) -> None:
        assert self._writes({PROFILE: [self.PROFILE]}) == [("create", "Namespace", "vision")]

    RIGHTS: ClassVar = {
        QUOTA: [named("kf-resource-quota", "vision", spec={"hard": {"cpu": "4"}})],
        ACCOUNT: [named(name, "vision") for name in ("default-editor", "default-viewer")],
        BINDING: [
            *(
                named(
                    name,
                    "vision",
                    subjects=[{"kind": "ServiceAccount", "name": name, "namespace": "vision"}],
                )
                for name in ("default-editor", "default-viewer")
            ),
            named(
                "namespaceAdmin",
                "vision",
                subjects=[
                    {
                        "apiGroup": "rbac.authorization.k8s.io",
                        "kind": "User",
                        "name": "ada@example.com",
                    }
                ],
            ),
        ],
    }

    def test_then_quota_and_rights_and_the_finalizer_last(self) -> None:
        assert self._writes({PROFILE: [self.PROFILE], NAMESPACE: [self.ROOM]}) == [
            ("create", "ResourceQuota", "kf-resource-quota"),
            ("create", "ServiceAccount", "default-editor"),
            ("create", "RoleBinding", "default-editor"),
            ("create", "ServiceAccount", "default-viewer"),
            ("create", "RoleBinding", "default-viewer"),
            ("create", "RoleBinding", "namespaceAdmin"),
        ]
        assert self._writes({PROFILE: [self.PROFILE], NAMESPACE: [self.ROOM], **self.RIGHTS}) == [
            ("merge", "Profile", "vision")
        ]

    def test_a_namespace_of_the_owner_is_adopted_another_ones_refused(self) -> None:
        ours = {**self.ROOM, "metadata": {**self.ROOM["metadata"], "labels": {}}}
        theirs = {**ours, "metadata": {**ours["metadata"], "annotations": {"owner": "eve"}}}
        adopted = self._writes({PROFILE: [self.PROFILE], NAMESPACE: [ours]})
        refused = self._writes({PROFILE: [self.PROFILE], NAMESPACE: [theirs]})

        assert (adopted, refused) == (
            [("merge", "Namespace", "vision")],
            [("merge", "Profile", "vision")],
        )

    def test_like_the_real_one_it_leaves_a_quota_that_the_profile_no_longer_has(self) -> None:
        spec = {"owner": self.PROFILE["spec"]["owner"]}
        finished = named("vision", metadata={"finalizers": [profiles.FINALIZER]}, spec=spec)
        assert not self._writes({PROFILE: [finished], NAMESPACE: [self.ROOM], **self.RIGHTS})

    def test_an_adopted_namespace_may_get_its_new_owner_before_the_profile_does(self) -> None:
        def refused(owned: bool, version: str) -> bool:
            made_by: Body = {"ownerReferences": [{}]} if owned else {}
            metadata = {"annotations": {"owner": "eve"}, "resourceVersion": version, **made_by}
            profile = named("vision", metadata={"resourceVersion": "5"}, spec=self.PROFILE["spec"])
            room = named("vision", metadata=metadata)
            return bool(self._writes({PROFILE: [profile], NAMESPACE: [room]}))

        assert not refused(owned=False, version="6"), "it does not hear of the namespace"
        assert refused(owned=False, version="4"), "it hears of the Profile"
        assert refused(owned=True, version="6"), "it hears of a namespace it made"

    def test_another_owner_gets_the_binding_of_the_old_one(self) -> None:
        spec = {**self.PROFILE["spec"], "owner": {"kind": "User", "name": "eve@example.com"}}
        room = {**self.ROOM, "metadata": {**self.ROOM["metadata"]}}
        room["metadata"]["annotations"] = {"owner": "eve@example.com"}
        objects = {PROFILE: [named("vision", spec=spec)], NAMESPACE: [room], **self.RIGHTS}
        [write] = profiles.writes(world_of({**self.CONTROLLER, **objects}))
        assert (write.verb, write.name) == ("merge", "namespaceAdmin")
        assert write.body["subjects"][0]["name"] == "eve@example.com"

    def test_a_finished_profile_is_left_alone(self) -> None:
        finished = {
            **self.PROFILE,
            "metadata": {**self.PROFILE["metadata"], "finalizers": [profiles.FINALIZER]},
        }

        assert not self._writes({PROFILE: [finished], NAMESPACE: [self.ROOM], **self.RIGHTS})

    def test_a_going_profile_loses_its_finalizer(self) -> None:
        going = {"finalizers": [profiles.FINALIZER], "deletionTimestamp": "now"}
        profile = {**self.PROFILE, "metadata": {**self.PROFILE["metadata"], **going}}
        [write] = profiles.writes(world_of({**self.CONTROLLER, PROFILE: [profile]}))

        assert write.body == {"metadata": {"finalizers": None}}


@pytest.mark.parametrize("status", [{}, {"status": None}, {"status": {"conditions": None}}])
def test_an_object_without_conditions_has_none(status: Body) -> None:
    assert not has_condition(named("x", **status), "Ready")
