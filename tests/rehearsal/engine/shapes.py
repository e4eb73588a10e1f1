"""Resources as the state keeps them, for tests."""

from typing import Any

from rehearsal.engine.state import Built


def resource(name: str, **fields: Any) -> Built:
    shape: dict[str, Any] = {
        "urn": f"urn:pulumi:dev::kubeflow::t::{name}",
        "type": "t",
        "name": name,
        "parent": "",
        "is_custom": True,
        "id": name,
        "inputs": {"a": 1, "password": "canary"},
        "outputs": {},
        "secrets": frozenset({"password"}),
        "dependencies": ("x",),
        "retains_on_delete": False,
    }
    return Built(**{**shape, **fields})
