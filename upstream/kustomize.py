"""kustomize built from its Go module, for machines with Go but no recent kustomize or kubectl."""

import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

from upstream.digest import file_digest
from upstream.errors import UpstreamError
from upstream.workspace import install, workspace

_PACKAGE = "sigs.k8s.io/kustomize/kustomize/v5"


def builder(project: Path, cache: Path, tell: Callable[[str], None]) -> Callable[[], Path] | None:
    """What builds the kustomize that `tools/kustomize/go.mod` pins; None where there is no Go."""
    go, module = shutil.which("go"), project / "tools" / "kustomize"
    return partial(_build, go, module, cache, tell) if go and module.is_dir() else None


def _build(go: str, module: Path, cache: Path, tell: Callable[[str], None]) -> Path:
    """The program in the cache, one per content of go.sum. Raises UpstreamError if Go fails."""
    target = cache / "bin" / f"kustomize-{file_digest(module / 'go.sum')[:16]}"
    if target.is_file():
        return target
    tell("building kustomize from its Go module, once; this takes a minute or two")
    with workspace(cache) as room:
        try:
            subprocess.run(
                (go, "build", "-o", str(room / "kustomize"), _PACKAGE),
                cwd=module,
                capture_output=True,
                text=True,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            raise UpstreamError(f"{module}: kustomize does not build\n{error.stderr}") from error
        install(room / "kustomize", target)
    return target
