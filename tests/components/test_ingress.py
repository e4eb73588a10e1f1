"""Every object that a domain changes, and that login, TLS and routes agree in all of them."""

import json
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from difflib import unified_diff
from typing import Any

import pytest
import yaml
from syrupy.assertion import SnapshotAssertion

from components.platform.kubeflow import annotations
from components.platform.patches.table import platform_objects
from settings.ingress import IngressSettings
from tests.components.conftest import ARGS, ROOT
from tests.ingresses import CASES, PROVIDERS, planned, said, with_secrets
from upstream.load import load_release
from upstream.model import Key, Obj, Release
from upstream.order import needs, order
from upstream.pins import release_map

DOMAIN = "ml.corp.test"
EXAMPLE = "_example"  # Knative's documentation, which its webhook checks the sum of


def at_a_domain(release: Release, settings: IngressSettings, **more: Any) -> tuple[Obj, ...]:
    provider = more.pop("provider", "existing")
    ingress = with_secrets(planned(settings, provider))
    return platform_objects(release.objects, replace(ARGS, ingress=ingress, **more))


@pytest.fixture(scope="module")
def first() -> Release:
    """Kubeflow 26.03."""
    return loaded("26.03")


@pytest.fixture(scope="module")
def second() -> Release:
    """The one after."""
    return loaded("26.03.1-rc.2")


def loaded(name: str) -> Release:
    every = release_map(name).components
    return load_release(name, every, mirror=None, project=ROOT, tell=lambda _: None)


@pytest.fixture(scope="module")
def objects(release: Release) -> dict[str, Obj]:
    return named(at_a_domain(release, said()))


def named(objs: Iterable[Obj]) -> dict[str, Obj]:
    return {str(obj.key): obj for obj in objs}


def text_of(obj: Obj | None) -> list[str]:
    """An object's lines, those of the texts in it too."""
    if obj is None:
        return []
    data = {name: text for name, text in (obj.body.get("data") or {}).items() if name != EXAMPLE}
    rest = {name: said for name, said in obj.body.items() if name != "data"}
    lines = yaml.safe_dump(rest, sort_keys=False, width=200).splitlines()
    for name, text in data.items():
        lines += [f"data.{name}:", *str(text).splitlines()]
    return lines


def changes(before: Iterable[Obj], after: Iterable[Obj]) -> list[str]:
    """What objects say that they did not say before, and what no longer, under their names."""
    old, new = named(before), named(after)
    lines: list[str] = []
    for name in sorted(old.keys() | new.keys()):
        if name in old and name in new and old[name].body == new[name].body:
            continue
        diff = unified_diff(text_of(old.get(name)), text_of(new.get(name)), n=0, lineterm="")
        found = [line for line in [*diff][2:] if not line.startswith("@@")]
        lines += [f"# {name}", *found] if found else []
    return lines


@pytest.mark.parametrize(("provider", "tls"), CASES)
def test_what_a_domain_changes(
    first: Release, provider: str, tls: str, snapshot: SnapshotAssertion
) -> None:
    plain = platform_objects(first.objects, ARGS)
    assert "\n".join(changes(plain, at_a_domain(first, said(provider, tls)))) == snapshot


def test_what_a_domain_changes_otherwise_in_the_next_release(
    first: Release, second: Release, snapshot: SnapshotAssertion
) -> None:
    """By what differs, which cases that is so in."""
    releases = [(one, platform_objects(one.objects, ARGS)) for one in (first, second)]
    found: dict[str, list[str]] = {}
    for provider, tls in CASES:
        before, after = (
            changes(objs, at_a_domain(one, said(provider, tls))) for one, objs in releases
        )
        diff = [*unified_diff(before, after, n=0, lineterm="")][2:]
        text = "\n".join(line for line in diff if not line.startswith("@@"))
        found.setdefault(text, []).append(f"{provider} {tls}")
    assert found == snapshot


@pytest.mark.parametrize("tls", ["selfSigned", "http01"])
def test_no_policy_of_upstream_is_dropped_and_only_the_logins_changed(
    release: Release, tls: str
) -> None:
    def policies(objs: Iterable[Obj]) -> dict[str, Any]:
        kinds = ("AuthorizationPolicy", "PeerAuthentication")
        return {str(obj.key): obj.body["spec"] for obj in objs if obj.kind in kinds}

    upstreams = policies(release.objects)
    ours = policies(at_a_domain(release, said(tls=tls)))
    assert len(upstreams) > 20
    assert upstreams.keys() <= ours.keys()
    assert {key for key, spec in upstreams.items() if ours[key] != spec} == {
        f"AuthorizationPolicy istio-system/istio-ingressgateway-{name}"
        for name in ("oauth2-proxy", "require-jwt")
    }


