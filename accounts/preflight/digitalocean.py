"""Whether an account of DigitalOcean can take a stack: facts and a plan become findings. Pure."""

from collections.abc import Iterator
from ipaddress import ip_network

from accounts.digitalocean import PREFERRED, TOKEN
from accounts.preflight.checks import Needed, limit, names
from accounts.preflight.digitalocean_facts import DigitalOceanFacts, Network, Offer
from accounts.preflight.model import Finding, Unread, unchecked
from plan.clouds import DigitalOceanPlan
from plan.digitalocean import DEFAULT_POOL, DEFAULT_SIZE
from plan.instances import known_instance_type
from plan.model import ClusterPlan, Pool

MORE = "ask for more in the control panel: Settings, Team, Resource limits"
DEFAULT_NODES, UPDATE_NODES = 1, 1  # the pool that comes with the cluster; one more for updates
# What `up` and `destroy` write; the API tells a token's scopes to nobody.
WRITES = "kubernetes, vpc, tag: create, update and delete; load_balancer, block_storage: delete"


def judge(
    cluster: ClusterPlan, plan: DigitalOceanPlan, facts: DigitalOceanFacts
) -> tuple[Finding, ...]:
    """Every check, whatever the others say."""
    return (
        *_token(facts),
        _doctl(facts),
        *_region(cluster, facts.offer),
        *_sizes(cluster, facts),
        *_droplets(cluster, facts),
        _volumes(facts),
        *_network(cluster, plan, facts.networks),
        *_domain(plan, facts.domains),
        names(cluster.name, facts.clashes),
        *_untold(plan),
    )


def _token(facts: DigitalOceanFacts) -> Iterator[Finding]:
    """Without one, `pulumi up` would end too: that is wrong, not unchecked."""
    account = facts.account
    if facts.has_rival:
        yield Finding(
            what=PREFERRED,
            verdict="wrong",
            value=f"is set beside {TOKEN}, to another token",
            needed="one token for all",
            fix=f"unset {PREFERRED}: Pulumi's provider would take it, and doctl the other",
        )
    if isinstance(account, Unread):
        yield Finding(
            what="token",
            verdict="wrong",
            value=account.why,
            needed="one of the stack's account, that may read it",
            fix=f"make one in the control panel under API, and set {TOKEN}",
        )
        yield unchecked("account", account)
        return
    yield Finding(what="token", verdict="fine", value=account.name)
    is_active = account.status == "active"
    yield Finding(
        what="account",
        verdict="fine" if is_active else "wrong",
        value=f"{account.status} {account.message}".strip(),
        needed="active",
        fix="" if is_active else "settle it with DigitalOcean: a bill, or an unverified address",
    )


def _doctl(facts: DigitalOceanFacts) -> Finding:
    """The kubeconfig asks it for every token: without it nothing gets onto a cluster that costs."""
    return Finding(
        what="doctl",
        verdict="fine" if facts.has_doctl else "wrong",
        value="installed" if facts.has_doctl else "not on PATH",
        needed="installed",
        fix="" if facts.has_doctl else "install DigitalOcean's CLI where pulumi runs",
    )


def _region(cluster: ClusterPlan, offer: Offer | Unread) -> Iterator[Finding]:
    place, version = f"region {cluster.region}", f"DOKS {cluster.kubernetes}"
    if isinstance(offer, Unread):
        yield unchecked(place, offer)
        yield unchecked(version, offer)
        return
    has = cluster.region in offer.regions
    yield Finding(
        what=place,
        verdict="fine" if has else "wrong",
        value="has DOKS" if has else "has no DOKS for this account",
        needed="DOKS",
        fix="" if has else f"say cluster.region: one of {', '.join(sorted(offer.regions))}",
    )
    newest = [one for one in offer.versions if one.startswith(f"{cluster.kubernetes}.")]
    minors = sorted({".".join(one.split(".")[:2]) for one in offer.versions})
    yield Finding(
        what=version,
        verdict="fine" if newest else "wrong",
        value=", ".join(newest or offer.versions),
        needed=cluster.kubernetes,
        fix="" if newest else f"say cluster.kubernetes: one of {', '.join(minors)}",
    )


def _sizes(cluster: ClusterPlan, facts: DigitalOceanFacts) -> Iterator[Finding]:
    sizes, offer = facts.sizes, facts.offer
    if isinstance(sizes, Unread):
        yield unchecked("sizes", sizes)
        return
    said = [(pool.name, pool.instance_types[0]) for pool in cluster.pools]
    for pool, name in (*said, (DEFAULT_POOL, DEFAULT_SIZE)):
        regions = sizes.get(name, frozenset())
        is_for_nodes = isinstance(offer, Unread) or name in offer.sizes
        yield _size(pool, name, cluster.region, regions if is_for_nodes else frozenset())


def _size(pool: str, name: str, region: str, regions: frozenset[str]) -> Finding:
    is_there = region in regions
    elsewhere = f"; {name} is in {', '.join(sorted(regions))}" if regions else ""
    another = (
        "choose another cluster.region: every cluster begins with one of that size"
        if pool == DEFAULT_POOL
        else "give the pool another size of instanceTypes"
    )
    return Finding(
        what=f"pool {pool}: {name}",
        verdict="fine" if is_there else "wrong",
        value="offered" if is_there else f"not for nodes in {region}, or sold out",
        needed=f"in {region}",
        fix="" if is_there else f"{another}{elsewhere}",
    )


