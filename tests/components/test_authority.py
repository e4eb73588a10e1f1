"""The CA's certificate is read where cert-manager puts it, and its absence is said."""

import base64
from typing import Any

import pytest

from components.platform import authority
from components.platform.authority import NoAuthorityError, _Reader

PROPS = {"kubeconfig": "mine", "certificate": None}


def cluster_with(monkeypatch: pytest.MonkeyPatch, secret: dict[str, Any] | None) -> None:
    class Cluster:
        def __init__(self, kubeconfig: str) -> None:
            assert kubeconfig == "mine"

        def get(self, body: dict[str, Any]) -> dict[str, Any] | None:
            assert body["metadata"] == {"name": "gateway-certificate", "namespace": "istio-system"}
            return secret

    monkeypatch.setattr(authority, "Client", Cluster)


def test_the_certificate_is_what_signed_the_gateways(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster_with(monkeypatch, {"data": {"ca.crt": base64.b64encode(b"PEM").decode()}})
    assert _Reader().create(PROPS).outs == {"kubeconfig": "mine", "certificate": "PEM"}
    assert (_Reader().read("authority", PROPS).outs or {})["certificate"] == "PEM"


@pytest.mark.parametrize("secret", [None, {}, {"data": {"tls.crt": "eA=="}}])
def test_a_certificate_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, secret: dict[str, Any] | None
) -> None:
    cluster_with(monkeypatch, secret)
    with pytest.raises(NoAuthorityError, match="gateway-certificate has no"):
        _Reader().create(PROPS)


def test_only_another_kubeconfig_is_a_change() -> None:
    olds = {**PROPS, "certificate": "PEM"}
    assert _Reader().diff("authority", olds, PROPS).changes is False
    assert _Reader().diff("authority", olds, {**PROPS, "kubeconfig": "another"}).changes is True
