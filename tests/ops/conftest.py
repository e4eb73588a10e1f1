"""An account of AWS that is only in this process, and a stack that was in it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.core.pipeline.transport import RequestsTransport
from botocore.loaders import Loader
from moto import mock_aws

from accounts.aws import AwsAccount
from rehearsal.session import Session, open_session
from tests.e2e.conftest import linked_project
from tests.ops.digitalocean_api import TOKEN, Api, serving
from tests.ops.digitalocean_stack import sound

REGION = "us-east-1"
MODELS = Loader()  # read once: EC2's alone takes a second, and every session reads them anew
CLUSTER: dict[str, Any] = {
    "provider": "aws",
    "region": REGION,
    "admins": ["arn:aws:iam::123456789012:role/admin"],
}

POOLS: list[dict[str, Any]] = [
    {"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": 3, "maxNodes": 6},
    {
        "name": "gpu",
        "instanceTypes": ["g4dn.xlarge", "g5.xlarge", "g6.xlarge"],
        "nodes": 0,
        "maxNodes": 2,
        "spot": True,
    },
]
OCEAN_POOLS = [{"name": "general", "instanceTypes": ["s-4vcpu-16gb-amd"], "nodes": 3}]


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """None of the machine's own reach a test."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN"):
        monkeypatch.delenv(name, raising=False)
    nowhere = str(tmp_path / "none")
    monkeypatch.setenv("AWS_CONFIG_FILE", nowhere)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", nowhere)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr("botocore.loaders.create_loader", lambda *_: MODELS)
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # hundreds, with a snapshot each
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


@pytest.fixture
def account(credentials: None) -> Iterator[AwsAccount]:
    with mock_aws():
        yield AwsAccount(REGION)


@pytest.fixture
def open_stack(tmp_path: Path) -> Callable[..., Session]:
    """The stack `kf` with some of its settings said."""

    def opened(
        environment: str = "dev", stores: dict[str, Any] | None = None, **cluster: Any
    ) -> Session:
        project = linked_project(tmp_path, "kf")
        said = {"cluster": {**CLUSTER, **cluster}, "pools": POOLS, "stores": stores or {}}
        project.configure(environment=environment, **said)
        return open_session(project.root, "kf")

    return opened


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A `pulumi` on PATH that does what a shell script says."""

    def says(script: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        program = folder / "pulumi"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    says("echo \"error: no stack named 'kf' found\" >&2; exit 255")
    return says


@pytest.fixture
def digitalocean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Api]:
    """A DigitalOcean of our own that the environment's token belongs to, and its CLI."""
    doctl = tmp_path / "programs" / "doctl"
    doctl.parent.mkdir()
    doctl.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(doctl.parent), prepend=os.pathsep)
    monkeypatch.delenv("DIGITALOCEAN_TOKEN", raising=False)
    with serving(sound()) as api:
        monkeypatch.setenv("DIGITALOCEAN_ACCESS_TOKEN", TOKEN)
        monkeypatch.setenv("DIGITALOCEAN_API_URL", api.endpoint)
        yield api


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the SDK would have waited, which it does not."""
    waited: list[float] = []
    monkeypatch.setattr(RequestsTransport, "sleep", lambda _, seconds: waited.append(seconds))
    return waited


@pytest.fixture
def open_ocean(tmp_path: Path) -> Callable[..., Session]:
    """The stack `kf` on DigitalOcean with some of its settings said."""

    def opened(pools: list[dict[str, Any]] | None = None, **cluster: Any) -> Session:
        project = linked_project(tmp_path, "kf")
        said = {"provider": "digitalocean", "region": "fra1", **cluster}
        project.configure(cluster=said, pools=pools or OCEAN_POOLS)
        return open_session(project.root, "kf")

    return opened
