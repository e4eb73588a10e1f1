"""What Pulumi still has of a stack, asked of its CLI, which knows the backend and its login."""

import json
import shutil
import subprocess
from pathlib import Path

from ops.errors import OpsError

SECONDS = 120  # a backend may be slow, or ask for a login that never comes
UNKNOWN_STACK = "no stack named"
PROVIDERS = "pulumi:providers:"


def resources_in_state(root: Path, stack: str) -> list[str]:
    """The URNs of what Pulumi would destroy; none when it knows no such stack.

    Raises `OpsError` when it cannot be asked: not knowing is not the same as nothing.
    """
    program = shutil.which("pulumi")
    if program is None:
        raise OpsError("`pulumi` is not on PATH, so whether the stack still exists is not known")
    asked = [program, "stack", "export", "--stack", stack, "--cwd", str(root), "--non-interactive"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise OpsError(f"`pulumi stack export` did not answer within {SECONDS} s") from error
    if told.returncode and UNKNOWN_STACK in told.stderr:
        return []
    if told.returncode:
        raise OpsError(f"`pulumi stack export` failed: {told.stderr.strip()}")
    return live_resources(told.stdout)


def live_resources(exported: str) -> list[str]:
    """The URNs of an exported state's resources that are outside Pulumi, providers left out."""
    deployment = json.loads(exported).get("deployment") or {}
    return [
        one["urn"]
        for one in deployment.get("resources") or ()
        if one.get("custom") and not one["type"].startswith(PROVIDERS)
    ]
