"""What a stack left is found, priced and deleted; what is another's stays as it is."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from accounts.aws import AwsAccount
from accounts.owner import Owner
from ops.__main__ import main
from ops.errors import OpsError
from ops.sweep import aws_prices as prices
from ops.sweep.aws import find_leftovers
from ops.sweep.model import Leftover
from ops.sweep.report import as_json, as_text
from ops.sweep.run import Wish, sweep
from rehearsal.session import Session

OWNER = Owner(stack="kf", project="kubeflow")
OURS = {"kubeflow-stack/name": "kf", "project": "kubeflow"}
THEIRS = {"kubeflow-stack/name": "kf-2", "project": "kubeflow"}
OF_THE_CLUSTER = {"kubernetes.io/cluster/kf": "owned"}
Open = Callable[..., Session]
Says = Callable[[str], None]


def pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


@dataclass
class Made:
    """One of every kind, tagged alike."""

    account: AwsAccount
    tags: dict[str, str]
    name: str
    ids: dict[str, str] = field(default_factory=dict)

    def specification(self, kind: str) -> list[dict[str, Any]]:
        return [{"ResourceType": kind, "Tags": pairs(self.tags)}]

    def all(self) -> "Made":
        ec2 = self.account.client("ec2")
        tagged = self.specification
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(
            VpcId=vpc, CidrBlock="10.0.0.0/18", AvailabilityZone="us-east-1a"
        )["Subnet"]["SubnetId"]
        groups = [
            ec2.create_security_group(
                GroupName=f"{self.name}-{side}",
                Description=f"{side} side",
                VpcId=vpc,
                TagSpecifications=tagged("security-group"),
            )["GroupId"]
            for side in ("one", "other")
        ]
        # Each names the other: neither can go first.
        for group, other in (groups, reversed(groups)):
            rule = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": other}]}
            ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
        self.ids["security group"] = groups[0]
        self.ids["volume"] = self.volume()
        self.ids["snapshot"] = ec2.create_snapshot(
            VolumeId=self.ids["volume"], TagSpecifications=tagged("snapshot")
        )["SnapshotId"]
        self.ids["address"] = ec2.allocate_address(
            Domain="vpc", TagSpecifications=tagged("elastic-ip")
        )["AllocationId"]
        self.ids["NAT gateway"] = ec2.create_nat_gateway(
            SubnetId=subnet,
            AllocationId=self.ids["address"],
            TagSpecifications=tagged("natgateway"),
        )["NatGateway"]["NatGatewayId"]
        self.ids["network interface"] = ec2.create_network_interface(
            SubnetId=subnet, TagSpecifications=tagged("network-interface")
        )["NetworkInterface"]["NetworkInterfaceId"]
        self.ids["instance"] = ec2.run_instances(
            ImageId="ami-12c6146b",
            InstanceType="m5.xlarge",
            MinCount=1,
            MaxCount=1,
            SubnetId=subnet,
            TagSpecifications=tagged("instance"),
        )["Instances"][0]["InstanceId"]
        self.balancers(vpc, subnet)
        self.database()
        logs = self.account.client("logs")
        self.ids["log group"] = f"/aws/eks/{self.name}/cluster"
        logs.create_log_group(logGroupName=self.ids["log group"], tags=self.tags)
        return self

    def volume(self) -> str:
        made = self.account.client("ec2").create_volume(
            AvailabilityZone="us-east-1a",
            Size=100,
            VolumeType="gp3",
            TagSpecifications=self.specification("volume"),
        )
        return str(made["VolumeId"])

    def database(self) -> None:
        rds = self.account.client("rds")
        self.ids |= {"database": f"{self.name}-1", "database snapshot": f"{self.name}-last"}
        rds.create_db_instance(
            DBInstanceIdentifier=self.ids["database"],
            DBInstanceClass="db.t4g.small",
            Engine="mysql",
            AllocatedStorage=20,
            StorageType="gp3",
            MasterUsername="kubeflow",
            MasterUserPassword="rehearsed",
            DeletionProtection=True,
            Tags=pairs(self.tags),
        )
        rds.create_db_snapshot(
            DBInstanceIdentifier=self.ids["database"],
            DBSnapshotIdentifier=self.ids["database snapshot"],
            Tags=pairs(self.tags),
        )

    def balancers(self, vpc: str, subnet: str) -> None:
        elbv2, elb = self.account.client("elbv2"), self.account.client("elb")
        tags = pairs(self.tags)
        balancer = elbv2.create_load_balancer(
            Name=f"{self.name}-nlb", Type="network", Subnets=[subnet], Tags=tags
        )["LoadBalancers"][0]["LoadBalancerArn"]
        protected = {"Key": "deletion_protection.enabled", "Value": "true"}
        elbv2.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=[protected])
        group = elbv2.create_target_group(
            Name=self.name, Protocol="TCP", Port=80, VpcId=vpc, Tags=tags
        )["TargetGroups"][0]["TargetGroupArn"]
        forward = {"Type": "forward", "TargetGroupArn": group}
        elbv2.create_listener(
            LoadBalancerArn=balancer, Protocol="TCP", Port=80, DefaultActions=[forward]
        )
        listener = {"Protocol": "TCP", "LoadBalancerPort": 80, "InstancePort": 80}
        elb.create_load_balancer(
            LoadBalancerName=f"{self.name}-classic",
            Listeners=[listener],
            Subnets=[subnet],
            Tags=tags,
        )
        self.ids |= {
            "load balancer": balancer,
            "target group": group,
            "classic load balancer": f"{self.name}-classic",
        }


def wish(answer: str = "kf", *, deletes: bool = True, is_json: bool = True) -> Wish:
    return Wish(deletes=deletes, is_json=is_json, ask=lambda _: answer)


def quiet(_: str) -> None:
    """Nobody listens."""


@pytest.mark.parametrize("tags", [OURS, OF_THE_CLUSTER], ids=["the stack's", "its cluster's"])
def test_one_of_every_kind_is_found(account: AwsAccount, tags: dict[str, str]) -> None:
    made = Made(account, tags, "kf").all()
    found = {one.kind: one for one in find_leftovers(account, OWNER)}
    # A log group is known by the tags of the stack alone: nothing else tags one.
    if tags is OF_THE_CLUSTER:
        found["log group"] = made_log(made)
    assert {kind: found[kind].id for kind in found if kind != "security group"} == {
        kind: id_ for kind, id_ in made.ids.items() if kind != "security group"
    }
    assert {kind: one.monthly_usd for kind, one in found.items()} == {
        "load balancer": Decimal("16.4250"),
        "classic load balancer": Decimal("18.250"),
        "target group": 0,
        "instance": Decimal("140.160"),
        "database": Decimal("25.660"),
        "database snapshot": None,
        "NAT gateway": Decimal("32.850"),
        "volume": 8,
        "snapshot": None,
        "network interface": 0,
        "security group": 0,
        "address": Decimal("3.650"),
        "log group": 0,
    }


def made_log(made: Made) -> Leftover:
    return Leftover(kind="log group", id=made.ids["log group"], monthly_usd=Decimal(0))


def test_what_is_deleted_is_ours_and_only_ours(
    account: AwsAccount, open_stack: Open, pulumi: Says
) -> None:
    Made(account, OURS, "kf").all()
    theirs = Made(account, THEIRS, "kf-2").all()
    of_another_project = Made(account, {**OURS, "project": "billing"}, "other").volume()
    shared = Made(account, {"kubernetes.io/cluster/kf": "shared"}, "shared").volume()
    doubly_tagged = Made(account, {**OF_THE_CLUSTER, **THEIRS}, "both").volume()
    their_owner = Owner(stack="kf-2", project="kubeflow")
    before = sorted(one.id for one in find_leftovers(account, their_owner))
    assert set(theirs.ids.values()) <= set(before)

    (kept_records,) = json.loads(sweep(open_stack(), wish(), quiet))
    assert kept_records["id"] == "kf-last"
    assert "aws rds delete-db-snapshot --db-snapshot-identifier kf-last" in kept_records["held"]
    assert [one.id for one in find_leftovers(account, OWNER)] == ["kf-last"]
    assert sorted(one.id for one in find_leftovers(account, their_owner)) == before
    kept = account.client("ec2").describe_volumes()["Volumes"]
    assert {of_another_project, shared, doubly_tagged} <= {one["VolumeId"] for one in kept}


def test_nothing_is_deleted_unasked_or_without_the_stacks_name(
    account: AwsAccount, open_stack: Open, pulumi: Says
) -> None:
    Made(account, OURS, "kf").all()
    before = find_leftovers(account, OWNER)
    stack = open_stack()
    told = sweep(stack, wish(deletes=False, is_json=False), quiet)
    assert "kf: 14 left, $245.00 a month, and 2 of unknown price" in told
    for answer in ("", "yes", "kf-2"):
        with pytest.raises(OpsError, match="nothing was deleted: the answer was not kf"):
            sweep(stack, wish(answer), quiet)
    assert find_leftovers(account, OWNER) == before


def test_every_page_is_read(account: AwsAccount) -> None:
    elb = account.client("elb")
    for number in range(55):
        elb.create_load_balancer(
            LoadBalancerName=f"many-{number}",
            Listeners=[{"Protocol": "TCP", "LoadBalancerPort": 80, "InstancePort": 80}],
            AvailabilityZones=["us-east-1a"],
            Tags=pairs(OURS),
        )
    assert len(elb.describe_load_balancers()["LoadBalancerDescriptions"]) < 55
    found = find_leftovers(account, OWNER)
    assert {one.id for one in found} == {f"many-{number}" for number in range(55)}


def test_throttling_is_waited_out(account: AwsAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = Made(account, OURS, "kf").volume()
    pauses: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", pauses.append)
    refusals = iter(range(4))

    def throttled(request: Any, **_: Any) -> AWSResponse | None:
        if "DescribeVolumes" not in str(request.body) or next(refusals, None) is None:
            return None
        body = (
            b"<Response><Errors><Error><Code>RequestLimitExceeded</Code>"
            b"<Message>slow down</Message></Error></Errors></Response>"
        )
        answer = AWSResponse(request.url, 503, {}, None)
        answer._content = body
        return answer

    account.client("ec2").meta.events.register_first("before-send.ec2", throttled)
    assert wanted in {one.id for one in find_leftovers(account, OWNER)}
    assert len(pauses) == 4


def test_a_stack_that_still_exists_is_refused(
    account: AwsAccount, open_stack: Open, pulumi: Says
) -> None:
    state = {"deployment": {"resources": [{"urn": "urn:vpc", "type": "aws:v", "custom": True}]}}
    pulumi(f"echo '{json.dumps(state)}'")
    stack = open_stack()
    volume = Made(account, OURS, "kf").volume()
    for deletes in (True, False):
        with pytest.raises(OpsError, match=r"kf still has 1 resources in its state, e\.g\. urn:v"):
            sweep(stack, wish(deletes=deletes), quiet)
    assert account.client("ec2").describe_volumes(VolumeIds=[volume])["Volumes"]


def test_a_cluster_that_still_runs_is_refused_though_its_state_is_lost(
    account: AwsAccount, open_stack: Open, pulumi: Says
) -> None:
    account.client("eks").create_cluster(
        name="kf",
        roleArn="arn:aws:iam::123456789012:role/kf",
        resourcesVpcConfig={"subnetIds": []},
    )
    with pytest.raises(OpsError, match="the cluster kf still runs in us-east-1"):
        sweep(open_stack(), wish(), quiet)


def test_without_pulumi_it_lists_and_does_not_delete(
    account: AwsAccount, open_stack: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    Made(account, OURS, "kf").volume()
    told: list[str] = []
    stack = open_stack()
    assert len(json.loads(sweep(stack, wish(deletes=False), told.append))) == 1
    assert "what is listed may be in use" in told[0]
    with pytest.raises(OpsError, match="nothing is deleted: `pulumi` is not on PATH"):
        sweep(stack, wish(), quiet)


def test_another_account_is_refused(account: AwsAccount, open_stack: Open, pulumi: Says) -> None:
    with pytest.raises(OpsError, match=r"cluster\.accountId: the stack is in 999999999999"):
        sweep(open_stack(accountId="999999999999"), wish(), quiet)


def test_an_untagged_log_group_of_the_clusters_name_is_listed_and_kept(
    account: AwsAccount, open_stack: Open, pulumi: Says
) -> None:
    logs = account.client("logs")
    for name in ("/aws/eks/kf/cluster", "/aws/eks/kf-2/cluster"):
        logs.create_log_group(logGroupName=name)
    (left,) = json.loads(sweep(open_stack(), wish(), quiet))
    assert left["id"] == "/aws/eks/kf/cluster"
    assert "aws logs delete-log-group --log-group-name /aws/eks/kf/cluster" in left["held"]
    assert len(logs.describe_log_groups()["logGroups"]) == 2


def test_what_cannot_be_deleted_is_named_and_the_rest_goes(
    account: AwsAccount, open_stack: Open, pulumi: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Made(account, OURS, "kf").all()
    ec2 = account.client("ec2")
    group = ec2.describe_security_groups(GroupIds=[made.ids["security group"]])
    vpc = group["SecurityGroups"][0]["VpcId"]
    (subnet,) = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    ec2.create_network_interface(
        SubnetId=subnet["SubnetId"], Groups=[made.ids["security group"]]
    )  # nobody's
    waits: list[float] = []
    monkeypatch.setattr("botocore.waiter.time.sleep", waits.append)
    with pytest.raises(OpsError, match=f"security group {made.ids['security group']}") as refused:
        sweep(open_stack(), wish(), quiet)
    assert "not over when the time was up" in str(refused.value)
    assert sum(pause for pause in waits if pause >= 1) <= 10 * 60
    left = [one.id for one in find_leftovers(account, OWNER)]
    assert left == [made.ids["database snapshot"], made.ids["security group"]]


def test_off_aws_there_is_nothing_to_sweep(
    open_stack: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    root = open_stack().root
    text = (root / "stacks" / "Pulumi.kf.yaml").read_text()
    assert "provider: aws" in text
    sandbox = (root / "stacks" / "Pulumi.kf.yaml").with_name("Pulumi.here.yaml")
    sandbox.write_text(
        text.replace("provider: aws", "provider: existing\n      zones: [a]\n      "
                     "kubernetes: '1.35'\n      storageClass: standard")
        .replace("      admins:\n      - arn:aws:iam::123456789012:role/admin\n", "")
    )  # fmt: skip
    assert main(["sweep", "here"], root) == 1
    assert "cluster.provider is 'existing', and sweep knows aws" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("body", "usd"),
    [
        ({"VolumeType": "gp3", "Size": 40, "Iops": 4000, "Throughput": 130}, "8.40"),
        ({"VolumeType": "gp3", "Size": 40}, "3.20"),
        ({"VolumeType": "gp2", "Size": 60}, "6.0"),
        ({"VolumeType": "io2", "Size": 60}, None),
    ],
)
def test_volumes_cost_what_aws_published(body: dict[str, Any], usd: str | None) -> None:
    assert prices.volume("us-east-1", body) == (None if usd is None else Decimal(usd))


def test_an_unknown_price_is_never_nothing() -> None:
    assert prices.hourly("aws.nat.hour", "mars-north-1") is None
    assert prices.volume("eu-west-1", {"VolumeType": "gp3", "Size": 40, "Iops": 4000}) is None
    left = Leftover(kind="volume", id="vol-1", name="[red]", monthly_usd=None)
    assert "price unknown" in as_text("kf", [left])
    assert "[red]" in as_text("kf", [left])
    assert "$0.00 a month, and 1 of unknown price" in as_text("kf", [left])
    assert json.loads(as_json([left]))[0]["monthly_usd"] is None
    assert as_text("kf", []) == "kf: nothing left"
