"""Tokens of the cluster, as the gateway is told to take them."""

import pytest

from plan.machines import AUDIENCE, has_public_keys, machine_names, token_rule


@pytest.mark.parametrize(
    ("issuer", "is_public"),
    [
        ("https://oidc.eks.eu-west-1.amazonaws.com/id/ABC", True),
        ("https://kubernetes.default.svc.cluster.local", False),
        ("https://amazonaws.com.attacker.test", False),
        ("https://0b7.k8s.ondigitalocean.com", False),
    ],
)
def test_keys_are_written_down_where_only_the_cluster_has_them(
    issuer: str, is_public: bool
) -> None:
    assert has_public_keys(issuer) is is_public


def test_a_token_for_another_audience_is_no_token() -> None:
    rule = token_rule("https://kubernetes.default.svc", '{"keys": []}')
    assert rule["audiences"] == [AUDIENCE]
    assert rule["jwks"] == '{"keys": []}'
    assert rule["outputClaimToHeaders"] == [{"header": "kubeflow-userid", "claim": "sub"}]


def test_without_keys_istio_asks_the_issuer() -> None:
    assert "jwks" not in token_rule("https://oidc.eks.eu-west-1.amazonaws.com/id/ABC", "")


def test_programs_are_named_as_kubernetes_names_them() -> None:
    assert machine_names("vision")[0] == "system:serviceaccount:vision:default-editor"
