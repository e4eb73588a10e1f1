"""A provider whose refusals reach a person as what they say, and not as where they were raised.

The SDK runs providers in a process of their own and tells each error by `traceback`. A refusal is
no bug: its places in the code would stand above what has to be read.
"""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

from pulumi import dynamic

from accounts.errors import AccountError
from kube.errors import KubeError

EVERY_FRAME = 1000  # Python's own default


class PlainProvider(dynamic.ResourceProvider):
    """Says its refusals plainly where the real engine runs it; a bug keeps its traceback."""

    def configure(self, _req: dynamic.ConfigureRequest) -> None:
        """Asked only in that process, before anything else."""
        for step in ("check", "diff", "create", "read", "update", "delete"):
            setattr(self, step, _plainly(getattr(self, step)))


def _plainly(step: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(step)
    def say(*args: Any) -> Any:
        try:
            return step(*args)
        except (AccountError, KubeError):
            sys.tracebacklimit = 0
            raise
        except Exception:
            sys.tracebacklimit = EVERY_FRAME  # an earlier refusal may have hidden them
            raise

    return say
