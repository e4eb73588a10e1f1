"""Making things in the cache so that nobody, not even another process, ever sees them half done."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def workspace(cache: Path) -> Iterator[Path]:
    """A temporary folder inside the cache, so that what is finished can be renamed into place."""
    rooms = cache / "tmp"
    rooms.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=rooms) as room:
        yield Path(room)


def install(finished: Path, target: Path) -> None:
    """Renames what is finished to its place; when another process was first, its copy stays."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        finished.rename(target)
    except OSError:
        if not target.is_dir():
            raise


def write_text(cache: Path, target: Path, text: str) -> None:
    """`text` as the file `target` of the cache, all of it or nothing."""
    with workspace(cache) as room:
        finished = room / "text"
        finished.write_text(text, encoding="utf-8")
        install(finished, target)