def test_address_and_groups_of_who_logged_in_are_passed_on(objects: dict[str, Obj]) -> None:
    (rule,) = objects["RequestAuthentication istio-system/dex-jwt"].body["spec"]["jwtRules"]
    assert {one["header"]: one["claim"] for one in rule["outputClaimToHeaders"]} == {
        "kubeflow-userid": "email",
        "kubeflow-groups": "groups",
    }
    assert rule["forwardOriginalToken"] is True


def test_nothing_is_at_upstreams_example_any_more(release: Release) -> None:
    def at_example(objs: Iterable[Obj]) -> set[str]:
        return {str(obj.key) for obj in objs if "example.com" in "\n".join(text_of(obj))}

    assert at_example(release.objects) > {"ConfigMap knative-serving/config-domain"}
    for provider in PROVIDERS:
        assert at_example(at_a_domain(release, said(provider))) == set()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_dex_oauth2_proxy_and_istio_name_one_issuer(release: Release, provider: str) -> None:
    objs = named(at_a_domain(release, said(provider)))
    dex = yaml.safe_load(objs["ConfigMap auth/dex"].body["data"]["config.yaml"])
    proxy = tomllib.loads(_proxy(objs))
    (rule,) = objs["RequestAuthentication istio-system/dex-jwt"].body["spec"]["jwtRules"]
    assert dex["issuer"] == proxy["oidc_issuer_url"] == rule["issuer"] == f"https://{DOMAIN}/dex"
    assert rule["jwksUri"] == proxy["oidc_jwks_url"]
    (client,) = dex["staticClients"]
    assert client["redirectURIs"] == [proxy["redirect_url"]]
    assert ("staticPasswords" in dex) == dex["enablePasswordDB"] == (provider == "password")
    assert [one["type"] for one in dex["connectors"]] == (
        [] if provider == "password" else [provider]
    )
    assert "*" not in proxy["email_domains"]
    assert dex["expiry"]["idTokens"] == proxy["cookie_expire"]


def _proxy(objs: dict[str, Obj]) -> str:
    (text,) = (
        obj.body["data"]["oauth2_proxy.cfg"]
        for obj in objs.values()
        if obj.namespace == "oauth2-proxy" and "oauth2_proxy.cfg" in obj.body.get("data", {})
    )
    return str(text)


def test_what_upstream_tells_oauth2_proxy_beside_the_domain_stays(release: Release) -> None:
    before = tomllib.loads(_proxy(named(platform_objects(release.objects, ARGS))))
    after = tomllib.loads(_proxy(named(at_a_domain(release, said()))))
    told = planned(said()).login.oauth2_proxy
    assert {key: value for key, value in before.items() if key not in told} == {
        key: value for key, value in after.items() if key not in told
    }
    assert before.keys() - after.keys() == set()


def test_a_connectors_secret_is_in_a_secret_and_nowhere_else(release: Release) -> None:
    objs = at_a_domain(release, said("github"))
    holders = [str(obj.key) for obj in objs if "<loginClientSecret>" in str(obj.body)]
    assert holders == ["Secret auth/dex-passwords"]
    config = named(objs)["ConfigMap auth/dex"].body["data"]["config.yaml"]
    (connector,) = yaml.safe_load(config)["connectors"]
    assert connector["config"]["clientSecret"] == "$DEX_CONNECTOR_CLIENT_SECRET"
    dex = named(objs)["Deployment auth/dex"].body["spec"]["template"]["spec"]["containers"][0]
    assert {"secretRef": {"name": "dex-passwords"}} in dex["envFrom"]


def parameters(objs: dict[str, Obj]) -> dict[str, str]:
    (found,) = (obj for name, obj in objs.items() if "oauth2-proxy-parameters-" in name)
    return dict(found.body["data"])


def test_cookies_are_as_secure_as_the_way(release: Release, objects: dict[str, Obj]) -> None:
    assert parameters(objects)["FORCE_HTTPS"] == "true"
    assert parameters(objects)["ALLOW_SELF_SIGNED_ISSUER"] == "false"
    plain = named(at_a_domain(release, said(insecure=True)))
    assert parameters(plain)["FORCE_HTTPS"] == "false"
    for app in ("jupyter", "volumes", "tensorboards"):
        name = f"Deployment kubeflow/{app}-web-app-deployment"
        (now,) = plain[name].body["spec"]["template"]["spec"]["containers"]
        (before,) = objects[name].body["spec"]["template"]["spec"]["containers"]
        assert {"name": "APP_SECURE_COOKIES", "value": "true"} in before["env"]
        assert {"name": "APP_SECURE_COOKIES", "value": "false"} in now["env"]