def needed_droplets(pools: tuple[Pool, ...]) -> Needed:
    """The node that comes with the cluster and every pool; at its largest, one more for updates."""
    return Needed(
        at_first=sum(pool.nodes for pool in pools) + DEFAULT_NODES,
        at_most=sum(pool.max_nodes for pool in pools) + DEFAULT_NODES + UPDATE_NODES,
    )


def _droplets(cluster: ClusterPlan, facts: DigitalOceanFacts) -> Iterator[Finding]:
    had = facts.account if isinstance(facts.account, Unread) else facts.account.droplet_limit
    yield _limit("droplets", needed_droplets(cluster.pools), had, facts.droplets)
    for pool in cluster.pools:
        row = known_instance_type(pool.instance_types[0])
        if row and row.gpus:
            why = Unread("GPU droplets have a limit of their own, which the API does not tell")
            yield unchecked(f"pool {pool.name}: limit of GPU droplets", why)


def _volumes(facts: DigitalOceanFacts) -> Finding:
    """How many the platform and its users will claim is theirs to say: room for one, at least."""
    had = facts.account if isinstance(facts.account, Unread) else facts.account.volume_limit
    return _limit("volumes", Needed(at_first=1, at_most=1), had, facts.volumes)


def _limit(what: str, needed: Needed, had: int | Unread | None, used: int | Unread) -> Finding:
    for fact in (had, used):
        if isinstance(fact, Unread):
            return unchecked(what, fact)
    if not isinstance(had, int) or not isinstance(used, int):
        return unchecked(what, Unread(f"the API does not tell this token the limit; {used} used"))
    more = f"{MORE} ({used + needed.at_most} or more), or lower pools[].maxNodes"
    return limit(what, needed, had, used, more)


def _network(
    cluster: ClusterPlan, plan: DigitalOceanPlan, networks: tuple[Network, ...] | Unread
) -> Iterator[Finding]:
    if isinstance(networks, Unread):
        yield unchecked("VPC", networks)
        return
    foreign = [one for one in networks if not one.is_own]
    yield _range(plan.cidr, foreign)
    yield _default(cluster.region, [one for one in networks if one.region == cluster.region])
    if any(one.name == cluster.name for one in foreign):
        why = f"there is one called {cluster.name}, and a VPC has no tags to say whose; where it "
        yield unchecked("VPC name", Unread(f"{why}is not this stack's, `up` fails at its name"))


def _range(cidr: str | None, foreign: list[Network]) -> Finding:
    if cidr is None:
        return Finding(what="VPC range", verdict="fine", value="DigitalOcean picks a free one")
    wanted = ip_network(cidr)
    taken = [one for one in foreign if ip_network(one.cidr).overlaps(wanted)]
    return Finding(
        what="VPC range",
        verdict="wrong" if taken else "fine",
        value=", ".join(f"{one.name} has {one.cidr}" for one in taken) or "free",
        needed=cidr,
        fix="say another cluster.network.cidr, or none, and one is picked" if taken else "",
    )


def _default(region: str, here: list[Network]) -> Finding:
    """The first VPC of a region becomes its default one, and no default one is ever deleted."""
    if not here:
        value, fix = (
            f"{region} has no VPC: the stack's would become the default one",
            f"`doctl vpcs create --name default-{region} --region {region}` first, or destroy ends "
            "with a VPC that cannot be deleted",
        )
    elif any(one.is_own and one.is_default for one in here):
        value, fix = (
            f"the stack's is the default one of {region}, which cannot be deleted",
            "before destroy make another one the default: `doctl vpcs update ID --default=true`",
        )
    else:
        value, fix = "another one's than the stack's", ""
    return Finding(
        what="default VPC",
        verdict="doubtful" if fix else "fine",
        value=value,
        needed="not the stack's",
        fix=fix,
    )


def _domain(plan: DigitalOceanPlan, domains: frozenset[str] | Unread) -> Iterator[Finding]:
    if plan.names is None:
        return
    what, zone = f"domain {plan.names.zone}", plan.names.zone
    if isinstance(domains, Unread):
        yield unchecked(what, domains)
        return
    is_there = zone in domains
    yield Finding(
        what=what,
        verdict="fine" if is_there else "wrong",
        value="in the account" if is_there else "not in the account",
        needed="in the account",
        fix=""
        if is_there
        else f"`doctl compute domain create {zone}`, or remove cluster.network.entry.hostedZone",
    )


def _untold(plan: DigitalOceanPlan) -> Iterator[Finding]:
    """What the API tells nobody, so that nobody thinks it was looked at."""
    needed = "; ".join(
        (
            WRITES,
            *(("spaces_key: create and delete",) if plan.space else ()),
            *(("domain: create, update and delete",) if plan.names else ()),
            *(("registry: update",) if plan.registry else ()),
        )
    )
    yield unchecked("scopes to write", Unread(f"the API does not tell them; needed: {needed}"))
    if plan.load_balancer:
        why = "the API does not tell the limit; the control panel does, under Resource limits"
        yield unchecked("load balancers", Unread(why))
