"""How an example reaches a stack: the address it has, whose certificate to trust, and a token."""

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from kubernetes import client, config

AUDIENCE = "istio-ingressgateway.istio-system.svc.cluster.local"
ACCOUNT = "default-editor"  # of every team; it may do what members who edit may
HOUR_SECONDS = 3600


class NoWayInError(Exception):
    """The stack cannot be reached from outside; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """`url` is the platform's; `ca_certificate` is PEM text, "" where everybody trusts it."""

    url: str
    ca_certificate: str

    def ca_file(self) -> str | None:
        """A file with the certificate, which lasts as long as this program; None without one."""
        if not self.ca_certificate:
            return None
        folder = Path(tempfile.mkdtemp(prefix="ca-"))
        path = folder / "ca.pem"
        path.write_text(self.ca_certificate)
        return str(path)


def place_of(stack: str) -> Place:
    """Where a stack is, from its outputs; raises `NoWayInError` for one without a domain."""
    asked = ["pulumi", "stack", "output", "--json", "--stack", stack]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoWayInError(f"{' '.join(asked)}: {done.stderr.strip()}")
    outputs = json.loads(done.stdout)
    if "url" not in outputs:
        raise NoWayInError(
            f"stack {stack} has no output `url`: it has no domain; set ingress.domain, then "
            "`pulumi up`"
        )
    return Place(url=outputs["url"], ca_certificate=outputs.get("caCertificate", ""))


def token_of(team: str, seconds: int = HOUR_SECONDS) -> str:
    """A token of the team's service account that opens the gateway, asked for by your kubeconfig.

    The Kubernetes client raises `ApiException` when you may not have one.
    """
    config.load_kube_config()
    spec = client.V1TokenRequestSpec(audiences=[AUDIENCE], expiration_seconds=seconds)
    answer = client.CoreV1Api().create_namespaced_service_account_token(
        ACCOUNT, team, client.AuthenticationV1TokenRequest(spec=spec)
    )
    return str(answer.status.token)
