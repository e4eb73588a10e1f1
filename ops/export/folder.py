"""The exported objects as folders: one per wave, in it a file per component."""

import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.errors import OpsError
from ops.export.bootstrap import Repository, argocd_application, flux_objects
from ops.export.documents import as_yaml

MARK = "# Written by `python -m ops export`; what is changed here is lost with the next export.\n"
ROOT_FILE = "kustomization.yaml"
WAVES, ARGOCD, FLUX = "waves", "argocd", "flux"
WAVE_FILE = "wave.yaml"
KUSTOMIZATION = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}


@dataclass(frozen=True, kw_only=True)
class Exported:
    """One object as it is written: its wave from 0, and the component whose file it is in."""

    wave: int
    component: str
    body: Mapping[str, Any]


def files(stack: str, objs: Iterable[Exported], repository: Repository | None) -> dict[str, str]:
    """Every file of the export, by its path below the folder. Pure."""
    rooms: dict[str, dict[str, list[Mapping[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for obj in objs:
        rooms[f"{obj.wave:02}"][obj.component].append(obj.body)
    names = sorted(rooms)
    written = {ROOT_FILE: _kustomization(resources=[f"{WAVES}/{name}" for name in names])}
    for name in names:
        written.update(_wave(name, rooms[name]))
    if repository is not None:
        application = argocd_application(stack, repository)
        written[f"{ARGOCD}/application.yaml"] = MARK + as_yaml([application])
        written[f"{FLUX}/kustomizations.yaml"] = MARK + as_yaml(
            flux_objects(stack, repository, names)
        )
    return written


def write(folder: Path, written: Mapping[str, str]) -> None:
    """Put the files there in place of an earlier export, and of nothing else.

    Raises `OpsError` for a folder that holds something that no export wrote.
    """
    refuse_foreign(folder)
    for name in (WAVES, ARGOCD, FLUX):
        shutil.rmtree(folder / name, ignore_errors=True)
    for path, text in written.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def refuse_foreign(folder: Path) -> None:
    """Raises `OpsError` unless the folder is new, empty or an earlier export."""
    if folder.is_file():
        raise OpsError(f"--to {folder}: is a file; name a folder")
    if folder.is_dir() and any(folder.iterdir()) and not _is_ours(folder / ROOT_FILE):
        raise OpsError(
            f"--to {folder}: holds files that no export wrote; name a new or an empty folder"
        )


def _is_ours(mark: Path) -> bool:
    return mark.is_file() and mark.read_text(encoding="utf-8").startswith(MARK)


def _wave(name: str, parts: Mapping[str, list[Mapping[str, Any]]]) -> Iterator[tuple[str, str]]:
    room = f"{WAVES}/{name}"
    own = [f"{component}.yaml" for component in sorted(parts)]
    yield f"{room}/{ROOT_FILE}", _kustomization(resources=own, transformers=[WAVE_FILE])
    # Not `commonAnnotations`: that would annotate pods too, and so change what runs.
    annotated = {
        "apiVersion": "builtin",
        "kind": "AnnotationsTransformer",
        "metadata": {"name": "wave"},
        "annotations": {"argocd.argoproj.io/sync-wave": str(int(name))},
        "fieldSpecs": [{"path": "metadata/annotations", "create": True}],
    }
    yield f"{room}/{WAVE_FILE}", MARK + as_yaml([annotated])
    for component, bodies in parts.items():
        yield f"{room}/{component}.yaml", MARK + as_yaml(bodies)


def _kustomization(**parts: list[str]) -> str:
    return MARK + as_yaml([{**KUSTOMIZATION, **parts}])
