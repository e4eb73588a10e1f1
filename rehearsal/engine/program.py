"""Run the project's `__main__.py` against a monitor of ours, as Pulumi's language host would."""

import asyncio
import contextvars
import runpy
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import config, mocks, settings
from pulumi.runtime.proto import engine_pb2
from pulumi.runtime.stack import run_in_stack

from rehearsal.engine.goal import SECRET, known
from rehearsal.engine.monitor import Monitor
from rehearsal.engine.stackfile import Stack

# A gate holds its thread while it waits, and everything that is not waiting must go on.
THREADS = 256
NOTED_FRAMES = 4


@dataclass(frozen=True, kw_only=True)
class Run:
    """How the program runs: what it may read beside its stack, and who hears what it logs."""

    secrets: Mapping[str, str]
    tell: Callable[[str], None]
    is_preview: bool
    waits: bool  # whether a step may wait for a cluster


class _Engine(mocks.MockEngine):
    """The engine a program logs to."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(None)
        self._tell = tell

    def Log(self, request: engine_pb2.LogRequest) -> None:  # noqa: N802  the SDK's name
        """Everything but debugging is for people."""
        if request.severity != engine_pb2.DEBUG:
            self._tell(request.message)


def run_program(main: Path, stack: Stack, monitor: Monitor, run: Run) -> None:
    """Run the file `main` to the end; raises what it or the first failed registration raised."""
    # The SDK keeps its settings in context variables: a context of its own per run keeps none.
    contextvars.Context().run(_configured, main, stack, monitor, run)


def _configured(main: Path, stack: Stack, monitor: Monitor, run: Run) -> None:
    for key in stack.secrets_in_clear:
        run.tell(
            f"{key} stands in clear in Pulumi.{stack.name}.yaml: a rehearsal reads it so, "
            "and `pulumi up` refuses it"
        )
    secret = [*stack.secrets_in_clear, *run.secrets]
    config.set_all_config({**stack.config, **run.secrets}, secret)
    # `set_mocks` would put a stack resource of its own in place of the program's.
    settings.configure(
        mocks.MockSettings(  # type: ignore[no-untyped-call]  # the SDK's
            monitor=monitor,
            monitor_features=set(monitor.features()),
            engine=_Engine(run.tell),
            project=stack.project,
            stack=stack.name,
            dry_run=run.is_preview,
            organization="organization",
            callbacks=None,
        )
    )
    executor = ThreadPoolExecutor(THREADS) if run.waits else _Inline()
    # The SDK notes the whole call stack of every resource for an engine that this one is not.
    sys.tracebacklimit = NOTED_FRAMES
    try:
        asyncio.run(_run(main, executor))
    finally:
        del sys.tracebacklimit


class _Inline(ThreadPoolExecutor):
    """Does each piece of work at once: without anything to wait for, threads only cost."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(work(*args, **named))
        except Exception as error:
            future.set_exception(error)
        return future


async def _run(main: Path, executor: ThreadPoolExecutor) -> None:
    asyncio.get_running_loop().set_default_executor(executor)
    await run_in_stack(lambda: _program(main))


def _program(main: Path) -> None:
    runpy.run_path(str(main), run_name="__main__")


def unwrapped(outputs: Mapping[str, object]) -> dict[str, object]:
    """A stack's outputs with secrets hidden and unknowns named, fit to be shown."""
    return {key: _shown(value) for key, value in outputs.items()}


def _shown(value: object) -> object:
    return SECRET if pulumi.runtime.rpc.is_rpc_secret(value) else known(value)
