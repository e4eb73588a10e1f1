"""Where downloads, renders and built programs are kept between runs."""

import os
import sys
from pathlib import Path

CACHE_VARIABLE = "KUBEFLOW_STACK_CACHE"


def cache_dir() -> Path:
    """The user's cache folder of this product; `KUBEFLOW_STACK_CACHE` moves it. Not made here."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "kubeflow-stack"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "kubeflow-stack"
