"""A plan's bill and budget: the one place where a decided stack meets its prices."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from cost.budget import Budget
from cost.catalog import load_catalog
from cost.estimate import Bill, Terms, make_bill
from cost.live.remembered import Remembered
from cost.live.sellers import SELLERS
from cost.live.today import Question, todays_catalog
from cost.model import Place, Resource
from cost.teams import Division, Room
from cost.usage import USAGES
from plan.instances import known_instance_type
from plan.model import Plan, Quota
from upstream.cache import cache_dir

MILLICORES, MIB_PER_GIB = 1000, 1024


def bill_of(resources: Iterable[Resource], plan: Plan, day: date) -> Bill:
    """The bill of everything registered, at the prices that the settings ask for."""
    listed, terms, mode = tuple(resources), terms_of(plan, day), plan.cost.prices
    bill = make_bill(listed, terms)
    seller = SELLERS.get(plan.cluster.provider)
    if mode == "snapshot" or seller is None:
        return bill
    question = Question(
        skus=frozenset[str]().union(*(line.demand.all_skus for line in bill.lines)),
        region=plan.cluster.region,
        mode=mode,
        seller=seller,
    )
    remembered = Remembered(cache_dir() / "prices.json", datetime.now(UTC))
    catalog = todays_catalog(terms.catalog, question, remembered)
    return make_bill(listed, replace(terms, catalog=catalog))


def terms_of(plan: Plan, day: date) -> Terms:
    """By what a plan's bill is made."""
    return Terms(
        place=Place(plan.cluster.provider, plan.cluster.region),
        usage=USAGES[plan.cost.usage],
        day=day,
        catalog=load_catalog(),
        division=Division(
            quotas={team.name: _room(team.quota) for team in plan.teams},
            machines={
                name: _offer(name) for pool in plan.cluster.pools for name in pool.instance_types
            },
        ),
    )


def budget_of(plan: Plan) -> Budget:
    """What the plan's stack may cost."""
    said = plan.cost
    return Budget(
        monthly=said.monthly_usd,
        per_team=said.per_team_usd,
        max_increase=said.max_increase_usd,
        scenario=said.scenario,
        level=said.level,
    )


def _room(quota: Quota | None) -> Room | None:
    if quota is None:
        return None
    return Room(
        cpu=Decimal(quota.cpu_m or 0) / MILLICORES,
        memory_gib=Decimal(quota.memory_mib or 0) / MIB_PER_GIB,
        gpus=quota.gpus or 0,
    )


def _offer(name: str) -> Room:
    row = known_instance_type(name)
    if row is None:
        return Room()
    return Room(cpu=Decimal(row.vcpu), memory_gib=Decimal(row.memory_gib), gpus=row.gpus)
