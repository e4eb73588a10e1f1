"""The databases on a server of the stack's own, and who may use which: one Job makes them.

Nobody outside the network reaches the server, so it is made from inside, before the platform comes.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.cluster.aws.database import ADMIN
from components.objects import KubernetesObject
from components.platform.credentials import Text
from components.platform.patches.database import (
    KATIB_DATABASE,
    KATIB_USER,
    PIPELINES_USER,
    REGISTRY_DATABASE,
    REGISTRY_USER,
)
from components.platform.registry import with_registry
from plan.stores import PASSWORDS
from upstream.model import Obj
from upstream.render import as_object

NAME, NAMESPACE = "kubeflow-databases", "kube-system"
PULL_SECRET = "databases-registry-credentials"
IMAGE = "docker.io/library/mysql:8.4"  # upstream's own, for its client
MYSQL = 999  # who its image runs as
# Component -> its user, and the databases that are this user's: docs/stores.md says the same.
USERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "pipelines": (PIPELINES_USER, ("mlpipeline", "metadb", "cachedb")),
    "katib": (KATIB_USER, (KATIB_DATABASE,)),
    "model-registry": (REGISTRY_USER, (REGISTRY_DATABASE,)),
}


@dataclass(frozen=True, kw_only=True)
class DatabaseUsersArgs:
    """The server, its admin's password, and the users' by the names of the stack's secrets."""

    host: pulumi.Output[str]
    admin_password: pulumi.Output[str]
    keys: Mapping[str, pulumi.Output[str]]
    labels: Mapping[str, str]
    registry_mirror: str | None
    registry_credentials: pulumi.Output[str] | None


class DatabaseUsers(pulumi.ComponentResource):
    """There once the Job is done. `on_cluster` reaches whatever has to be there first."""

    def __init__(
        self,
        name: str,
        args: DatabaseUsersArgs,
        on_cluster: pulumi.ResourceOptions,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("kubeflow:aws:DatabaseUsers", name, None, opts)
        passwords = {one: args.keys[key] for one, key in PASSWORDS.items() if key in args.keys}
        said = pulumi.Output.all(**passwords)
        texts = {
            "databases.sql": said.apply(statements),
            "client.cnf": pulumi.Output.all(args.host, args.admin_password).apply(
                lambda both: client_options(*both)
            ),
        }
        objs = with_registry(
            database_objects(texts, passwords),
            args.registry_mirror,
            args.registry_credentials,
            secret=PULL_SECRET,
        )
        first = pulumi.ResourceOptions.merge(on_cluster, pulumi.ResourceOptions(parent=self))
        secrets = [
            KubernetesObject(obj, {}, args.labels, first) for obj in objs if obj.kind == "Secret"
        ]
        after = pulumi.ResourceOptions.merge(first, pulumi.ResourceOptions(depends_on=secrets))
        for obj in objs:
            if obj.kind == "Job":
                KubernetesObject(obj, {}, args.labels, after)
        self.register_outputs({})


def statements(passwords: Mapping[str, str]) -> str:
    """SQL that makes each component's databases and user, and changes nothing that is so.

    Passwords are letters and digits: nothing in them ends a text of SQL.
    """
    lines = []
    for component, password in passwords.items():
        user, databases = USERS[component]
        known = f"'{user}'@'%' IDENTIFIED WITH mysql_native_password BY '{password}'"
        lines += [f"CREATE DATABASE IF NOT EXISTS {database};" for database in databases]
        lines += [f"CREATE USER IF NOT EXISTS {known};", f"ALTER USER {known};"]
        lines += [f"GRANT ALL ON {database}.* TO '{user}'@'%';" for database in databases]
    return "\n".join((*lines, ""))


def client_options(host: str, password: str) -> str:
    """How the client finds the server, in a file: a command line is for everybody to read."""
    return f"[client]\nhost={host}\nuser={ADMIN}\npassword={password}\n"


def database_objects(texts: Mapping[str, Text], components: Mapping[str, object]) -> list[Obj]:
    """The Job, named by what it does: another component's databases are another Job's work."""
    work = statements(dict.fromkeys(components, ""))
    name = f"{NAME}-{hashlib.sha256(work.encode()).hexdigest()[:8]}"
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "stringData": dict(texts),
    }
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"template": {"spec": _pod()}},
    }
    return [as_object(secret, "cluster"), as_object(job, "cluster")]


def _pod() -> dict[str, object]:
    container = {
        "name": "mysql",
        "image": IMAGE,
        "command": [
            "sh",
            "-c",
            "mysql --defaults-extra-file=/said/client.cnf </said/databases.sql",
        ],
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [{"name": "said", "mountPath": "/said", "readOnly": True}],
    }
    return {
        "restartPolicy": "OnFailure",
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": MYSQL,
            "runAsGroup": MYSQL,
            "fsGroup": MYSQL,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [{"name": "said", "secret": {"secretName": NAME, "defaultMode": 0o440}}],
    }
