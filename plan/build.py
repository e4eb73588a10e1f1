"""Settings become a plan: pure, no cloud, no clock, no file."""

from collections.abc import Iterator
from decimal import Decimal

from plan.aws import (
    STORAGE_CLASS,
    STORAGE_PROVISIONER,
    aws_mistakes,
    aws_zones,
    makes_bucket,
    own_bucket,
    plan_aws,
    with_gpu_label,
)
from plan.components import choose
from plan.digitalocean import (
    VOLUMES_CLASS,
    digitalocean_mistakes,
    makes_space,
    own_space,
    plan_digitalocean,
)
from plan.expectations import version_mistakes
from plan.gitops import decide_gitops, gitops_mistakes
from plan.ingress import decide_ingress, ingress_mistakes, serving_namespaces
from plan.instances import UnknownInstanceTypeError, instance_type
from plan.mixes import mix_mistakes
from plan.model import (
    OWN_MACHINE,
    Allocatable,
    ClusterPlan,
    CostPlan,
    JsonOperation,
    KubeflowPlan,
    Plan,
    Pool,
    Taint,
    UserPatch,
)
from plan.monitoring import COMPONENT as MONITORING
from plan.monitoring import decide_monitoring, monitoring_mistakes
from plan.protection import keeps, protection_mistakes
from plan.quantities import cpu_millicores, mebibytes
from plan.stores import decide_stores
from plan.teams import decide_teams, team_mistakes, team_warnings
from settings.aws import AwsClusterSettings
from settings.digitalocean import DigitalOceanClusterSettings
from settings.kubeflow import KubeflowSettings, PatchSettings
from settings.mistakes import SettingsError
from settings.model import BudgetSettings, ExistingClusterSettings, PoolSettings, Settings
from upstream.pins import release_map


def make_plan(settings: Settings, stack: str) -> Plan:
    """Everything decided for one stack; raises `SettingsError` for what cannot be had."""
    kubeflow = settings.kubeflow
    choice = choose(kubeflow.components, kubeflow.kserve.mode, release_map(kubeflow.release))
    _refuse_impossible(settings, stack, choice.components)
    cluster = _cluster(settings, stack)
    said = settings.cluster
    on_aws = said if isinstance(said, AwsClusterSettings) else None
    monitoring = decide_monitoring(settings.monitoring)
    # Last, as in every release; where the cluster has its own there is nothing to install.
    watched = (MONITORING,) if monitoring and monitoring.mode == "managed" else ()
    on_digitalocean = said if isinstance(said, DigitalOceanClusterSettings) else None
    bucket = own_bucket(settings, on_aws, stack) if on_aws else None
    space = own_space(settings, on_digitalocean) if on_digitalocean else None
    namespaces = serving_namespaces(settings, choice.components)
    return Plan(
        stack=stack,
        environment=settings.environment,
        cluster=cluster,
        aws=plan_aws(
            settings, on_aws, cluster.pools, bucket.bucket if bucket else None, choice.components
        )
        if on_aws
        else None,
        digitalocean=plan_digitalocean(
            settings, on_digitalocean, stack, namespaces, space.bucket if space else None
        )
        if on_digitalocean
        else None,
        kubeflow=KubeflowPlan(
            release=kubeflow.release,
            components=(*choice.components, *watched),
            added=choice.added,
            existing=_existing(kubeflow),
            kserve_mode=kubeflow.kserve.mode,
            idle_notebook_minutes=kubeflow.notebooks.stop_idle_after_minutes,
            patches=tuple(_patch(n, patch) for n, patch in enumerate(kubeflow.patches)),
            admin_email=settings.ingress.auth.admin_email,
            keeps_crds=keeps(settings.protection.crds, settings.environment),
            keeps_volumes=keeps(settings.protection.volumes, settings.environment),
            user_workloads=settings.teardown.user_workloads,
            mirror=settings.upstream.mirror,
            registry_mirror=settings.images.registry_mirror,
        ),
        stores=decide_stores(settings.stores, choice.components, bucket or space),
        ingress=decide_ingress(
            settings.ingress, said.provider, namespaces, _public_models(settings)
        ),
        overcommit=settings.capacity.overcommit,
        teams=decide_teams(settings),
        team_warnings=team_warnings(settings, cluster.pools),
        cost=_cost(settings),
        monitoring=monitoring,
        gitops=decide_gitops(settings.gitops),
    )


def _public_models(settings: Settings) -> list[tuple[str, str]]:
    return [(team.name, model) for team in settings.teams for model in sorted(team.public_models)]


def _cost(settings: Settings) -> CostPlan:
    budget = settings.budget
    return CostPlan(
        usage=settings.cost.usage,
        prices=settings.cost.prices,
        monthly_usd=_dollars(budget.monthly),
        per_team_usd=_dollars(budget.per_team),
        max_increase_usd=_dollars(budget.max_increase),
        scenario=budget.scenario,
        level=budget.level,
    )


def _dollars(amount: float | None) -> Decimal | None:
    return None if amount is None else Decimal(str(amount))


