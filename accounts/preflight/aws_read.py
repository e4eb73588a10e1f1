"""The facts of an account, read; what it does not let us read is `Unread`, with its reason."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from botocore.exceptions import ClientError

from accounts.aws import AwsAccount, tags_of
from accounts.owner import Owner
from accounts.preflight.aws_facts import AwsFacts, BucketState, Identity, Limit
from accounts.preflight.aws_limits import (
    ADDRESSES,
    BALANCERS,
    CLUSTERS,
    DATABASES,
    QUOTAS,
    VPCS,
    Quota,
    vcpu_quota,
)
from accounts.preflight.aws_permissions import (
    DRY_RUNS,
    asked_of_iam,
    dry_runs,
    read_or_reason,
    simulated,
)
from accounts.preflight.model import Unread
from plan.clouds import AwsPlan
from plan.model import ClusterPlan
from plan.stores import MYSQL_ON_RDS

RUNNING = {"Name": "instance-state-name", "Values": ["pending", "running"]}


def read_facts(account: AwsAccount, cluster: ClusterPlan, aws: AwsPlan, owner: Owner) -> AwsFacts:
    """Everything that the checks want to know; asks nothing more without credentials."""
    asked = asked_of_iam(aws)
    identity = read_or_reason(
        lambda: Identity(**dict(zip(("account", "arn"), account.identity(), strict=True)))
    )
    if isinstance(identity, Unread):
        return _nothing(asked)
    return AwsFacts(
        identity=identity,
        region_status=read_or_reason(lambda: _region_status(account)),
        zones=read_or_reason(lambda: _zones(account)),
        offered=read_or_reason(lambda: _offered(account, cluster)),
        versions=read_or_reason(lambda: _versions(account)),
        limits=dict(_limits(account, owner)),
        clashes=read_or_reason(lambda: tuple(_clashes(account, aws, owner))),
        bucket=read_or_reason(lambda: _bucket(account, aws.bucket, owner)),
        database_zones=read_or_reason(lambda: _database_zones(account, aws)),
        dry_runs=dry_runs(account),
        simulated=simulated(account, identity.arn, asked),
    )


def _nothing(asked: tuple[str, ...]) -> AwsFacts:
    why = Unread("no usable credentials")
    return AwsFacts(
        identity=why,
        region_status=why,
        zones=why,
        offered=why,
        versions=why,
        limits={quota.name: why for quota in QUOTAS},
        clashes=why,
        bucket=why,
        database_zones=why,
        dry_runs=dict.fromkeys(DRY_RUNS, why),
        simulated=dict.fromkeys(asked, why),
    )


def _region_status(account: AwsAccount) -> str:
    found = account.client("ec2").describe_regions(RegionNames=[account.region], AllRegions=True)
    return str(found["Regions"][0]["OptInStatus"])


def _zones(account: AwsAccount) -> frozenset[str]:
    found = account.client("ec2").describe_availability_zones()["AvailabilityZones"]
    return frozenset(one["ZoneName"] for one in found if one["State"] == "available")


def _offered(account: AwsAccount, cluster: ClusterPlan) -> dict[str, frozenset[str]]:
    names = sorted({name for pool in cluster.pools for name in pool.instance_types})
    found = account.pages(
        "ec2",
        "describe_instance_type_offerings",
        "InstanceTypeOfferings",
        LocationType="availability-zone",
        Filters=[{"Name": "instance-type", "Values": names}],
    )
    return {
        name: frozenset(one["Location"] for one in found if one["InstanceType"] == name)
        for name in names
    }


def _versions(account: AwsAccount) -> frozenset[str]:
    found = account.pages("eks", "describe_cluster_versions", "clusterVersions")
    return frozenset(one["clusterVersion"] for one in found)


def _limits(account: AwsAccount, owner: Owner) -> Iterator[tuple[str, Limit | Unread]]:
    counters: dict[Quota, Callable[[], float]] = {
        ADDRESSES: lambda: _foreign(account.client("ec2").describe_addresses()["Addresses"], owner),
        VPCS: lambda: _foreign(account.pages("ec2", "describe_vpcs", "Vpcs"), owner),
        BALANCERS: lambda: _balancers(account, owner),
        CLUSTERS: lambda: _clusters(account, owner),
        DATABASES: lambda: _databases(account, owner),
    }
    vcpus = read_or_reason(lambda: _vcpus(account, owner))
    for quota in QUOTAS:
        used = (
            read_or_reason(counters[quota])
            if quota in counters
            else (vcpus if isinstance(vcpus, Unread) else float(vcpus[quota]))
        )
        yield quota.name, _limit(account, quota, used)


def _limit(account: AwsAccount, quota: Quota, used: float | Unread) -> Limit | Unread:
    had = read_or_reason(lambda: _quota(account, quota))
    if isinstance(had, Unread):
        return had
    return used if isinstance(used, Unread) else Limit(had=had, used=used)


def _quota(account: AwsAccount, quota: Quota) -> float:
    """What was granted, or, where nothing was, what everybody has."""
    quotas = account.client("service-quotas")
    asked = {"ServiceCode": quota.service, "QuotaCode": quota.code}
    try:
        told = quotas.get_service_quota(**asked)
    except quotas.exceptions.NoSuchResourceException:
        told = quotas.get_aws_default_service_quota(**asked)
    return float(told["Quota"]["Value"])


def _foreign(bodies: Sequence[Mapping[str, Any]], owner: Owner) -> float:
    return float(sum(not owner.owns(tags_of(one)) for one in bodies))


def _balancers(account: AwsAccount, owner: Owner) -> float:
    found = account.pages("elbv2", "describe_load_balancers", "LoadBalancers")
    tags = account.balancer_tags([one["LoadBalancerArn"] for one in found])
    foreign = [one for one in found if not owner.owns(tags.get(one["LoadBalancerArn"], {}))]
    return float(sum(one["Type"] == "network" for one in foreign))


def _clusters(account: AwsAccount, owner: Owner) -> float:
    found = account.pages("eks", "list_clusters", "clusters")
    return float(sum(name != owner.stack for name in found))


def _databases(account: AwsAccount, owner: Owner) -> float:
    found = account.pages("rds", "describe_db_instances", "DBInstances")
    return float(sum(not owner.owns(tags_of({"Tags": one["TagList"]})) for one in found))


def _database_zones(account: AwsAccount, aws: AwsPlan) -> frozenset[str]:
    """Where RDS has the class of the stack's server, for MySQL as the stack has it."""
    if aws.database is None:
        return frozenset()
    found = account.pages(
        "rds",
        "describe_orderable_db_instance_options",
        "OrderableDBInstanceOptions",
        Engine="mysql",
        DBInstanceClass=aws.database.instance_type,
        Vpc=True,
    )
    return frozenset(
        zone["Name"]
        for one in found
        if one["EngineVersion"].startswith(f"{MYSQL_ON_RDS}.")
        for zone in one["AvailabilityZones"]
    )


