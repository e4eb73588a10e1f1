"""What the API server can answer besides yes."""

from collections.abc import Mapping
from typing import Any


class KubeError(Exception):
    """The API server refused or could not be reached; the message names request and reason."""


class KubeconfigError(KubeError):
    """What was given as a kubeconfig names no server to ask."""


class ApiStatusError(KubeError):
    """An answer with an error status."""

    def __init__(self, request: str, status: int, body: Mapping[str, Any]) -> None:
        self.status = status
        self.reason = str(body.get("reason", ""))
        self.causes = tuple(
            str(cause.get("message", "")) for cause in body.get("details", {}).get("causes", ())
        )
        super().__init__(f"{request}: {status} {body.get('message', self.reason)}")


class NoSuchKindError(KubeError):
    """The API server does not serve this kind; its CRD is missing or not yet established."""


class CutError(KubeError):
    """A watch ended in the middle; what it was about may be asked for again."""


class DeadlineError(KubeError):
    """A condition did not come true in time; the message names the object waited for."""
