"""A webhook answers when a dry run no longer fails for want of it, whatever it answers."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from kube import webhooks
from kube.client import Client
from kube.errors import ApiStatusError, DeadlineError

SAMPLE = {"apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": {"name": "own"}}
UNTRUSTED = ApiStatusError(
    "PATCH /x",
    500,
    {"message": 'Internal error: failed calling webhook "a.b": x509: unknown authority'},
)
REFUSED = ApiStatusError("PATCH /x", 403, {"message": 'admission webhook "a.b" denied the request'})


class Server:
    """Answers dry runs one after the other; the last answer stays."""

    def __init__(self, *answers: ApiStatusError | None) -> None:
        self.answers = list(answers)
        self.asked = 0

    def apply(self, body: Mapping[str, Any], manager: str, *, dry_run: bool) -> None:
        assert (body, manager, dry_run) == (SAMPLE, "kubeflow-stack-probe", True)
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer:
            raise answer


def ask(server: Server, seconds: float = 5) -> None:
    webhooks.wait_answered(cast("Client", server), "Validating own", SAMPLE, seconds)


@pytest.mark.parametrize("last", [None, REFUSED], ids=["admitted", "refused"])
def test_it_is_asked_until_it_answers(monkeypatch: pytest.MonkeyPatch, last: Any) -> None:
    monkeypatch.setattr(webhooks, "LOOK_SECONDS", 0.001)
    server = Server(UNTRUSTED, UNTRUSTED, last)
    ask(server)
    assert server.asked == 3


def test_one_that_never_answers_is_named_with_the_reason() -> None:
    with pytest.raises(DeadlineError) as caught:
        ask(Server(UNTRUSTED), seconds=0)
    assert str(caught.value) == (
        "Validating own: no answer about ClusterIssuer own after 0 s: PATCH /x: 500 Internal "
        'error: failed calling webhook "a.b": x509: unknown authority'
    )


def test_what_the_api_server_itself_refuses_is_no_answer() -> None:
    invalid = ApiStatusError("PATCH /x", 422, {"message": "spec.selfSigned: Invalid value"})
    with pytest.raises(ApiStatusError, match="Invalid value"):
        ask(Server(invalid))
