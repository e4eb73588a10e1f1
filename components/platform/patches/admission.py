"""Who may reach a Service's pods from outside, where the network enforces policies. Pure."""

from collections.abc import Collection

from components.platform.patches.model import Json


def admission(name: str, service: Json, ports: Collection[str] | None = None) -> Json:
    """A policy that lets anybody in on the Service's ports of these names; None is all of them."""
    spec = service["spec"]
    open_ports = [
        {"protocol": port.get("protocol", "TCP"), "port": port["targetPort"]}
        for port in spec["ports"]
        if ports is None or port["name"] in ports
    ]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": service["metadata"]["namespace"]},
        "spec": {
            "podSelector": {"matchLabels": spec["selector"]},
            "policyTypes": ["Ingress"],
            "ingress": [{"ports": open_ports}],
        },
    }
