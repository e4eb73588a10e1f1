"""Tokens of the cluster's service accounts, as Istio is told to take them. Pure."""

from typing import Any
from urllib.parse import urlsplit

# As upstream's documentation asks for it, so that what is written for Kubeflow elsewhere works.
AUDIENCE = "istio-ingressgateway.istio-system.svc.cluster.local"
USER_HEADER = "kubeflow-userid"
# Of every team, by the profile controller: they have the rights of members who edit, or view.
EDITOR, VIEWER = "default-editor", "default-viewer"
ACCOUNTS = (EDITOR, VIEWER)  # whose tokens a program of a team uses
# Publishes its keys for everybody, and changes them every week: they must not be written down.
_PUBLISHING = ".amazonaws.com"


def has_public_keys(issuer: str) -> bool:
    """Whether Istio finds the keys by the issuer's address, as on EKS."""
    return (urlsplit(issuer).hostname or "").endswith(_PUBLISHING)


def token_rule(issuer: str, keys: str) -> dict[str, Any]:
    """One entry of `jwtRules`; `keys` is a JSON Web Key Set, "" where the issuer has it."""
    return {
        "issuer": issuer,
        "audiences": [AUDIENCE],
        "forwardOriginalToken": True,
        "fromHeaders": [{"name": "Authorization", "prefix": "Bearer "}],
        "outputClaimToHeaders": [{"header": USER_HEADER, "claim": "sub"}],
        **({"jwks": keys} if keys else {}),
    }


def machine_names(namespace: str) -> tuple[str, ...]:
    """Who the programs of a team are, as Kubernetes and the header name them."""
    return tuple(f"system:serviceaccount:{namespace}:{account}" for account in ACCOUNTS)