def servers(objs: dict[str, Obj]) -> list[dict[str, Any]]:
    gateways = ("kubeflow/kubeflow-gateway", "istio-system/istio-ingressgateway")
    return [
        server for name in gateways for server in objs[f"Gateway {name}"].body["spec"]["servers"]
    ]


@pytest.mark.parametrize("tls", ["selfSigned", "letsencrypt", "provided"])
def test_the_gateway_speaks_https_and_http_only_redirects(release: Release, tls: str) -> None:
    objs = named(at_a_domain(release, said(tls=tls)))
    https, http = servers(objs)
    assert https["port"] == {"name": "https", "number": 443, "protocol": "HTTPS"}
    assert https["hosts"] == [DOMAIN, f"*.{DOMAIN}"]
    assert https["tls"]["minProtocolVersion"] == "TLSV1_2"
    assert all("GCM" in name or "CHACHA20" in name for name in https["tls"]["cipherSuites"])
    assert all(name.startswith("ECDHE-") for name in https["tls"]["cipherSuites"])
    assert http["tls"] == {"httpsRedirect": True}
    hsts = objs["EnvoyFilter istio-system/strict-transport-security"].body
    assert "max-age=31536000" in json.dumps(hsts)
    secret = https["tls"]["credentialName"]
    makers = [
        obj
        for obj in objs.values()
        if obj.namespace == "istio-system"
        and secret in (obj.body.get("spec", {}).get("secretName"), obj.name)
        and obj.kind in ("Certificate", "Secret")
    ]
    assert [obj.name for obj in makers] == [secret]


def test_plain_http_has_no_certificate(release: Release) -> None:
    objs = named(at_a_domain(release, said(insecure=True)))
    assert [server["port"]["number"] for server in servers(objs)] == [80, 80]
    assert "Certificate istio-system/gateway-certificate" not in objs
    assert "EnvoyFilter istio-system/strict-transport-security" not in objs


