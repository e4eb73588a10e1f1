"""A MySQL server that the stack makes: only nodes reach it, and its databases are made first."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.cluster.aws.database_users import USERS, client_options, statements
from components.cluster.choice import build_cluster
from components.platform.stores import make_stores
from plan.build import make_plan
from plan.model import DatabasePlan, Plan
from rehearsal.engine.aws_resources import answers
from settings.mistakes import SettingsError
from settings.model import Settings
from tests.components.cluster.test_aws import ADMIN, needed_by

Deploy = Callable[..., Any]
INSTANCE = "aws:rds/instance:Instance"


def planned(environment: str = "dev", **said: Any) -> Plan:
    raw = {
        "environment": environment,
        "cluster": {"provider": "aws", "region": "eu-west-1", "admins": [ADMIN]},
        "stores": {"database": {"kind": "rds"}},
        "ingress": {"domain": "ml.b.test", "auth": {"adminEmail": "a@b.test"}},
        **said,
    }
    return make_plan(Settings.model_validate(raw), "kf")


def declare(deploy: Deploy, made: Plan) -> tuple[Any, dict[str, str]]:
    """The graph, and what the platform is told of the server."""
    told: dict[str, str] = {}

    def program() -> None:
        handle = build_cluster("cluster", made, None)
        pulumi.CustomResource(
            "kubernetes:core/v1:Namespace",
            "team",
            {"metadata": {"name": "team"}},
            pulumi.ResourceOptions(provider=handle.provider, depends_on=list(handle.ready)),
        )
        stores = make_stores(made.stores, handle.store_keys, handle.database_host)
        assert stores.database is not None
        texts: dict[str, Any] = {"host": stores.database.host, **stores.database.passwords}
        for name, text in texts.items():
            text.apply(lambda value, name=name: told.update({name: value}))

    return deploy(program, None, answers(made.cluster)), told


def job(graph: Any) -> tuple[str, dict[str, Any]]:
    (found,) = (
        (name, goal.inputs)
        for (kind, name), goal in graph.goals.items()
        if kind == "kubernetes:batch/v1:Job"
    )
    return found


def test_nobody_sets_what_the_stack_makes() -> None:
    made = planned(kubeflow={"components": ["pipelines", "katib"]})
    assert made.stores.database == DatabasePlan(host=None, port=3306)
    assert made.stores.secrets == {}
    assert made.stores.made_keys == ("pipelinesDatabasePassword", "katibDatabasePassword")
    assert made.aws is not None
    assert made.aws.database is not None
    assert made.aws.database.users == ("pipelines", "katib")


def test_a_server_of_the_owners_is_left_to_the_owner() -> None:
    made = planned(stores={"database": {"kind": "rds", "host": "db.corp.test"}})
    assert made.aws is not None
    assert made.aws.database is None
    assert "pipelinesDatabasePassword" in made.stores.secrets


@pytest.mark.parametrize(
    ("environment", "of_its_environment"),
    [
        (
            "dev",
            {
                "instanceClass": "db.t4g.small",
                "multiAz": False,
                "backupRetentionPeriod": 7,
                "deletionProtection": False,
                "skipFinalSnapshot": True,
            },
        ),
        (
            "prod",
            {
                "instanceClass": "db.t4g.medium",
                "multiAz": True,
                "backupRetentionPeriod": 14,
                "deletionProtection": True,
                "skipFinalSnapshot": False,
                "finalSnapshotIdentifier": "records-Vpc-cluster-0a1b2c3d",
            },
        ),
    ],
)
def test_the_server_is_private_encrypted_and_backed_up(
    deploy: Deploy, environment: str, of_its_environment: dict[str, Any]
) -> None:
    graph, told = declare(deploy, planned(environment))
    password = "records-admin:result"
    assert graph[INSTANCE, "records"] == {
        "engine": "mysql",
        "engineVersion": "8.4",
        "autoMinorVersionUpgrade": True,
        "allocatedStorage": 20,
        "maxAllocatedStorage": 100,
        "storageType": "gp3",
        "storageEncrypted": True,
        "dbSubnetGroupName": "records",
        "vpcSecurityGroupIds": ["SecurityGroup-records"],
        "publiclyAccessible": False,
        "port": 3306,
        "parameterGroupName": "records",
        "username": "kubeflow",
        "password": password,
        "copyTagsToSnapshot": True,
        **of_its_environment,
    }
    assert graph.goals[INSTANCE, "records"].secrets == {"password"}
    assert told["host"] == "records.rds.invalid"


def test_each_server_leaves_its_last_snapshot_under_a_name_of_its_own(deploy: Deploy) -> None:
    """Off RDS and back in one VPC, the second server would else find the first one's there."""
    number = ("random:index/randomId:RandomId", "records-snapshot")
    kept, _ = declare(deploy, planned("prod"))
    assert kept[number] == {"byteLength": 4, "keepers": {"vpc": "Vpc-cluster"}}
    assert kept.goals[number].parent == kept.goals[INSTANCE, "records"].parent, "they go together"
    gone, _ = declare(deploy, planned("dev"))
    assert number not in gone.goals


def test_it_stands_in_the_private_subnets_and_the_nodes_alone_reach_it(deploy: Deploy) -> None:
    graph, _ = declare(deploy, planned())
    assert graph["aws:rds/subnetGroup:SubnetGroup", "records"]["subnetIds"] == [
        "Subnet-private-eu-west-1a",
        "Subnet-private-eu-west-1b",
    ]
    rules = [
        goal.inputs
        for (kind, _), goal in graph.goals.items()
        if kind.startswith("aws:vpc/") and goal.inputs["securityGroupId"] == "SecurityGroup-records"
    ]
    assert rules == [
        {
            "securityGroupId": "SecurityGroup-records",
            "description": "MySQL, from the nodes",
            "ipProtocol": "tcp",
            "fromPort": 3306,
            "toPort": 3306,
            "referencedSecurityGroupId": "sg-cluster",
        }
    ]
    assert "ingress" not in graph["aws:ec2/securityGroup:SecurityGroup", "records"]
    parameters = graph["aws:rds/parameterGroup:ParameterGroup", "records"]
    assert parameters["family"] == "mysql8.4"
    assert {one["name"]: one["value"] for one in parameters["parameters"]} == {
        "authentication_policy": "*:mysql_native_password",
        "require_secure_transport": "0",
    }


