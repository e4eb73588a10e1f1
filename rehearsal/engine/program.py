"""Run the project's `__main__.py` against a monitor of ours, as Pulumi's language host would."""

import asyncio
import contextvars
import runpy
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pulumi
from pulumi.runtime import config, mocks, settings
from pulumi.runtime.stack import run_in_stack

from rehearsal.engine.goal import SECRET, known
from rehearsal.engine.monitor import Monitor
from rehearsal.engine.stackfile import Stack

# A gate holds its thread while it waits, and everything that is not waiting must go on.
THREADS = 256


def run_program(
    root: Path, stack: Stack, monitor: Monitor, *, secrets: Mapping[str, str], is_preview: bool
) -> None:
    """Run to the end; raises what the program or the first failed registration raised."""
    # The SDK keeps its settings in context variables: a context of its own per run keeps none.
    contextvars.Context().run(_configured, root, stack, monitor, secrets, is_preview)


def _configured(
    root: Path, stack: Stack, monitor: Monitor, secrets: Mapping[str, str], is_preview: bool
) -> None:
    config.set_all_config({**stack.config, **secrets}, list(secrets))
    # `set_mocks` would put a stack resource of its own in place of the program's.
    settings.configure(
        mocks.MockSettings(  # type: ignore[no-untyped-call]  # the SDK's
            monitor=monitor,
            monitor_features=set(monitor.features()),
            engine=mocks.MockEngine(None),
            project=stack.project,
            stack=stack.name,
            dry_run=is_preview,
            organization="organization",
            callbacks=None,
        )
    )
    asyncio.run(_run(root / "__main__.py"))


async def _run(main: Path) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
    await run_in_stack(lambda: _program(main))


def _program(main: Path) -> None:
    runpy.run_path(str(main), run_name="__main__")


def unwrapped(outputs: Mapping[str, object]) -> dict[str, object]:
    """A stack's outputs with secrets hidden and unknowns named, fit to be shown."""
    return {key: _shown(value) for key, value in outputs.items()}


def _shown(value: object) -> object:
    return SECRET if pulumi.runtime.rpc.is_rpc_secret(value) else known(value)