def test_lets_encrypt_is_answered_by_http_and_everything_else_is_sent_to_https(
    release: Release,
) -> None:
    objs = named(at_a_domain(release, said(tls="http01")))
    https, http = servers(objs)
    assert https["port"]["number"] == 443
    assert http == {
        "hosts": ["istio-system/*"],
        "port": {"name": "http", "number": 80, "protocol": "HTTP"},
    }
    on_http = [
        obj
        for obj in objs.values()
        if obj.kind == "VirtualService"
        and "istio-system/istio-ingressgateway" in obj.body["spec"]["gateways"]
    ]
    assert [obj.body["spec"]["http"] for obj in on_http] == [
        [{"redirect": {"scheme": "https", "redirectCode": 301}}]
    ]
    certificate = objs["Certificate istio-system/gateway-certificate"]
    assert annotations(certificate, frozenset()) == {}, "up must not wait for a DNS record"
    assert certificate.body["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}


@pytest.mark.parametrize("name", ["oauth2-proxy", "require-jwt"])
def test_login_is_asked_for_as_upstream_does_but_where_http_only_leads_away(
    release: Release, objects: dict[str, Obj], name: str
) -> None:
    key = f"AuthorizationPolicy istio-system/istio-ingressgateway-{name}"
    (upstreams,) = named(release.objects)[key].body["spec"]["rules"]
    (rule,) = objects[key].body["spec"]["rules"]
    (asked,) = upstreams["to"]
    own = asked["operation"]
    assert rule == {
        **upstreams,
        "to": [
            {"operation": {**own, "notPorts": ["8080"]}},
            {"operation": {**own, "ports": ["8080"], "notHosts": [DOMAIN]}},
        ],
    }
    ports = objects["Service istio-system/istio-ingressgateway"].body["spec"]["ports"]
    assert [one["targetPort"] for one in ports if one["port"] == 80] == [8080]


def test_every_route_of_the_platform_is_at_its_domain(objects: dict[str, Obj]) -> None:
    routes = [obj.body["spec"] for obj in objects.values() if obj.kind == "VirtualService"]
    assert len(routes) > 8
    assert {tuple(spec["hosts"]) for spec in routes} == {(DOMAIN,)}
    told = [
        obj.body["data"]["ISTIO_HOST"]
        for obj in objects.values()
        if "ISTIO_HOST" in (obj.body.get("data") or {})
    ]
    assert told == [DOMAIN, DOMAIN]


def test_models_are_at_the_domain_by_https(objects: dict[str, Obj]) -> None:
    domain = objects["ConfigMap knative-serving/config-domain"].body["data"]
    assert set(domain) - {EXAMPLE} == {DOMAIN}
    network = objects["ConfigMap knative-serving/config-network"].body["data"]
    assert network["default-external-scheme"] == "https"
    assert network["domain-template"] == "{{.Name}}.{{.Namespace}}.{{.Domain}}"
    kserve = json.loads(
        objects["ConfigMap kubeflow/inferenceservice-config"].body["data"]["ingress"]
    )
    assert (kserve["ingressDomain"], kserve["urlScheme"]) == (DOMAIN, "https")
    assert kserve["domainTemplate"] == "{{ .Name }}.{{ .Namespace }}.{{ .IngressDomain }}"


def test_knatives_documentation_is_as_it_was(release: Release, objects: dict[str, Obj]) -> None:
    """Its webhook refuses a changed one."""
    before = named(release.objects)
    for name in ("config-domain", "config-network"):
        key = f"ConfigMap knative-serving/{name}"
        assert objects[key].body["data"][EXAMPLE] == before[key].body["data"][EXAMPLE]


def test_the_authority_is_there_before_what_it_signs(release: Release) -> None:
    objs = at_a_domain(release, said())
    edges = order(objs, release.all_crds)

    def key(kind: str, name: str) -> Key:
        return Key("cert-manager.io", kind, "istio-system", name)

    before = needs(key("Certificate", "gateway-certificate"), edges)
    assert {key("Certificate", "platform-ca"), key("Issuer", "platform-ca")} <= before
    assert Key("", "Service", "cert-manager", "cert-manager-webhook") in before


def test_the_token_of_dns_is_there_before_who_shows_it(release: Release) -> None:
    objs = at_a_domain(release, said(tls="letsencrypt"))
    edges = order(objs, release.all_crds)
    issuer = Key("cert-manager.io", "ClusterIssuer", "", "letsencrypt")
    assert Key("", "Secret", "cert-manager", "letsencrypt-dns-token") in edges[issuer]
    holders = [str(obj.key) for obj in objs if "<digitaloceanDnsToken>" in str(obj.body)]
    assert holders == ["Secret cert-manager/letsencrypt-dns-token"]


def test_a_provided_certificate_is_in_the_secret_that_the_gateway_takes(release: Release) -> None:
    objs = named(at_a_domain(release, said(tls="provided")))
    secret = objs["Secret istio-system/gateway-provided"].body
    assert secret["type"] == "kubernetes.io/tls"
    assert secret["stringData"] == {"tls.crt": "<tlsCertificate>", "tls.key": "<tlsKey>"}
    assert not [name for name in objs if name.startswith("Certificate istio-system/gateway")]


UNUSED = ("blackbox-exporter", "prometheus-adapter")


def test_callers_from_outside_reach_the_gateway_and_nothing_else(
    release: Release, objects: dict[str, Obj]
) -> None:
    policy = objects["NetworkPolicy istio-system/allow-gateway-from-outside"].body["spec"]
    assert policy["podSelector"] == {
        "matchLabels": {"app": "istio-ingressgateway", "istio": "ingressgateway"}
    }
    (rule,) = policy["ingress"]
    assert "from" not in rule
    assert {port["port"] for port in rule["ports"]} == {8080, 8443, 15021}
    upstreams = {str(obj.key) for obj in release.objects if obj.kind == "NetworkPolicy"}
    now = {name for name, obj in objects.items() if obj.kind == "NetworkPolicy"}
    for_prometheus = {name for name in now if "/prometheus-to-" in name}  # test_monitoring.py
    assert now - upstreams - for_prometheus == {
        "NetworkPolicy istio-system/allow-gateway-from-outside"
    }
    assert upstreams - now == {f"NetworkPolicy monitoring/{name}" for name in UNUSED}


def test_only_where_no_cloud_brings_one_the_service_asks_for_a_load_balancer(
    release: Release, objects: dict[str, Obj]
) -> None:
    name = "Service istio-system/istio-ingressgateway"
    assert objects[name].body["spec"]["type"] == "LoadBalancer"
    on_aws = named(at_a_domain(release, said(), provider="aws"))
    assert on_aws[name].body["spec"]["type"] == "ClusterIP"
    assert "NetworkPolicy istio-system/allow-gateway-from-outside" not in on_aws, (
        "it brings its own"
    )


def test_without_a_domain_nobody_is_let_in_from_outside(patched: tuple[Obj, ...]) -> None:
    objs = named(patched)
    assert objs["Service istio-system/istio-ingressgateway"].body["spec"]["type"] == "ClusterIP"
    assert "NetworkPolicy istio-system/allow-gateway-from-outside" not in objs


def test_an_istio_and_a_cert_manager_of_the_clusters_own_get_the_same(release: Release) -> None:
    objs = named(at_a_domain(release, said(), existing=("istio", "cert-manager")))
    assert "Certificate istio-system/gateway-certificate" in objs
    assert "EnvoyFilter istio-system/strict-transport-security" in objs
    https, http = servers(objs)
    assert (https["port"]["number"], http["port"]["number"]) == (443, 80)