def _cluster(settings: Settings, stack: str) -> ClusterPlan:
    said = settings.cluster
    context = None
    if isinstance(said, AwsClusterSettings):
        zones = aws_zones(said, settings.environment)
        storage_class, provisioner = STORAGE_CLASS, STORAGE_PROVISIONER
    elif isinstance(said, DigitalOceanClusterSettings):
        zones = (said.region,)  # it has no others
        storage_class, provisioner = VOLUMES_CLASS, ""
    else:
        zones = tuple(said.zones)
        storage_class, provisioner = said.storage_class, ""
        context = said.context
    pools = tuple(_pool(pool, zones) for pool in settings.pools)
    if isinstance(said, AwsClusterSettings):
        pools = tuple(with_gpu_label(pool) for pool in pools)
    return ClusterPlan(
        provider=said.provider,
        name=stack,
        region=said.region,
        zones=zones,
        kubernetes=said.kubernetes,
        storage_class=storage_class,
        context=context,
        storage_provisioner=provisioner,
        pools=pools,
    )


def _existing(said: KubeflowSettings) -> tuple[str, ...]:
    sources = {"istio": said.istio, "cert-manager": said.cert_manager}
    return tuple(name for name, source in sources.items() if source == "existing")


def _patch(number: int, said: PatchSettings) -> UserPatch:
    return UserPatch(
        path=f"kubeflow.patches[{number}]",
        kind=said.target.kind,
        namespace=said.target.namespace,
        name=said.target.name,
        why=said.why,
        strategic_merge=said.strategic_merge,
        json_patch=tuple(
            JsonOperation(op=one.op, path=one.path, value=one.value)
            for one in (() if said.json_patch is None else said.json_patch)
        ),
    )


def _pool(pool: PoolSettings, zones: tuple[str, ...]) -> Pool:
    return Pool(
        name=pool.name,
        instance_types=tuple(pool.instance_types) or (OWN_MACHINE,),
        nodes=pool.nodes,
        min_nodes=pool.nodes if pool.min_nodes is None else pool.min_nodes,
        max_nodes=pool.nodes if pool.max_nodes is None else pool.max_nodes,
        is_spot=pool.spot,
        zones=zones,
        labels=dict(pool.labels),
        taints=tuple(Taint(key=t.key, value=t.value, effect=t.effect) for t in pool.taints),
        allocatable=_allocatable(pool),
    )


def _allocatable(pool: PoolSettings) -> Allocatable:
    said = pool.machine
    if said is None:
        return instance_type(pool.instance_types[0]).allocatable
    return Allocatable(
        cpu_m=cpu_millicores(said.cpu),
        memory_mib=mebibytes(said.memory),
        pods=said.pods,
        gpus=said.gpus,
        volumes=said.volumes,
    )


def _refuse_impossible(settings: Settings, stack: str, components: tuple[str, ...]) -> None:
    lines = list(_unknown_types(settings))
    lines += ingress_mistakes(
        settings.ingress, settings.environment, serving_namespaces(settings, components)
    )
    lines += monitoring_mistakes(settings.monitoring)
    lines += mix_mistakes(settings, components)
    lines += protection_mistakes(settings)
    lines += gitops_mistakes(settings)
    pools = () if lines else tuple(_pool(pool, ()) for pool in settings.pools)
    lines += team_mistakes(settings, components, pools)
    lines += _made_elsewhere(settings)
    if isinstance(settings.cluster, AwsClusterSettings):
        lines += aws_mistakes(settings, settings.cluster)
    if isinstance(settings.cluster, DigitalOceanClusterSettings):
        lines += digitalocean_mistakes(settings, settings.cluster)
    elif isinstance(settings.cluster, ExistingClusterSettings):
        lines += version_mistakes(settings.cluster.kubernetes)
        lines += _budget_of_ones_own(settings.budget)
    if lines:
        listed = "\n".join(f"  {line}" for line in sorted(lines))
        raise SettingsError(f"stack {stack}: the settings name what cannot be had\n{listed}")


def _made_elsewhere(settings: Settings) -> Iterator[str]:
    """Stores that only a stack in another cloud would make."""
    provider = settings.cluster.provider
    if makes_bucket(settings) and provider != "aws":
        yield (
            "stores.objects: kind 's3' needs bucket and region; only a stack on AWS makes a bucket"
        )
    if makes_space(settings) and provider != "digitalocean":
        yield (
            "stores.objects: kind 'spaces' needs region; only a stack on DigitalOcean makes a Space"
        )
    if settings.stores.database.is_ours and provider != "aws":
        yield "stores.database: kind 'rds' needs host; only a stack on AWS makes a server"


def _budget_of_ones_own(budget: BudgetSettings) -> Iterator[str]:
    """Nothing there has a price, so that no bill would be within it."""
    limits = {
        "monthly": budget.monthly,
        "perTeam": budget.per_team,
        "maxIncrease": budget.max_increase,
    }
    for name, limit in limits.items():
        if limit is not None:
            yield (
                f"budget.{name}: {limit:g} cannot be kept to: what is on an existing cluster has "
                "no price here; remove it"
            )


def _unknown_types(settings: Settings) -> Iterator[str]:
    provider = settings.cluster.provider
    for number, pool in enumerate(settings.pools):
        if pool.machine is not None and provider != "existing":
            yield (
                f"pools[{number}].machine: is of a cluster you have; {provider} sells what "
                "instanceTypes names"
            )
        for place, name in enumerate(pool.instance_types):
            try:
                instance_type(name)
            except UnknownInstanceTypeError as error:
                yield f"pools[{number}].instanceTypes[{place}]: {error}"
