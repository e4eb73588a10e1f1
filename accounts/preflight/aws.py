"""Whether an account of AWS can take a stack: facts and a plan become findings. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from accounts.preflight.aws_facts import AwsFacts, BucketState, Identity, Limit
from accounts.preflight.aws_limits import QUOTAS, VCPUS, Quota, needed_of, vcpu_quota
from accounts.preflight.checks import Needed, limit, names
from accounts.preflight.model import Finding, Unread, Verdict, unchecked
from plan.clouds import AwsPlan
from plan.model import ClusterPlan

NO_OPT_IN = ("opt-in-not-required", "opted-in")


def judge(cluster: ClusterPlan, aws: AwsPlan, facts: AwsFacts) -> tuple[Finding, ...]:
    """Every check, whatever the others say."""
    return (
        *_credentials(aws, facts.identity),
        _region(cluster.region, facts.region_status),
        *_zones(cluster, facts.zones),
        *_offerings(cluster, facts.offered),
        _version(cluster.kubernetes, facts.versions),
        *_database(cluster, aws, facts.database_zones),
        *_limits(cluster, aws, facts),
        names(cluster.name, facts.clashes),
        *_bucket(cluster.name, aws.bucket, facts.bucket),
        *_permissions(facts),
    )


def _credentials(aws: AwsPlan, identity: Identity | Unread) -> Iterator[Finding]:
    """Without any, `pulumi up` would end too: that is wrong, not unchecked."""
    if isinstance(identity, Unread):
        yield Finding(
            what="credentials",
            verdict="wrong",
            value=identity.why,
            needed="of the stack's account",
            fix="log in, e.g. `aws sso login`, or set AWS_PROFILE",
        )
        yield unchecked("account", identity)
        yield unchecked("cluster.admins", identity)
        return
    yield Finding(what="credentials", verdict="fine", value=identity.arn)
    yield _account(aws, identity)
    yield _admin(aws.admins, identity)


def _account(aws: AwsPlan, identity: Identity) -> Finding:
    is_right = aws.account_id in (None, identity.account)
    return Finding(
        what="account",
        verdict="fine" if is_right else "wrong",
        value=identity.account,
        needed=aws.account_id or "any",
        fix="" if is_right else "log in to that account, or correct cluster.accountId",
    )


def _admin(admins: Sequence[str], identity: Identity) -> Finding:
    """The cluster makes no admin of its creator, so who is not listed is locked out of it."""
    is_listed = principal(identity.arn) in {principal(admin) for admin in admins}
    return Finding(
        what="cluster.admins",
        verdict="fine" if is_listed else "wrong",
        value=identity.arn,
        needed=", ".join(admins),
        fix="" if is_listed else "add the role or user that runs `pulumi up` to cluster.admins",
    )


def principal(arn: str) -> tuple[str, str, str]:
    """Account, kind and name; a role that is taken has lost its path, so paths do not count."""
    account, _, rest = arn.partition(":iam::")[2].partition(":")
    if not account:
        account, _, rest = arn.partition(":sts::")[2].partition(":")
    kind, _, path = rest.partition("/")
    if kind == "assumed-role":
        return account, "role", path.partition("/")[0]
    return account, kind, path.rpartition("/")[2]


def _region(region: str, status: str | Unread) -> Finding:
    what = f"region {region}"
    if isinstance(status, Unread):
        return unchecked(what, status)
    is_on = status in NO_OPT_IN
    return Finding(
        what=what,
        verdict="fine" if is_on else "wrong",
        value=status,
        needed="enabled",
        fix="" if is_on else f"aws account enable-region --region-name {region}",
    )


def _zones(cluster: ClusterPlan, zones: frozenset[str] | Unread) -> Iterator[Finding]:
    if isinstance(zones, Unread):
        yield unchecked("zones", zones)
        return
    for zone in cluster.zones:
        is_there = zone in zones
        yield Finding(
            what=f"zone {zone}",
            verdict="fine" if is_there else "wrong",
            value="available" if is_there else "not for this account",
            needed="available",
            fix="" if is_there else f"say cluster.zones: of {', '.join(sorted(zones))}",
        )


def _offerings(
    cluster: ClusterPlan, offered: Mapping[str, frozenset[str]] | Unread
) -> Iterator[Finding]:
    if isinstance(offered, Unread):
        yield unchecked("instance types", offered)
        return
    for pool in cluster.pools:
        for name in pool.instance_types:
            everywhere = offered.get(name, frozenset())
            here = [zone for zone in pool.zones if zone in everywhere]
            yield Finding(
                what=f"pool {pool.name}: {name}",
                verdict="fine" if here else "wrong",
                value=", ".join(here) if here else "in none of the zones",
                needed=f"in one of {', '.join(pool.zones)}",
                fix="" if here else _where_else(everywhere),
            )


def _where_else(everywhere: frozenset[str]) -> str:
    if not everywhere:
        return "take it out of the pool's instanceTypes: the region has none"
    return f"say cluster.zones with one of {', '.join(sorted(everywhere))}, or take it out"


def _version(kubernetes: str, versions: frozenset[str] | Unread) -> Finding:
    what = f"EKS {kubernetes}"
    if isinstance(versions, Unread):
        return unchecked(what, versions)
    is_offered = kubernetes in versions
    listed = ", ".join(sorted(versions))
    return Finding(
        what=what,
        verdict="fine" if is_offered else "wrong",
        value=listed,
        needed=kubernetes,
        fix="" if is_offered else f"say cluster.kubernetes: one of {listed}",
    )


def _database(
    cluster: ClusterPlan, aws: AwsPlan, zones: frozenset[str] | Unread
) -> Iterator[Finding]:
    if aws.database is None:
        return
    what = f"stores.database: {aws.database.instance_type}"
    if isinstance(zones, Unread):
        yield unchecked(what, zones)
        return
    here = [zone for zone in cluster.zones if zone in zones]
    is_enough = len(here) >= (2 if aws.database.has_standby else 1)
    yield Finding(
        what=what,
        verdict="fine" if is_enough else "wrong",
        value=", ".join(here) if here else "in none of the zones",
        needed="MySQL of this class in two of the zones"
        if aws.database.has_standby
        else "MySQL of this class in one of the zones",
        fix="" if is_enough else "say stores.database.instanceType: a class that the region has",
    )


def _limits(cluster: ClusterPlan, aws: AwsPlan, facts: AwsFacts) -> Iterator[Finding]:
    needed = needed_of(cluster.pools, aws)
    for quota in QUOTAS:
        if needed[quota].at_most:
            yield _limit(quota, needed[quota], facts.limits[quota.name])
    for pool in cluster.pools:
        for name in pool.instance_types:
            if vcpu_quota(name, is_spot=pool.is_spot) is None:
                yield unchecked(f"vCPUs of {name}", Unread("its family's quota is not known here"))


def _limit(quota: Quota, needed: Needed, found: Limit | Unread) -> Finding:
    if isinstance(found, Unread):
        return unchecked(quota.name, found)
    more = _more(quota, found.used + needed.at_most)
    return limit(quota.name, needed, found.had, found.used, more)


def _more(quota: Quota, wanted: float) -> str:
    raised = (
        "aws service-quotas request-service-quota-increase "
        f"--service-code {quota.service} --quota-code {quota.code} --desired-value {wanted:g}"
    )
    return f"{raised}, or lower pools[].maxNodes" if quota in VCPUS else raised


def _bucket(stack: str, name: str | None, state: BucketState | Unread | None) -> Iterator[Finding]:
    """One that an earlier stack kept ends `up`, unless it is in this one's state: who knows."""
    what = f"bucket {name}"
    if name is None or state is None:
        return
    if isinstance(state, Unread):
        yield unchecked(what, state)
    elif state == "hidden":
        yield Finding(
            what=what,
            verdict="wrong",
            value="somebody else's, or not to be seen with these credentials",
            needed="free, or yours",
            fix=f"call the stack something other than {stack}, say stores.objects.bucket, or let "
            "the credentials' policy allow s3:ListBucket",
        )
    elif state == "left over":
        yield Finding(
            what=what,
            verdict="doubtful",
            value="yours, and there is no cluster of this stack: a destroy kept it",
            needed="free, or in the stack's state",
            fix="take it up again by `pulumi import`, as docs/stores.md says, or delete it",
        )
    else:
        yield Finding(
            what=what, verdict="fine", value="free" if state == "free" else "this stack's"
        )


def _permissions(facts: AwsFacts) -> Iterator[Finding]:
    """IAM is asked about every resource: who may do it to those of one name is told no, too."""
    for action, is_allowed in facts.dry_runs.items():
        yield _permission(action, is_allowed, no="wrong")
    for action, is_allowed in facts.simulated.items():
        yield _permission(action, is_allowed, no="doubtful")


def _permission(action: str, is_allowed: bool | Unread, *, no: Verdict) -> Finding:
    if isinstance(is_allowed, Unread):
        return unchecked(action, is_allowed)
    return Finding(
        what=action,
        verdict="fine" if is_allowed else no,
        value="allowed" if is_allowed else "denied",
        needed="allowed",
        fix="" if is_allowed else f"let the credentials' policy allow {action}",
    )
