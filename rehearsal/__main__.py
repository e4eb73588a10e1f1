"""`python -m rehearsal preview|up|destroy|status STACK`: the whole stack, no cloud, no bill."""

import argparse
import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from components.cluster.existing import MissingKubeconfigError
from components.platform.patches import PatchMissedError
from kube.errors import KubeError
from rehearsal import commands, pulumi_engine
from rehearsal.errors import RehearsalError
from rehearsal.session import Session, open_session
from settings.mistakes import SettingsError
from upstream.errors import UpstreamError

ROOT = Path(__file__).parent.parent
FORESEEN = (
    KubeError,
    MissingKubeconfigError,
    PatchMissedError,
    RehearsalError,
    SettingsError,
    UpstreamError,
)


def main(words: Sequence[str]) -> int:
    """Run one command; 0 when it did what was asked."""
    asked = _parser().parse_args(words)
    # Everything a run makes lives to its end: collecting garbage on the way costs 0.2 s of two.
    gc.set_threshold(1_000_000)
    # JSON owns standard output; what people read while it is made goes beside it.
    console = Console(stderr=asked.json, highlight=False)
    try:
        _run(asked, open_session(ROOT, asked.stack), console)
    except FORESEEN as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            f"error: {error}", style="bold red", markup=False
        )
        return 1
    return 0


def _run(asked: argparse.Namespace, session: Session, console: Console) -> None:
    if asked.engine == "pulumi" and asked.command != "status":
        pulumi_engine.run(asked.command, session, console, leaves_cluster=asked.leave_cluster)
        return
    match asked.command:
        case "preview":
            commands.preview(session, console, as_json=asked.json)
        case "up":
            commands.up(session, console, as_json=asked.json)
        case "destroy":
            commands.destroy(session, console, leaves_cluster=asked.leave_cluster)
        case _:
            commands.status(session, console, as_json=asked.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rehearsal", description=__doc__)
    parser.add_argument("command", choices=("preview", "up", "destroy", "status"))
    parser.add_argument("stack", help="a name from stacks/, e.g. sandbox")
    parser.add_argument("--json", action="store_true", help="the result as JSON on stdout")
    parser.add_argument(
        "--engine",
        choices=("builtin", "pulumi"),
        default="builtin",
        help="pulumi drives the real engine, which must be on PATH (default: builtin)",
    )
    parser.add_argument(
        "--leave-cluster",
        action="store_true",
        help="destroy: keep the rehearsal cluster running",
    )
    return parser


if __name__ == "__main__":
    status = main(sys.argv[1:])
    gc.freeze()  # the interpreter's last collection would look through all of it for 0.2 s
    sys.exit(status)
