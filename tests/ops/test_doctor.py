"""What an account must have for a stack: each check judged, and each fact read, both ways."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.stub import Stubber

from accounts.aws import AwsAccount
from accounts.errors import AccountError
from accounts.owner import Owner
from accounts.preflight.aws import judge, principal
from accounts.preflight.aws_facts import AwsFacts, Identity, Limit
from accounts.preflight.aws_limits import (
    BALANCERS,
    ON_DEMAND,
    QUOTAS,
    SPOT_GPU,
    VPCS,
    needed_of,
    vcpu_quota,
)
from accounts.preflight.aws_permissions import DRY_RUNS, SIMULATED, asked_of_iam
from accounts.preflight.aws_read import read_facts
from accounts.preflight.examine import refuse
from accounts.preflight.model import Finding, Unread, is_sound
from ops.__main__ import main
from ops.doctor.report import as_json, as_text
from rehearsal.session import Session

Open = Callable[..., Session]
OWNER = Owner(stack="kf", project="kubeflow")
OURS = [{"Key": "kubeflow-stack/name", "Value": "kf"}, {"Key": "project", "Value": "kubeflow"}]
ADMIN = "arn:aws:sts::123456789012:assumed-role/admin/ada"
ZONES = frozenset({"us-east-1a", "us-east-1b", "us-east-1c"})
OFFERED = dict.fromkeys(("m5.xlarge", "g4dn.xlarge", "g5.xlarge", "g6.xlarge"), ZONES)
SOUND = AwsFacts(
    identity=Identity(account="123456789012", arn=ADMIN),
    region_status="opt-in-not-required",
    zones=ZONES,
    offered=OFFERED,
    versions=frozenset({"1.34", "1.35"}),
    limits={quota.name: Limit(had=100, used=0) for quota in QUOTAS},
    clashes=(),
    database_zones=frozenset(),
    dry_runs={"ec2:CreateVpc": True},
    simulated={"kms:CreateKey": True},
)


@pytest.fixture
def stack(open_stack: Open) -> Session:
    return open_stack()


def examined(session: Session, facts: AwsFacts) -> tuple[Finding, ...]:
    assert session.plan.aws is not None
    return judge(session.plan.cluster, session.plan.aws, facts)


def amiss(session: Session, facts: AwsFacts) -> list[Finding]:
    return [one for one in examined(session, facts) if one.verdict in ("wrong", "doubtful")]


def test_a_sound_account_has_nothing_wrong_and_nothing_unchecked(stack: Session) -> None:
    found = examined(stack, SOUND)
    assert {one.verdict for one in found} == {"fine"}
    assert is_sound(found)
    assert [one.what for one in found] == [
        "credentials", "account", "cluster.admins", "region us-east-1", "zone us-east-1a",
        "zone us-east-1b", "pool general: m5.xlarge", "pool gpu: g4dn.xlarge",
        "pool gpu: g5.xlarge", "pool gpu: g6.xlarge", "EKS 1.35", "vCPUs on demand, standard",
        "vCPUs on spot, G and VT", "Elastic IP addresses", "VPCs", "EKS clusters", "names",
        "ec2:CreateVpc", "kms:CreateKey",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"identity": Identity(account="123456789012", arn=ADMIN.replace("/admin/", "/dev/"))},
            ("cluster.admins", "assumed-role/dev/ada", "role/admin", "add the role or user"),
        ),
        (
            {"region_status": "not-opted-in"},
            ("region us-east-1", "not-opted-in", "enabled", "--region-name us-east-1"),
        ),
        (
            {"zones": frozenset({"us-east-1a", "us-east-1c"})},
            ("zone us-east-1b", "not for this", "available", "of us-east-1a, us-east-1c"),
        ),
        (
            {"offered": {**OFFERED, "g6.xlarge": frozenset({"us-east-1c"})}},
            ("pool gpu: g6.xlarge", "in none", "us-east-1a, us-east-1b", "one of us-east-1c"),
        ),
        (
            {"offered": {**OFFERED, "g6.xlarge": frozenset()}},
            ("pool gpu: g6.xlarge", "in none", "us-east-1a", "take it out of the pool's"),
        ),
        ({"versions": frozenset({"1.36"})}, ("EKS 1.35", "1.36", "1.35", "one of 1.36")),
        (
            {"limits": {**SOUND.limits, ON_DEMAND.name: Limit(had=19, used=8)}},
            (
                ON_DEMAND.name,
                "19, 8 of it",
                "12 at first, 28 when",
                "L-1216C47A --desired-value 36",
            ),
        ),
        (
            {"limits": {**SOUND.limits, VPCS.name: Limit(had=5, used=5)}},
            (VPCS.name, "5, 5 of it used by others", "1", "--service-code vpc"),
        ),
        (
            {"clashes": ("cluster kf", "log group /aws/eks/kf/cluster")},
            ("names", "cluster kf, log group", "free", "something other than kf"),
        ),
        (
            {"dry_runs": {"ec2:CreateVpc": False}},
            ("ec2:CreateVpc", "denied", "allowed", "allow ec2:CreateVpc"),
        ),
    ],
)
def test_what_is_wrong_says_what_is_there_what_is_needed_and_what_to_do(
    stack: Session, change: dict[str, Any], said: tuple[str, str, str, str]
) -> None:
    (found,) = amiss(stack, replace(SOUND, **change))
    what, value, needed, fix = said
    assert found.what == what
    assert value in found.value
    assert needed in found.needed
    assert fix in found.fix


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"limits": {**SOUND.limits, SPOT_GPU.name: Limit(had=0, used=0)}},
            (SPOT_GPU.name, "0, 0 of it", "0 at first, 12 when", "or lower pools[].maxNodes"),
        ),
        (
            {"limits": {**SOUND.limits, ON_DEMAND.name: Limit(had=20, used=8)}},
            (ON_DEMAND.name, "20, 8 of it", "12 at first", "L-1216C47A --desired-value 36"),
        ),
        (
            {"simulated": {"kms:CreateKey": False}},
            ("kms:CreateKey", "denied", "allowed", "allow kms:CreateKey"),
        ),
    ],
)
def test_what_does_not_end_up_is_doubtful_and_keeps_nobody_from_trying(
    stack: Session, change: dict[str, Any], said: tuple[str, str, str, str]
) -> None:
    facts = replace(SOUND, **change)
    (found,) = amiss(stack, facts)
    assert found.verdict == "doubtful"
    texts = (found.what, found.value, found.needed, found.fix)
    assert all(part in text for part, text in zip(said, texts, strict=True))
    assert not is_sound(examined(stack, facts))
    refuse("kf", examined(stack, facts))


def test_what_ends_up_is_refused_before_anything_is_made_all_at_once(stack: Session) -> None:
    full = {**SOUND.limits, VPCS.name: Limit(had=5, used=5)}
    facts = replace(SOUND, limits=full, dry_runs={"ec2:CreateVpc": False})
    with pytest.raises(AccountError) as refused:
        refuse("kf", examined(stack, facts))
    said = str(refused.value)
    assert "cannot take the stack kf, and nothing was made: 2 of 19 checks say no" in said
    assert "VPCs: 5, 5 of it used by others; needed: 1; aws service-quotas" in said
    assert "ec2:CreateVpc: denied; needed: allowed; let the credentials' policy" in said
    assert "python -m ops doctor kf" in said


@pytest.mark.parametrize(
    ("has_standby", "zones", "verdict"),
    [
        (False, frozenset({"us-east-1b"}), "fine"),
        (False, frozenset({"us-east-1f"}), "wrong"),
        (True, frozenset({"us-east-1a", "us-east-1b"}), "fine"),
        (True, frozenset({"us-east-1b"}), "wrong"),
        (False, Unread("AccessDenied"), "unchecked"),
    ],
)
def test_a_server_for_records_needs_its_class_where_it_stands(
    open_stack: Open, has_standby: bool, zones: frozenset[str] | Unread, verdict: str
) -> None:
    session = open_stack(stores={"database": {"kind": "rds"}})
    aws = session.plan.aws
    assert aws is not None
    assert aws.database is not None
    asked = replace(aws, database=replace(aws.database, has_standby=has_standby))
    found = judge(session.plan.cluster, asked, replace(SOUND, database_zones=zones))
    classes = [one for one in found if one.what.startswith("stores.database: db.")]
    assert [one.verdict for one in classes] == [verdict]
    assert [one.needed for one in found if one.what == "RDS instances"] == ["1"]


def test_classes_of_servers_are_read(
    account: AwsAccount, open_stack: Open, told: Callable[..., None]
) -> None:
    tagged = [{"TagList": OURS}, {"TagList": []}]
    told("rds", "describe_db_instances", {"DBInstances": tagged})
    offered = [
        {"EngineVersion": version, "AvailabilityZones": [{"Name": zone}]}
        for version, zone in (("8.4.5", "us-east-1a"), ("8.4.6", "us-east-1b"), ("8.0.42", "c"))
    ]
    told(
        "rds",
        "describe_orderable_db_instance_options",
        {"OrderableDBInstanceOptions": offered},
        Engine="mysql",
        DBInstanceClass="db.t4g.small",
        Vpc=True,
    )
    facts = read(account, open_stack(stores={"database": {"kind": "rds"}}))
    assert facts.database_zones == frozenset({"us-east-1a", "us-east-1b"})
    assert facts.limits["RDS instances"] == Limit(had=32, used=1)
    assert "rds:CreateDBInstance" in facts.simulated


def test_without_a_server_nobody_asks_for_one(account: AwsAccount, stack: Session) -> None:
    facts = read(account, stack)
    assert facts.database_zones == frozenset()
    assert "rds:CreateDBInstance" not in facts.simulated


def test_another_account_is_wrong_only_when_one_is_said(open_stack: Open) -> None:
    (found,) = amiss(open_stack(accountId="999999999999"), SOUND)
    assert (found.what, found.value, found.needed) == ("account", "123456789012", "999999999999")


def test_a_limit_that_is_just_enough_is_enough(stack: Session) -> None:
    limits = {**SOUND.limits, SPOT_GPU.name: Limit(had=12, used=0)}
    assert amiss(stack, replace(SOUND, limits=limits)) == []


def test_what_could_not_be_read_is_neither_fine_nor_amiss(stack: Session) -> None:
    why = Unread("AccessDenied: not for you")
    facts = AwsFacts(
        identity=SOUND.identity,
        region_status=why,
        zones=why,
        offered=why,
        versions=why,
        limits={quota.name: why for quota in QUOTAS},
        clashes=why,
        database_zones=why,
        dry_runs={"ec2:CreateVpc": why},
        simulated={"kms:CreateKey": why},
    )
    rest = examined(stack, facts)[3:]
    assert {(one.verdict, one.fix) for one in rest} == {("unchecked", why.why)}
    assert {one.what for one in rest} >= {"zones", "instance types", "EKS 1.35", "names"}
    assert is_sound(rest)


def test_pools_need_their_first_size_and_at_most_one_node_more_than_their_largest(
    stack: Session,
) -> None:
    assert stack.plan.aws is not None
    needed = needed_of(stack.plan.cluster.pools, stack.plan.aws)
    assert {quota.name: one.at_most for quota, one in needed.items() if one.at_most} == {
        "vCPUs on demand, standard": 28,
        "vCPUs on spot, G and VT": 12,
        "Elastic IP addresses": 1,
        "VPCs": 1,
        "EKS clusters": 1,
    }
    assert (needed[ON_DEMAND].at_first, needed[SPOT_GPU].at_first) == (12, 0)


@pytest.mark.parametrize(
    ("network", "said"),
    [
        ({"entry": {"sources": ["203.0.113.0/24"]}}, [("network load balancers", "wrong", "1")]),
        ({}, []),
    ],
)
def test_a_load_balancer_is_counted_where_there_is_a_way_in(
    open_stack: Open, network: dict[str, Any], said: list[tuple[str, str, str]]
) -> None:
    full = replace(SOUND, limits={**SOUND.limits, BALANCERS.name: Limit(had=50, used=50)})
    found = amiss(open_stack(network=network), full)
    assert [(one.what, one.verdict, one.needed) for one in found] == said


@pytest.mark.parametrize(
    ("name", "is_spot", "quota"),
    [
        ("m5.xlarge", False, "vCPUs on demand, standard"),
        ("im4gn.large", True, "vCPUs on spot, standard"),
        ("g4dn.xlarge", True, "vCPUs on spot, G and VT"),
        ("g5.xlarge", False, "vCPUs on demand, G and VT"),
        ("p4d.24xlarge", False, None),
        ("inf2.xlarge", False, None),
        ("u-6tb1.metal", False, None),
    ],
)
def test_a_type_counts_against_its_familys_quota(
    name: str, is_spot: bool, quota: str | None
) -> None:
    found = vcpu_quota(name, is_spot=is_spot)
    assert (found and found.name) == quota


@pytest.mark.parametrize(
    ("arn", "who"),
    [
        (ADMIN, ("123456789012", "role", "admin")),
        ("arn:aws:iam::1:role/aws-reserved/sso/Admin_1", ("1", "role", "Admin_1")),
        ("arn:aws:sts::1:assumed-role/Admin_1/ada@corp", ("1", "role", "Admin_1")),
        ("arn:aws:iam::1:user/team/ada", ("1", "user", "ada")),
        ("arn:aws:iam::1:root", ("1", "root", "")),
    ],
)
def test_a_role_is_known_by_its_name_however_it_was_taken(
    arn: str, who: tuple[str, str, str]
) -> None:
    assert principal(arn) == who


@pytest.fixture
def told(account: AwsAccount) -> Iterator[Callable[..., None]]:
    """Answers in place of what moto does not know, in their order."""
    with ExitStack() as stubs:
        known: dict[str, Stubber] = {}

        def says(service: str, operation: str, answer: dict[str, Any], **asked: Any) -> None:
            if service not in known:
                known[service] = stubs.enter_context(Stubber(account.client(service)))
            known[service].add_response(operation, answer, asked or None)

        yield says


# What moto does not know, where a test does not care.
USUAL: dict[tuple[str, str], dict[str, Any]] = {
    ("eks", "DescribeClusterVersions"): {"clusterVersions": []},
    ("iam", "SimulatePrincipalPolicy"): {"EvaluationResults": []},
    ("service-quotas", "GetServiceQuota"): {"Quota": {"Value": 32.0}},
}


def read(account: AwsAccount, session: Session) -> AwsFacts:
    assert session.plan.aws is not None
    for (service, operation), answer in USUAL.items():
        account.client(service).meta.events.register(
            f"before-call.{service}.{operation}",
            lambda answer=answer, **_: (SimpleNamespace(status_code=200), answer),
        )
    return read_facts(account, session.plan.cluster, session.plan.aws, OWNER)


def quota_answers(told: Callable[..., None]) -> None:
    for quota in QUOTAS:
        told(
            "service-quotas",
            "get_service_quota",
            {"Quota": {"Value": 32.0}},
            ServiceCode=quota.service,
            QuotaCode=quota.code,
        )


def test_facts_are_read_and_the_stacks_own_things_are_not_counted(
    account: AwsAccount, stack: Session, told: Callable[..., None]
) -> None:
    ec2 = account.client("ec2")
    own = {"TagSpecifications": [{"ResourceType": "elastic-ip", "Tags": OURS}]}
    ec2.allocate_address(Domain="vpc")
    ec2.allocate_address(Domain="vpc", **own)
    for tags in (OURS, []):
        ec2.run_instances(
            ImageId="ami-12c6146b",
            InstanceType="m5.xlarge",
            MinCount=2,
            MaxCount=2,
            TagSpecifications=[{"ResourceType": "instance", "Tags": tags}] if tags else [],
        )
    account.client("logs").create_log_group(logGroupName="/aws/eks/kf/cluster")
    quota_answers(told)
    facts = read(account, stack)
    assert facts.identity == Identity(
        account="123456789012", arn="arn:aws:sts::123456789012:user/moto"
    )
    assert facts.region_status == "opt-in-not-required"
    assert isinstance(facts.zones, frozenset)
    assert facts.zones >= ZONES
    assert isinstance(facts.offered, dict)
    assert facts.offered["m5.xlarge"] >= {"us-east-1a", "us-east-1b"}
    assert facts.limits["Elastic IP addresses"] == Limit(had=32, used=1)
    assert facts.limits["VPCs"] == Limit(had=32, used=1), "the region's default VPC"
    assert facts.limits[ON_DEMAND.name] == Limit(had=32, used=2 * 4)
    assert facts.clashes == ("log group /aws/eks/kf/cluster",)
    assert facts.dry_runs == dict.fromkeys(DRY_RUNS, True)


def test_the_stacks_own_cluster_clashes_with_nothing(account: AwsAccount, stack: Session) -> None:
    eks = account.client("eks")
    asked = {"roleArn": "arn:aws:iam::123456789012:role/r", "resourcesVpcConfig": {"subnetIds": []}}
    eks.create_cluster(name="kf", tags={"kubeflow-stack/name": "kf"}, **asked)
    account.client("logs").create_log_group(
        logGroupName="/aws/eks/kf/cluster", tags={"kubeflow-stack/name": "kf"}
    )
    assert read(account, stack).clashes == ()
    eks.delete_cluster(name="kf")
    eks.create_cluster(name="kf", **asked)
    assert read(account, stack).clashes == ("cluster kf",)


def test_a_quota_that_nobody_raised_is_everybodys(account: AwsAccount, stack: Session) -> None:
    with Stubber(account.client("service-quotas")) as quotas:
        for _ in QUOTAS:
            quotas.add_client_error("get_service_quota", "NoSuchResourceException")
            quotas.add_response("get_aws_default_service_quota", {"Quota": {"Value": 5.0}})
        facts = read(account, stack)
    assert {one.had for one in facts.limits.values() if isinstance(one, Limit)} == {5.0}
    assert len(facts.limits) == len(QUOTAS)


def test_versions_are_those_that_eks_offers(
    account: AwsAccount, stack: Session, told: Callable[..., None]
) -> None:
    clusters: dict[str, Any] = {"clusters": []}
    told("eks", "describe_cluster_versions", {"clusterVersions": [{"clusterVersion": "1.35"}]})
    told("eks", "list_clusters", clusters)
    told("eks", "describe_cluster", {"cluster": {"tags": {"kubeflow-stack/name": "kf"}}})
    assert read(account, stack).versions == frozenset({"1.35"})


def test_a_denied_call_is_unread_with_its_reason_and_a_denied_dry_run_is_a_no(
    account: AwsAccount, stack: Session
) -> None:
    with Stubber(account.client("ec2")) as ec2:
        calls = (
            "describe_regions", "describe_availability_zones", "describe_instance_type_offerings",
            "describe_instances", "describe_addresses", "describe_vpcs", *(
                call for call, _ in DRY_RUNS.values()
            ),
        )  # fmt: skip
        for call in calls:
            ec2.add_client_error(call, "UnauthorizedOperation", "not for you")
        facts = read(account, stack)
    assert isinstance(facts.zones, Unread)
    assert "not for you" in facts.zones.why
    assert isinstance(facts.offered, Unread)
    assert facts.dry_runs == dict.fromkeys(DRY_RUNS, False)


def test_a_dry_run_that_fails_otherwise_says_nothing(account: AwsAccount, stack: Session) -> None:
    def broken(**_: Any) -> None:
        raise account.client("ec2").exceptions.ClientError(
            {"Error": {"Code": "InternalError", "Message": "oops"}}, "CreateVpc"
        )

    account.client("ec2").create_vpc = broken
    found = read(account, stack).dry_runs["ec2:CreateVpc"]
    assert isinstance(found, Unread)
    assert "oops" in found.why


def test_iam_is_asked_what_a_roles_policies_say(
    account: AwsAccount, stack: Session, told: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "identity", lambda: ("123456789012", ADMIN))
    role = {
        "Arn": "arn:aws:iam::123456789012:role/team/admin", "Path": "/team/", "RoleName": "admin",
        "RoleId": "AROA1234567890123456", "CreateDate": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    told("iam", "get_role", {"Role": role}, RoleName="admin")
    results = [
        {"EvalActionName": action, "EvalDecision": decision}
        for action, decision in (("eks:CreateCluster", "allowed"), ("iam:PassRole", "implicitDeny"))
    ]
    told(
        "iam",
        "simulate_principal_policy",
        {"EvaluationResults": results},
        PolicySourceArn=role["Arn"],
        ActionNames=list(SIMULATED),
    )
    found = read(account, stack).simulated
    assert (found["eks:CreateCluster"], found["iam:PassRole"]) == (True, False)
    assert found["kms:CreateKey"] == Unread("IAM did not answer")


ENTRY: dict[str, Any] = {"sources": ["203.0.113.0/24"]}


@pytest.mark.parametrize(
    ("said", "more"),
    [
        ({}, set()),
        ({"network": {"entry": ENTRY}}, {"elasticloadbalancing:CreateLoadBalancer"}),
        (
            {"stores": {"objects": {"kind": "s3"}}, "accountId": "123456789012"},
            {
                "s3:CreateBucket", "s3:PutBucketPolicy", "iam:CreateUser", "iam:PutUserPolicy",
                "iam:CreateAccessKey",
            },
        ),
    ],
)  # fmt: skip
def test_iam_is_asked_for_what_the_stack_makes_and_for_nothing_else(
    open_stack: Open, said: dict[str, Any], more: set[str]
) -> None:
    aws = open_stack(**said).plan.aws
    assert aws is not None
    assert set(asked_of_iam(aws)) == {*SIMULATED, *more}
    assert "eks:CreatePodIdentityAssociation" in SIMULATED


def test_iam_is_asked_for_records_where_there_is_a_zone_to_put_them(open_stack: Open) -> None:
    aws = open_stack(network={"entry": ENTRY}).plan.aws
    assert aws is not None
    assert aws.entry is not None
    zoned = replace(aws, entry=replace(aws.entry, hosted_zone="corp.test"))
    assert set(asked_of_iam(zoned)) - set(asked_of_iam(aws)) == {"route53:ChangeResourceRecordSets"}


def test_root_is_not_simulated(
    account: AwsAccount, stack: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "identity", lambda: ("1", "arn:aws:iam::1:root"))
    found = read(account, stack).simulated["eks:CreateCluster"]
    assert found == Unread("IAM does not simulate arn:aws:iam::1:root")


def test_without_credentials_it_says_what_it_could_not_check(
    stack: Session,
    credentials: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert main(["doctor", "kf", "--json"], stack.root) == 1
    found = {one["what"]: one["verdict"] for one in json.loads(capsys.readouterr().out)}
    assert found.pop("credentials") == "wrong"
    assert set(found.values()) == {"unchecked"}
    assert {"account", "zones", "VPCs", "eks:CreateCluster", "ec2:CreateVpc"} <= set(found)


def test_a_report_has_the_worst_first_and_counts() -> None:
    found = (
        Finding(what="a [x]", verdict="fine"),
        Finding(what="b", verdict="wrong", value="1", needed="2", fix="more"),
        Finding(what="c", verdict="unchecked", fix="denied"),
    )
    lines = as_text("kf", found).splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["wrong", "unchecked", "fine"]
    assert lines[-1] == "kf: 1 wrong, 0 doubtful, 1 unchecked, 1 fine"
    assert "a [x]" in lines[3]
    assert json.loads(as_json(found))[1]["needed"] == "2"


def test_a_sound_stack_is_answered_with_success(
    stack: Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = {"fine": 0, "unchecked": 0, "doubtful": 1, "wrong": 1}
    for verdict, code in answers.items():
        found = (Finding(what="x", verdict=verdict),)  # type: ignore[arg-type]
        monkeypatch.setattr("ops.doctor.run.findings_of", lambda _, found=found: found)
        assert main(["doctor", "kf"], stack.root) == code
        assert f"1 {verdict}" in capsys.readouterr().out
