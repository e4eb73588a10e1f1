"""What the engine built and may have to take down, kept so that `kill -9` loses nothing.

Every finished step is a line of a journal; a step begun and not finished is one too, so that
the next run knows what may exist. The journal is folded into the state file at the end of a run.
"""

import errno
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from rehearsal.engine.goal import Goal
from rehearsal.errors import RehearsalError

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Built:
    """One resource as it was last built. `version` tells the live object it was then."""

    urn: str
    type: str
    name: str
    parent: str
    is_custom: bool
    id: str
    inputs: Json
    outputs: Json
    secrets: frozenset[str]
    dependencies: tuple[str, ...]
    retains_on_delete: bool
    version: str = ""
    is_finished: bool = True


def built(goal: Goal, **fields: Any) -> Built:
    """A goal as far as it has come; `fields` are what building it gave."""
    wanted: dict[str, Any] = {
        "urn": goal.urn,
        "type": goal.type,
        "name": goal.name,
        "parent": goal.parent,
        "is_custom": goal.is_custom,
        "id": "",
        "inputs": goal.inputs,
        "outputs": {},
        "secrets": goal.secrets,
        "dependencies": tuple(dict.fromkeys((*goal.dependencies, goal.parent))),
        "retains_on_delete": goal.retains_on_delete,
    }
    return Built(**{**wanted, **fields})


class State:
    """The resources of one stack, and those replaced but not yet deleted.

    Whoever writes holds the stack's lock (`lock.hold`); anybody may read meanwhile.
    """

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._cipher = Fernet(key)
        self._lock = Lock()
        self._resources: dict[str, Built] = {}
        self._replaced: dict[str, Built] = {}
        self._is_whole = False
        self._load()

    def __iter__(self) -> Iterator[Built]:
        with self._lock:
            return iter([*self._resources.values(), *self._replaced.values()])

    def __len__(self) -> int:
        return len(self._resources) + len(self._replaced)

    def get(self, urn: str) -> Built | None:
        """The resource as last built, or None."""
        return self._resources.get(urn)

    def put(self, resource: Built) -> None:
        """Note a step begun (`is_finished` False) or finished."""
        self._note("put", resource)

    def set_aside(self, resource: Built) -> None:
        """Keep the old half of a replacement until it is deleted."""
        self._note("replaced", resource)

    def forget(self, resource: Built) -> None:
        """The resource is gone."""
        self._note("forget", resource)

    def fold(self) -> None:
        """Write the whole state at once and start an empty journal."""
        with self._lock:
            content = {
                "resources": [self._encoded(one) for one in self._resources.values()],
                "replaced": [self._encoded(one) for one in self._replaced.values()],
            }
            new = self._folder / "state.json.new"
            new.touch(mode=0o600)
            new.write_text(json.dumps(content, indent=1))
            os.replace(new, self._folder / "state.json")  # noqa: PTH105  atomic on purpose
            self._journal.write_text("")

    @property
    def _journal(self) -> Path:
        return self._folder / "journal.jsonl"

    def _note(self, step: str, resource: Built) -> None:
        line = json.dumps([step, self._encoded(resource)])
        with self._lock:
            self._append(f"{line}\n".encode())
            self._step(step, resource)

    def _append(self, line: bytes) -> None:
        """One write, whole or cut by a kill. What an earlier kill cut off is cut off for good here,
        by the writer: a reader that did it could hit a line that is just being written.
        """
        descriptor = os.open(self._journal, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            if not self._is_whole:
                os.ftruncate(descriptor, len(_whole(self._journal.read_bytes())))
                self._is_whole = True
            written = os.write(descriptor, line)
            if written < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._journal))
        except OSError:
            self._is_whole = False
            raise
        finally:
            os.close(descriptor)

    def _step(self, step: str, resource: Built) -> None:
        if step == "put":
            self._resources[resource.urn] = resource
        elif step == "replaced":
            self._replaced[f"{resource.urn} {resource.id}"] = resource
        elif self._replaced.pop(f"{resource.urn} {resource.id}", None) is None:
            self._resources.pop(resource.urn, None)

    def _load(self) -> None:
        path = self._folder / "state.json"
        with _said_damaged(path):
            content = json.loads(path.read_text()) if path.exists() else {}
            for encoded in content.get("resources", ()):
                self._step("put", self._decoded(encoded))
            for encoded in content.get("replaced", ()):
                self._step("replaced", self._decoded(encoded))
        with _said_damaged(self._journal):
            for step, encoded in self._whole_lines():
                self._step(step, self._decoded(encoded))

    def _whole_lines(self) -> list[tuple[str, Json]]:
        """The journal's steps. A last line cut by a kill was never a step."""
        if not self._journal.exists():
            return []
        lines = _whole(self._journal.read_bytes()).splitlines()
        return [tuple(json.loads(line)) for line in lines]

    def _encoded(self, resource: Built) -> Json:
        content = asdict(resource)
        for part in ("inputs", "outputs"):
            content[part] = {
                key: self._sealed(value) if key in resource.secrets else value
                for key, value in content[part].items()
            }
        return {**content, "secrets": sorted(resource.secrets)}

    def _decoded(self, content: Mapping[str, Any]) -> Built:
        secrets = frozenset(content["secrets"])
        parts = {
            part: {
                key: self._opened(value) if key in secrets else value
                for key, value in content[part].items()
            }
            for part in ("inputs", "outputs")
        }
        found = {**content, **parts, "secrets": secrets}
        return Built(**{**found, "dependencies": tuple(content["dependencies"])})

    def _sealed(self, value: Any) -> str:
        return self._cipher.encrypt(json.dumps(value).encode()).decode()

    def _opened(self, text: str) -> Any:
        try:
            return json.loads(self._cipher.decrypt(text.encode()))
        except InvalidToken as error:
            raise RehearsalError(
                f"the secrets of {self._folder.name} were encrypted with another passphrase; set "
                "PULUMI_CONFIG_PASSPHRASE to the one of the run that made them, or forget the "
                f"rehearsal by removing {self._folder}"
            ) from error


@contextmanager
def _said_damaged(path: Path) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RehearsalError(
            f"{path} is damaged ({type(error).__name__}: {error}); forget the rehearsal by "
            f"removing {path.parent}, then `destroy` ends its cluster"
        ) from error


def _whole(journal: bytes) -> bytes:
    return journal[: journal.rfind(b"\n") + 1]
