"""One run per stack at a time; the second learns at once who is there."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rehearsal.errors import RehearsalError


@contextmanager
def hold(folder: Path, doing: str) -> Iterator[None]:
    """Hold the stack's lock while the block runs; the kernel lets go of it when we die."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise RehearsalError(
                f"stack {folder.name} is in use by {file.read() or 'another run'}; "
                "wait for it to end, or stop that process"
            ) from error
        file.truncate(0)
        since = datetime.now(UTC).strftime("%H:%M:%S UTC")
        file.write(f"`{doing}`, process {os.getpid()}, since {since}")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)
