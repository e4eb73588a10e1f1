"""Up, again, preview, drift, destroy: on a real API server with real Kubeflow manifests."""

import base64
import json
from collections import Counter

import bcrypt
import pytest
import yaml

from ops.__main__ import main as ask
from rehearsal.engine.state import State
from rehearsal.leftovers import SYSTEM_NAMESPACES
from rehearsal.placement import placement
from rehearsal.session import open_session
from tests.e2e.conftest import Project, identities

pytestmark = pytest.mark.rehearsal

LABEL = "kubeflow-stack/name"


def labelled(project: Project) -> set[str]:
    """Every object of ours on the cluster, of every kind it serves.

    Endpoints copy the labels of their Service: they are the controllers', not ours.
    """
    client = project.client
    selector = f"{LABEL}={project.stack}"
    kinds = [kind for kind in client.every_resource() if not kind.kind.startswith("Endpoint")]
    return identities([item for kind in kinds for item in client.list(kind, selector)])


def crds(project: Project) -> int:
    client = project.client
    return len(client.list(client.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition")))


def test_up_creates_everything_in_one_pass(project: Project) -> None:
    document = json.loads(project.succeed("up", "--json"))
    assert set(document["changes"].values()) == {"create"}
    assert document["capacity"]["fits"] is True
    declared = [r for r in document["resources"] if r["type"].startswith("kubernetes:")]
    on_cluster = labelled(project)
    asked = identities([r["inputs"] for r in declared])
    definitions = {one for one in on_cluster if one.startswith("CustomResourceDefinition ")}
    assert (on_cluster - definitions) ^ asked == set()
    assert len(definitions) == crds(project)
    secret = next(r for r in declared if r["name"] == "auth/dex-passwords")
    assert secret["inputs"]["stringData"] == {"DEX_USER_PASSWORD": "[secret]"}


def secrets(project: Project) -> set[str]:
    """Every value that was generated for this stack, read from its decrypted state."""
    session = open_session(project.root, project.stack)
    made = [one for one in State(session.folder, session.key()) if "Password" in one.type]
    return {str(one.outputs[key]) for one in made for key in ("result", "bcryptHash")}


def client_key(project: Project) -> str:
    """The key that opens the cluster, as its kubeconfig holds it: in base64."""
    users = yaml.safe_load(project.access.kubeconfig)["users"]
    return str(users[0]["user"]["client-key-data"])


def disguises(secret: str) -> set[str]:
    """A secret as it is, and in base64 wherever in a longer text it begins.

    The first and last characters in base64 depend on what is beside the secret: they are cut off.
    """
    raw = secret.encode()
    shifted = {
        base64.b64encode(b"x" * n + raw).decode().rstrip("=")[4 if n else 0 : -4] for n in range(3)
    }
    return {secret, base64.b64encode(raw).decode(), *shifted}


def test_a_secret_in_base64_is_recognised_wherever_it_begins() -> None:
    secret = "correct horse battery staple"
    for before in ("", "a", "ab", "password: "):
        text = base64.b64encode(f"{before}{secret}\n".encode()).decode()
        assert any(one in text for one in disguises(secret))


def test_no_generated_secret_is_shown_or_kept_in_clear(project: Project) -> None:
    generated = secrets(project)
    assert len(generated) == 20
    key = client_key(project)
    assert len(key) > 100
    canaries = {
        one
        # A line of the PEM, too: its line breaks look different in JSON.
        for secret in (*generated, key, base64.b64decode(key).decode().splitlines()[1])
        for one in disguises(secret)
    }
    shown = [project.succeed(*words) for words in (["preview", "--json"], ["preview"], ["status"])]
    kept = [path.read_text() for path in project.folder.glob("*.json*")]
    assert kept
    for text in (*shown, *kept):
        assert not {canary for canary in canaries if canary in text}
    for path in project.folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0 or path.name == "lock", path


def test_credentials_show_the_password_to_who_asks_for_it(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    generated = secrets(project)
    assert ask(["credentials", project.stack], project.root) == 0
    told = capsys.readouterr().out
    assert "admin@sandbox.test" in told
    assert not {one for one in generated if one in told}
    assert ask(["credentials", project.stack, "--show"], project.root) == 0
    password = capsys.readouterr().out.strip()
    assert password in generated
    assert bcrypt.checkpw(password.encode(), admin_hash(project).encode())


def admin_hash(project: Project) -> str:
    """What Dex compares the admin's password with."""
    metadata = {"namespace": "auth", "name": "dex-passwords"}
    found = project.client.get({"apiVersion": "v1", "kind": "Secret", "metadata": metadata})
    assert found
    return base64.b64decode(found["data"]["DEX_USER_PASSWORD"]).decode()


def test_every_pod_is_placed_as_the_preview_said(project: Project) -> None:
    client = project.client
    pods = client.list(client.resource("v1", "Pod"))
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}
    foreseen = json.loads(project.succeed("preview", "--json"))["capacity"]["pools"]
    assert sum(pool["pods"] for pool in foreseen) == len(pods)
    assert "every pod has a node" in project.succeed("status")


def test_every_pool_carries_what_the_preview_said(project: Project) -> None:
    foreseen = json.loads(project.succeed("preview", "--json"))["capacity"]["pools"]
    live = {pool["pool"]: Counter[str]() for pool in foreseen}
    for node in placement(project.client).nodes:
        live[node.pool].update(
            nodes=1,
            pods=node.pods,
            cpuMillicores=node.cpu_m,
            memoryMib=node.memory_mib,
            offeredCpuMillicores=node.offered_cpu_m,
            offeredMemoryMib=node.offered_memory_mib,
            offeredPods=node.offered_pods,
        )
    for pool in foreseen:
        assert {key: value for key, value in pool.items() if key != "pool"} == {
            key: live[pool["pool"]][key] for key in pool if key != "pool"
        }


def test_a_second_up_changes_and_writes_nothing(project: Project) -> None:
    before = project.writes()
    assert before > 300
    assert project.changes("up") == {}
    assert project.writes() == before
    assert project.changes("preview") == {}


def test_what_somebody_changed_or_deleted_is_shown_and_put_back(project: Project) -> None:
    client = project.client
    name = {"name": "pipeline-install-config", "namespace": "kubeflow"}
    theirs = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": name,
        "data": {"bucketName": "x"},
    }
    client.apply(theirs, "somebody")
    account = {"name": "ml-pipeline-ui", "namespace": "kubeflow"}
    assert client.delete({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})

    found = project.changes("preview")
    ops = {urn.rpartition("::")[2]: op for urn, op in found.items()}
    assert ops["kubeflow/pipeline-install-config"] == "update"
    assert ops["kubeflow/ml-pipeline-ui"] == "create"
    assert set(ops) == {"kubeflow/pipeline-install-config", "kubeflow/ml-pipeline-ui"}

    before = project.writes()
    assert project.changes("up") == found
    assert project.writes() - before == 2
    assert project.changes("preview") == {}


def test_a_workload_rolls_when_what_it_reads_changes(project: Project) -> None:
    project.configure(ingress={"auth": {"adminEmail": "grace@hopper.test"}})
    changed = {
        (urn.split("::")[2].rpartition(":")[2], urn.rpartition("::")[2]): op
        for urn, op in project.changes("up").items()
    }
    assert changed == {("ConfigMap", "auth/dex"): "update", ("Deployment", "auth/dex"): "update"}
    project.configure()


def test_what_left_the_program_is_deleted(project: Project) -> None:
    project.configure(kubeflow={"components": ["notebooks"]})
    foreseen = project.changes("preview")
    assert set(foreseen.values()) == {"delete", "update"}
    updated = {urn.rpartition("::")[2] for urn, op in foreseen.items() if op == "update"}
    # The menu loses its links; dex goes back to the first admin of the settings; what users made
    # of the kinds that leave is looked for; less is asked of the control planes; the injector is
    # asked about another workload, for the one of before leaves.
    assert updated == {
        "kubeflow/centraldashboard-config",
        "auth/dex",
        "user-workloads",
        "control-planes",
        "istio-sidecar-injector-mutating",
    }
    before = labelled(project)
    assert project.changes("up") == foreseen
    left = labelled(project)
    assert left < before
    gone = {name.partition("/")[2] for name in before - left}
    assert {"ml-pipeline", "workflows.argoproj.io", "inferenceservices.serving.kserve.io"} <= gone
    assert project.changes("preview") == {}


def test_destroy_keeps_crds_when_told_so(project: Project) -> None:
    project.configure()
    project.succeed("up")
    project.configure(protection={"crds": "keep"})
    before = project.writes()
    assert set(project.changes("up").values()) == {"update"}
    assert project.writes() == before, "how it ends is nothing to write"
    kept = crds(project)
    said = project.succeed("destroy", "--leave-cluster")
    assert "0 left (CRDs kept, as protection.crds says)" in said
    assert crds(project) == kept > 30
    assert {name.partition(" ")[0] for name in labelled(project)} == {"CustomResourceDefinition"}


def test_destroy_leaves_nothing(project: Project) -> None:
    project.configure()
    project.succeed("up")
    assert "0 left" in project.succeed("destroy", "--leave-cluster")
    client = project.client
    namespaces = client.list(client.resource("v1", "Namespace"))
    assert {ns["metadata"]["name"] for ns in namespaces} == SYSTEM_NAMESPACES
    for api_version, kind in (
        ("v1", "PersistentVolume"),
        ("v1", "Pod"),
        ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ):
        assert client.list(client.resource(api_version, kind)) == []
    assert labelled(project) == set()
    state = json.loads((project.folder / "state.json").read_text())
    assert state == {"resources": [], "replaced": []}


def test_destroy_stops_the_cluster(project: Project) -> None:
    assert "nothing to destroy" not in project.succeed("destroy")
    assert "no rehearsal cluster is running" in project.succeed("status")