def test_the_platform_waits_for_its_databases_and_gets_the_same_passwords(deploy: Deploy) -> None:
    graph, told = declare(deploy, planned(kubeflow={"components": ["katib", "pipelines"]}))
    assert told == {
        "host": "records.rds.invalid",
        "pipelines": "records-pipelines:result",
        "katib": "records-katib:result",
    }
    secret = graph["kubernetes:core/v1:Secret", "kube-system/kubeflow-databases"]
    said = secret["stringData"]
    for component in ("pipelines", "katib"):
        assert f"BY '{told[component]}'" in said["databases.sql"]
    assert "model_registry" not in said["databases.sql"]
    assert "password=records-admin:result\n" in said["client.cnf"]
    assert "host=records.rds.invalid\n" in said["client.cnf"]
    work = ("kubernetes:batch/v1:Job", job(graph)[0])
    assert (INSTANCE, "records") in needed_by(graph, work)
    assert work in needed_by(graph, ("kubernetes:core/v1:Namespace", "team"))


def test_another_choice_of_components_is_another_jobs_work(deploy: Deploy) -> None:
    names = {
        job(declare(deploy, planned(kubeflow={"components": chosen}))[0])[0]
        for chosen in (["katib"], ["katib", "pipelines"], ["pipelines", "katib"])
    }
    assert len(names) == 2


def test_the_job_keeps_to_the_restricted_standard_and_its_secrets_off_its_command(
    deploy: Deploy,
) -> None:
    graph, _ = declare(deploy, planned())
    pod = job(graph)[1]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert ":result" not in repr(pod)
    assert pod["volumes"] == [
        {"name": "said", "secret": {"secretName": "kubeflow-databases", "defaultMode": 0o440}}
    ]


def test_each_user_owns_its_databases_alone_and_what_is_so_stays() -> None:
    said = statements({"pipelines": "Abc", "katib": "Def"}).splitlines()
    assert said == [
        "CREATE DATABASE IF NOT EXISTS mlpipeline;",
        "CREATE DATABASE IF NOT EXISTS metadb;",
        "CREATE DATABASE IF NOT EXISTS cachedb;",
        "CREATE USER IF NOT EXISTS 'pipelines'@'%' IDENTIFIED WITH mysql_native_password BY 'Abc';",
        "ALTER USER 'pipelines'@'%' IDENTIFIED WITH mysql_native_password BY 'Abc';",
        "GRANT ALL ON mlpipeline.* TO 'pipelines'@'%';",
        "GRANT ALL ON metadb.* TO 'pipelines'@'%';",
        "GRANT ALL ON cachedb.* TO 'pipelines'@'%';",
        "CREATE DATABASE IF NOT EXISTS katib;",
        "CREATE USER IF NOT EXISTS 'katib'@'%' IDENTIFIED WITH mysql_native_password BY 'Def';",
        "ALTER USER 'katib'@'%' IDENTIFIED WITH mysql_native_password BY 'Def';",
        "GRANT ALL ON katib.* TO 'katib'@'%';",
    ]


def test_the_documented_statements_make_the_same() -> None:
    text = (Path(__file__).parents[3] / "docs" / "stores.md").read_text()
    documented = text.split("```sql\n")[1].split("```")[0]
    for user, databases in USERS.values():
        assert f"CREATE USER {user} " in documented
        for database in databases:
            assert f"CREATE DATABASE {database};" in documented
            assert f"GRANT ALL ON {database}.* TO {user};" in documented


def test_the_client_reads_where_the_server_is_from_a_file() -> None:
    assert client_options("db.test", "Abc1") == (
        "[client]\nhost=db.test\nuser=kubeflow\npassword=Abc1\n"
    )


@pytest.mark.parametrize(
    ("database", "message"),
    [
        ({"kind": "rds", "port": 3307}, "port is of a server of yours; add its host"),
        (
            {"kind": "rds", "host": "db.corp.test", "storageGib": 30},
            "storageGib would not be used: only a server that the stack makes",
        ),
        ({"kind": "rds", "instanceType": "m5.xlarge"}, "a class of RDS, like db.t4g.medium"),
        ({"kind": "rds", "storageGib": 10}, "greater than or equal to 20"),
        ({"kind": "rds", "storageGib": 13_108}, "less than or equal to 13107"),
        ({"kind": "managed"}, "kind 'managed' needs host"),
    ],
)
def test_a_size_that_cannot_be_is_refused(database: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        planned(stores={"database": database})


def test_the_largest_disk_may_still_grow_as_others_do() -> None:
    made = planned(stores={"database": {"kind": "rds", "storageGib": 13_107}}).aws
    assert made is not None
    assert made.database is not None
    assert 5 * made.database.storage_gib == made.database.max_storage_gib <= 65_536


def test_only_aws_makes_a_server() -> None:
    cluster = {
        "provider": "existing",
        "kubernetes": "1.35",
        "zones": ["a"],
        "storageClass": "fast",
    }
    pools = [{"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": 3}]
    with pytest.raises(SettingsError, match="needs host; only a stack on AWS makes a server"):
        planned(cluster=cluster, pools=pools)
