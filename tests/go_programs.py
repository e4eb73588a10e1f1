"""Real programs that tests run on what is rendered, built from the Go modules below `tools/`."""

import shutil
from pathlib import Path

import pytest

from rehearsal.cluster import gobuild
from upstream.cache import cache_dir


def go_program(name: str, package: str) -> Path:
    """The program of `tools/<name>`, built once into the cache; skips where there is no Go."""
    module = gobuild.Module(folder=gobuild.TOOLS / name, packages={name: package})
    cache = cache_dir() / "programs"
    found = gobuild.built(module, name, cache)
    if not found.exists():
        if shutil.which("go") is None:
            pytest.skip(f"no Go on PATH to build {name} with")
        gobuild.build(module, [name], cache, print)
    return found
