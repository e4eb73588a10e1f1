"""One at a time: a lock the kernel lets go of when its holder dies."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(path: Path, waiting_for: str, tell: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock file while the block runs; says so when another run has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell(f"waiting for another run: {waiting_for}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
