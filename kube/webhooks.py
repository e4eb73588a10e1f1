"""Whether webhooks are asked yet: told by asking, for nothing on the API server shows it."""

import time
from collections.abc import Mapping
from threading import Event
from typing import Any

from kube.client import Client
from kube.errors import ApiStatusError, DeadlineError

MANAGER = "kubeflow-stack-probe"
LOOK_SECONDS = 0.1
INTERNAL_ERROR = 500


def wait_answered(client: Client, webhook: str, sample: Mapping[str, Any], seconds: float) -> None:
    """Until a dry run of `sample` no longer fails for want of a webhook's answer.

    A webhook's refusal is an answer too: what is wrong with `sample` its own write will say. Raises
    `DeadlineError` naming the `webhook` and the last reason, and what else the API server refuses.
    """
    clock, deadline = Event(), time.monotonic() + seconds
    while reason := _unanswered(client, sample):
        if time.monotonic() > deadline:
            name = f"{sample['kind']} {sample['metadata']['name']}"
            raise DeadlineError(
                f"{webhook}: no answer about {name} after {seconds:.0f} s: {reason}"
            )
        clock.wait(LOOK_SECONDS)


def _unanswered(client: Client, sample: Mapping[str, Any]) -> str:
    try:
        client.apply(sample, MANAGER, dry_run=True)
    except ApiStatusError as error:
        if error.status == INTERNAL_ERROR and "failed calling webhook" in str(error):
            return str(error)
        if "admission webhook" not in str(error):
            raise
    return ""
