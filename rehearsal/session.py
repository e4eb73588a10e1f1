"""What every command works on: one stack, its folder in the user's cache, its plan."""

import hashlib
import json
import os
from base64 import urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from cryptography.fernet import Fernet

from plan.build import make_plan
from plan.model import Plan
from rehearsal.cluster.pace import QUICK, Pace
from rehearsal.engine.stackfile import Stack, load_stack
from rehearsal.errors import RehearsalError
from rehearsal.remembered import remembered_plan
from settings.keys import SETTINGS, refuse_unknown_keys
from settings.load import read_settings
from upstream.cache import cache_dir

COST = "cost.json"
PASSPHRASE = "PULUMI_CONFIG_PASSPHRASE"


@dataclass(frozen=True, kw_only=True)
class Session:
    """One stack of the project in `root`; `folder` keeps its state and lock.

    `pace` is how slow the cluster is that `up` starts.
    """

    root: Path
    stack: Stack
    plan: Plan
    folder: Path
    pace: Pace

    def handed_in(self, kubeconfig: str) -> str:
        """A rehearsal's kubeconfig as the stack's own would be: with the context that it names."""
        name = self.plan.cluster.context
        if name is None:
            return kubeconfig
        content = json.loads(kubeconfig)
        (context,) = content["contexts"]
        renamed = {"contexts": [{**context, "name": name}], "current-context": name}
        return json.dumps({**content, **renamed})

    def key(self) -> bytes:
        """What the state's secrets are encrypted with: a passphrase, or a key only we can read.

        What the first run chose stays: there is nothing to set again while the state has a key.
        """
        passphrase = os.environ.get(PASSPHRASE)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key, salt = self.folder / "key", self.folder / "salt"
        if key.exists() or not (passphrase or salt.exists()):
            _write_once(key, Fernet.generate_key())
            return key.read_bytes()
        if not passphrase:
            raise RehearsalError(
                f"{PASSPHRASE} is not set, and this rehearsal's secrets were encrypted with one; "
                f"set it, or forget the rehearsal by removing {self.folder}"
            )
        _write_once(salt, os.urandom(16))
        # scrypt's cost: 16 MiB and some 50 ms, once per run.
        raw = hashlib.scrypt(
            passphrase.encode(), salt=salt.read_bytes(), n=2**14, r=8, p=1, dklen=32
        )
        return urlsafe_b64encode(raw)

    def last_cost(self) -> dict[str, Any] | None:
        """The output `cost` of the last `up` that ended well, None when nothing stands."""
        file = self.folder / COST
        return json.loads(file.read_text()) if file.exists() else None

    def keep_cost(self, output: dict[str, Any] | None) -> None:
        """Remember what it costs that stands now; None: nothing does."""
        file = self.folder / COST
        if output is None:
            file.unlink(missing_ok=True)
        else:
            file.touch(mode=0o600)
            file.write_text(json.dumps(output))


def open_built(root: Path, name: str) -> Session:
    """The stack as it was last brought up, whatever its file says by now: all `destroy` needs.

    A stack that no `up` has planned yet is opened by its file.
    """
    folder = _folder(name)
    plan = remembered_plan(folder)
    if plan is None:
        return open_session(root, name)
    stack = Stack(name=name, project="", config={})
    return Session(root=root, stack=stack, plan=plan, folder=folder, pace=QUICK)


def open_session(root: Path, name: str, pace: Pace = QUICK) -> Session:
    """The stack `name`; raises `RehearsalError` or `SettingsError` when it makes no sense."""
    stack = load_stack(root, name)
    hidden = [place for place in stack.encrypted if place.startswith(SETTINGS)]
    if hidden:
        raise RehearsalError(
            f"Pulumi.{name}.yaml: {', '.join(hidden)}: encrypted by Pulumi; a rehearsal plans its "
            "cluster from the settings, which have to be in clear"
        )
    refuse_unknown_keys(name, (*stack.config, *stack.encrypted))
    settings = read_settings(name, stack.config.get(SETTINGS))
    return Session(
        root=root,
        stack=stack,
        plan=make_plan(settings, name),
        folder=_folder(name),
        pace=pace,
    )


def _folder(name: str) -> Path:
    return cache_dir() / "rehearsals" / name


def _write_once(path: Path, content: bytes) -> None:
    """Whole or not at all, and only the first time: a half-written key opens nothing."""
    if path.exists():
        return
    with NamedTemporaryFile(dir=path.parent) as file:
        file.write(content)
        file.flush()
        with suppress(FileExistsError):
            path.hardlink_to(file.name)
