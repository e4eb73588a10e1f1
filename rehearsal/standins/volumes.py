"""Volumes: one per claim, made where the pod will run, gone with the claim."""

from collections.abc import Iterator

from rehearsal.cluster.nodes import PROVISIONER
from rehearsal.standins.world import CLAIM, NODE, STORAGE_CLASS, VOLUME, Body, World
from rehearsal.standins.writing import Write

SELECTED_NODE = "volume.kubernetes.io/selected-node"
ZONE = "topology.kubernetes.io/zone"
SERVED = (PROVISIONER, "ebs.csi.aws.com")  # ours, and those whose classes a stack brings
KINDS = frozenset({CLAIM, NODE, STORAGE_CLASS, VOLUME})


def writes(world: World) -> Iterator[Write]:
    """Volumes to make and volumes to remove."""
    for claim in world.all(CLAIM):
        volume = _volume_for(world, claim)
        if volume is not None:
            yield Write(verb="create", kind=VOLUME, body=volume)
    for volume in world.all(VOLUME):
        if _is_left_over(volume):
            yield Write(verb="remove", kind=VOLUME, name=volume["metadata"]["name"])


def _volume_for(world: World, claim: Body) -> Body | None:
    """The volume a claim waits for, or None when it waits for none of ours, or not yet."""
    if claim.get("status", {}).get("phase") != "Pending" or claim["spec"].get("volumeName"):
        return None
    storage_class = world.get(STORAGE_CLASS, "", claim["spec"].get("storageClassName") or "")
    if storage_class is None or storage_class["provisioner"] not in SERVED:
        return None
    name = f"pvc-{claim['metadata']['uid']}"
    if world.get(VOLUME, "", name) is not None:
        return None
    node = claim["metadata"].get("annotations", {}).get(SELECTED_NODE, "")
    if storage_class["volumeBindingMode"] == "WaitForFirstConsumer" and not node:
        return None
    return _volume(name, claim, storage_class, _zone_of(world, node))


def _volume(name: str, claim: Body, storage_class: Body, zone: str) -> Body:
    metadata, spec = claim["metadata"], claim["spec"]
    body = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": name,
            # With it the volume controller leaves the removal to us.
            "annotations": {"pv.kubernetes.io/provisioned-by": PROVISIONER},
        },
        "spec": {
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "accessModes": spec["accessModes"],
            "volumeMode": spec.get("volumeMode", "Filesystem"),
            "storageClassName": storage_class["metadata"]["name"],
            "persistentVolumeReclaimPolicy": storage_class["reclaimPolicy"],
            "hostPath": {"path": f"/rehearsal/{name}"},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": metadata["namespace"],
                "name": metadata["name"],
                "uid": metadata["uid"],
            },
        },
    }
    if zone:
        here = {"key": ZONE, "operator": "In", "values": [zone]}
        terms = [{"matchExpressions": [here]}]
        body["spec"]["nodeAffinity"] = {"required": {"nodeSelectorTerms": terms}}  # type: ignore[index]
    return body


def _zone_of(world: World, node_name: str) -> str:
    node = world.get(NODE, "", node_name)
    return str(node["metadata"]["labels"].get(ZONE, "")) if node else ""


def _is_left_over(volume: Body) -> bool:
    spec, metadata = volume["spec"], volume["metadata"]
    ours = metadata.get("annotations", {}).get("pv.kubernetes.io/provisioned-by") == PROVISIONER
    released = volume.get("status", {}).get("phase") in ("Released", "Failed")
    deletable = spec["persistentVolumeReclaimPolicy"] == "Delete"
    return ours and released and deletable and "deletionTimestamp" not in metadata
