"""`python -m rehearsal preview|up|refresh|destroy|status STACK`: no cloud, no bill."""

import argparse
import gc
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

from pulumi import RunError
from rich.console import Console

from kube.errors import KubeError
from rehearsal import commands, pulumi_engine
from rehearsal.cluster.pace import Pace
from rehearsal.errors import RehearsalError
from rehearsal.session import Session, open_built, open_session
from settings.mistakes import SettingsError
from upstream.errors import UpstreamError

ROOT = Path(__file__).parent.parent
STOPPED = 130  # what a shell gives for a command that Ctrl-C ended
FORESEEN = (
    KubeError,
    RehearsalError,
    RunError,
    SettingsError,
    UpstreamError,
)


def main(words: Sequence[str]) -> int:
    """Run one command; 0 when it did what was asked."""
    parser = _parser()
    asked = parser.parse_args(words)
    if asked.json and asked.engine == "pulumi":
        parser.error("--json goes with the built-in engine")
    if asked.leave_cluster and asked.command != "destroy":
        parser.error("--leave-cluster goes with destroy")
    if asked.all and asked.command != "preview":
        parser.error("--all goes with preview")
    if (asked.slow or asked.seed) and asked.command != "up":
        parser.error("--slow and --seed go with up")
    # Everything a run makes lives to its end: collecting garbage on the way costs 0.2 s of two.
    gc.set_threshold(1_000_000)
    # JSON owns standard output; what people read while it is made goes beside it.
    console = Console(stderr=asked.json, highlight=False)
    try:
        _run(asked, _opened(asked), console)
    except FORESEEN as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            f"error: {error}", style="bold red", markup=False
        )
        return 1
    except OSError as error:  # no place, no right, no room
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            f"error: {error}; KUBEFLOW_STACK_CACHE says where files are kept",
            style="bold red",
            markup=False,
        )
        return 1
    return 0


def _opened(asked: argparse.Namespace) -> Session:
    if asked.command == "destroy":
        return open_built(ROOT, asked.stack)
    return open_session(ROOT, asked.stack, Pace(slowest_seconds=asked.slow, seed=asked.seed))


def _run(asked: argparse.Namespace, session: Session, console: Console) -> None:
    if asked.engine == "pulumi" and asked.command != "status":
        pulumi_engine.run(asked.command, session, console, leaves_cluster=asked.leave_cluster)
        return
    signal.signal(signal.SIGINT, partial(_stop, console))
    match asked.command:
        case "preview":
            commands.preview(session, console, as_json=asked.json, lists_all=asked.all)
        case "up":
            commands.up(session, console, as_json=asked.json)
        case "refresh":
            commands.refresh(session, console, as_json=asked.json)
        case "destroy":
            commands.destroy(
                session, console, leaves_cluster=asked.leave_cluster, as_json=asked.json
            )
        case _:
            commands.status(session, console, as_json=asked.json)


def _stop(console: Console, _signal: int, _frame: FrameType | None) -> NoReturn:
    """Ctrl-C ends at once: every step is in the journal, and gates would hold us for minutes."""
    console.show_cursor()
    # Past the console, which would draw its live tree once more below the message.
    console.file.write("\nstopped; the same command goes on from here\n")
    console.file.flush()
    os._exit(STOPPED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rehearsal", description=__doc__)
    parser.add_argument("command", choices=("preview", "up", "refresh", "destroy", "status"))
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
    parser.add_argument(
        "--all", action="store_true", help="preview: every new resource, instead of how many"
    )
    parser.add_argument(
        "--slow",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="up: whatever the cluster does takes a random time up to this, pods on a new one",
    )
    parser.add_argument("--seed", type=int, default=0, help="up: which random times (default: 0)")
    return parser


if __name__ == "__main__":
    status = main(sys.argv[1:])
    gc.freeze()  # the interpreter's last collection would look through all of it for 0.2 s
    sys.exit(status)
