"""One stack, from its settings to its outputs, in the order things happen."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

import pulumi

from components.cluster.choice import build_cluster
from components.platform.ingress import make_ingress
from components.platform.kubeflow import Kubeflow, KubeflowArgs
from components.platform.machines import Machines, MachinesArgs
from components.platform.money import Money, MoneyArgs, Prices
from components.platform.placeholders import placeholder_args
from components.platform.release_mark import say_upgrade
from components.platform.stores import make_stores
from components.platform.user_workloads import NAME as USER_WORKLOADS
from components.platform.user_workloads import UserWorkloadsArgs, UserWorkloadsGuard
from components.teams.free_names import FreeNames, FreeNamesArgs
from components.teams.team import Outside, TeamArgs, TeamRoom
from components.teams.workloads import Workloads, WorkloadsArgs
from cost.budget import BudgetError, check
from cost.delta import against
from cost.planned import bill_of, budget_of, terms_of
from cost.quotas import report as report_team_prices
from cost.rates import rates_of
from cost.report import as_output, as_text
from cost.teams import CORE, GIB
from plan.build import make_plan
from plan.capacity import fit, report
from plan.overcommit import growth, refuse_overcommit
from plan.own_pods import clouds_demands, own_demands
from plan.told import decisions
from records.expected import expected_pods
from records.gate import Gate
from records.last import last_cost
from records.plain import plain_records
from records.pods import pod_demands
from records.record import Records
from settings.load import load_secrets, load_settings
from settings.mistakes import SettingsError
from upstream.errors import UpstreamError
from upstream.load import load_release

try:
    settings = load_settings()
    plan = make_plan(settings, pulumi.get_stack())
    release = load_release(
        plan.kubeflow.release,
        plan.kubeflow.components,
        mirror=plan.kubeflow.mirror,
        project=Path(__file__).resolve().parent,
        tell=pulumi.log.info,
    )
    secrets = load_secrets(plan.secrets, plan.certificate_names, datetime.now(UTC))
    # Here, because what is registered is on its way: afterwards is too late to refuse.
    expected = (*own_demands(plan), *expected_pods(release, placeholder_args(plan)))
    refuse_overcommit(plan, expected)
except (SettingsError, UpstreamError) as error:
    raise pulumi.RunError(str(error)) from error  # shown as it is, without a traceback

today = date.today()
for decision in decisions(plan, today):
    pulumi.log.info(decision)
for warning in plan.team_warnings:
    pulumi.log.warn(warning)

# Before anything is declared: the SDK registers what it has while it waits for an answer.
last = last_cost()
records = Records()
pulumi.runtime.register_stack_transformation(records.note)
gate = Gate()
pulumi.runtime.register_stack_transformation(gate.hold)

cluster = build_cluster("cluster", plan, secrets.kubeconfig, secrets.registry_credentials)
cluster.kubeconfig.apply(
    lambda kubeconfig: say_upgrade(kubeconfig, plan.kubeflow.release, pulumi.log.info)
)

kubeflow = Kubeflow(
    "kubeflow",
    KubeflowArgs(
        release=release,
        cluster=cluster,
        labels=plan.labels,
        admin_email=plan.kubeflow.admin_email,
        existing=plan.kubeflow.existing,
        kserve_mode=plan.kubeflow.kserve_mode,
        patches=plan.kubeflow.patches,
        stores=make_stores(
            plan.stores, {**secrets.needed, **cluster.store_keys}, cluster.database_host
        ),
        ingress=make_ingress(plan.ingress, secrets.needed),
        keeps_crds=plan.kubeflow.keeps_crds,
        keeps_volumes=plan.kubeflow.keeps_volumes,
        registry_mirror=plan.kubeflow.registry_mirror,
        registry_credentials=secrets.registry_credentials,
        is_highly_available=plan.environment == "prod",
        idle_notebook_minutes=plan.kubeflow.idle_notebook_minutes,
        monitoring=plan.monitoring,
        alert_secrets=secrets.of(plan.alert_secrets),
        watched=plan.watched,
    ),
)

machines = (
    Machines(
        "machines",
        MachinesArgs(kubeconfig=cluster.kubeconfig, provider=cluster.provider, labels=plan.labels),
        pulumi.ResourceOptions(depends_on=[kubeflow.ready]),
    )
    if plan.ingress
    else None
)
names = FreeNames(
    "team-names",
    FreeNamesArgs(
        kubeconfig=cluster.kubeconfig, teams=[t.name for t in plan.teams], labels=plan.labels
    ),
    pulumi.ResourceOptions(depends_on=[kubeflow.ready]),
)
teams = [
    TeamRoom(
        team.name,
        TeamArgs(
            team=team,
            cluster=cluster,
            labels=plan.labels,
            components=plan.kubeflow.components,
            monitoring=plan.monitoring,
            ready=names,
            outside=Outside(login=plan.ingress.login, machines=machines.rule)
            if plan.ingress and machines
            else None,
            registry_credentials=secrets.registry_credentials,
        ),
    )
    for team in plan.teams
]
demands = (*clouds_demands(plan), *pod_demands(records))
capacity = fit(demands, plan.cluster.pools)
if capacity.fits:
    pulumi.log.info(report(capacity))
else:
    pulumi.log.warn(f"{report(capacity)}\n{growth(demands, plan.cluster.pools)}")

bill, budget = bill_of(plain_records(records), plan, today), budget_of(plan)
cost = as_output(bill, budget)
pulumi.log.info(as_text(bill, against(last, cost)))
if team_prices := report_team_prices(plan.teams, plan.cluster.pools, terms_of(plan, today)):
    pulumi.log.info(team_prices)

money = (
    Money(
        "money",
        MoneyArgs(
            prices=Prices(
                **asdict(rates_of(bill, [pool.name for pool in plan.cluster.pools])),
                budget=plan.cost.monthly_usd,
                core=CORE,
                gib=GIB,
            ),
            monitoring=plan.monitoring,
            provider=cluster.provider,
            labels=plan.labels,
        ),
        pulumi.ResourceOptions(depends_on=[kubeflow.ready]),
    )
    if plan.monitoring and plan.watched.is_priced
    else None
)
guard = UserWorkloadsGuard(
    USER_WORKLOADS,
    UserWorkloadsArgs(
        kubeconfig=cluster.kubeconfig,
        crds=kubeflow.crds,
        namespaces=[obj.name for obj in release.objects if obj.kind == "Namespace"],
        teams=[team.name for team in plan.teams],
        labels=plan.labels,
        ending=plan.kubeflow.user_workloads,
        keeps_crds=plan.kubeflow.keeps_crds,
    ),
    # It goes before everything: it depends on all that nothing else depends on.
    pulumi.ResourceOptions(
        parent=kubeflow,
        depends_on=[
            *kubeflow.last,
            *([machines.last] if machines else []),
            *([money.last] if money else []),
            names,
            *(one for room in teams for one in room.last),
        ],
    ),
)

if plan.gitops:
    # On destroy it goes before the guard, whose deletions a controller would undo.
    Workloads(
        "workloads",
        WorkloadsArgs(
            gitops=plan.gitops,
            teams=plan.teams,
            cluster=cluster,
            labels=plan.labels,
            after=guard,
        ),
    )

pulumi.export("release", release.name)
pulumi.export("adminEmail", plan.kubeflow.admin_email)
if plan.ingress is None or plan.ingress.login.kind == "password":
    pulumi.export("adminPassword", pulumi.Output.secret(kubeflow.admin_password))
if plan.ingress:
    pulumi.export("url", plan.ingress.url)
if kubeflow.ca_certificate:
    pulumi.export("caCertificate", kubeflow.ca_certificate)
address = cluster.entry.address if cluster.entry else kubeflow.address
if address is not None:
    pulumi.export("address", address)
pulumi.export("teams", {team.name: {"owner": team.owner} for team in plan.teams})
pulumi.export("capacity", capacity.as_output())
pulumi.export("cost", cost)

try:
    check(bill, budget, last)
except BudgetError as error:
    if budget.level == "refuse":
        gate.refuse(error)
        raise pulumi.RunError(str(error)) from error
    pulumi.log.warn(str(error))