def _vcpus(account: AwsAccount, owner: Owner) -> Counter[Quota | None]:
    """What others than this stack run, by the quota that it counts against."""
    found = account.pages("ec2", "describe_instances", "Reservations", Filters=[RUNNING])
    foreign = [
        one
        for reservation in found
        for one in reservation["Instances"]
        if not owner.owns(tags_of(one))
    ]
    sizes = _sizes(account, sorted({one["InstanceType"] for one in foreign}))
    used: Counter[Quota | None] = Counter()
    for one in foreign:
        is_spot = one.get("InstanceLifecycle") == "spot"
        used[vcpu_quota(one["InstanceType"], is_spot=is_spot)] += sizes[one["InstanceType"]]
    return used


def _sizes(account: AwsAccount, names: Sequence[str]) -> dict[str, int]:
    """The vCPUs of each type as quotas count them, however many a machine was told to use."""
    if not names:
        return {}
    asked = [{"Name": "instance-type", "Values": list(names)}]
    found = account.pages("ec2", "describe_instance_types", "InstanceTypes", Filters=asked)
    return {one["InstanceType"]: one["VCpuInfo"]["DefaultVCpus"] for one in found}


def _bucket(account: AwsAccount, name: str | None, owner: Owner) -> BucketState | None:
    """Names of buckets are unique among everybody's, and AWS tells by the status whose one is."""
    if name is None:
        return None
    try:
        account.client("s3").head_bucket(Bucket=name)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == HTTPStatus.NOT_FOUND:
            return "free"
        if status == HTTPStatus.FORBIDDEN:
            return "hidden"
        raise
    tags = _cluster_tags(account, owner.stack)
    return "left over" if tags is None or not owner.owns(tags) else "in use"


def _cluster_tags(account: AwsAccount, name: str) -> Mapping[str, str] | None:
    """The tags of the cluster of a name; None where there is none."""
    eks = account.client("eks")
    try:
        tags: Mapping[str, str] = eks.describe_cluster(name=name)["cluster"].get("tags", {})
    except eks.exceptions.ResourceNotFoundException:
        return None
    return tags


def _clashes(account: AwsAccount, aws: AwsPlan, owner: Owner) -> Iterator[str]:
    tags = _cluster_tags(account, owner.stack)
    if tags is not None and not owner.owns(tags):
        yield f"cluster {owner.stack}"
    wanted = [f"/aws/eks/{owner.stack}/cluster"]
    wanted += [f"/aws/vpc/{owner.stack}/flow-logs"] if aws.logs_flows else []
    for name in wanted:
        found = account.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=name)
        for one in found:
            if one["logGroupName"] == name and not _is_own_log(account, one, owner):
                yield f"log group {name}"


def _is_own_log(account: AwsAccount, body: Mapping[str, Any], owner: Owner) -> bool:
    arn = body["arn"].removesuffix(":*")
    return owner.owns(account.client("logs").list_tags_for_resource(resourceArn=arn)["tags"])
