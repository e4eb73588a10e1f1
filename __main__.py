"""One stack, from its settings to its outputs, in the order things happen."""

from datetime import UTC, date, datetime
from pathlib import Path

import pulumi

from components.cluster.choice import build_cluster
from components.platform.ingress import make_ingress
from components.platform.kubeflow import Kubeflow, KubeflowArgs
from components.platform.placeholders import placeholder_args
from components.platform.release_mark import say_upgrade
from components.platform.stores import make_stores
from components.platform.user_workloads import NAME as USER_WORKLOADS
from components.platform.user_workloads import UserWorkloadsArgs, UserWorkloadsGuard
from components.teams.free_names import FreeNames, FreeNamesArgs
from components.teams.team import TeamArgs, TeamRoom
from cost.budget import Budget, BudgetError, check
from cost.catalog import load_catalog
from cost.estimate import Terms, make_bill
from cost.model import Place
from cost.report import as_output, as_text
from cost.teams import report as report_team_prices
from cost.usage import USAGES
from plan.autoscaler import cluster_demands
from plan.build import make_plan
from plan.capacity import fit, report
from plan.components import report as report_components
from plan.digitalocean import own_demands
from plan.ingress import report as report_ingress
from plan.overcommit import growth, refuse_overcommit
from plan.stores import report as report_stores
from plan.teams import report as report_teams
from plan.versions import doks_support, doks_version, eks_version, support
from records.expected import expected_pods
from records.gate import Gate
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
    own = (*own_demands(plan), *cluster_demands(plan.cluster))
    refuse_overcommit(plan, (*own, *expected_pods(release, placeholder_args(plan))))
except (SettingsError, UpstreamError) as error:
    raise pulumi.RunError(str(error)) from error  # shown as it is, without a traceback

pulumi.log.info(report_components(plan.kubeflow))
pulumi.log.info(report_stores(plan.stores))
pulumi.log.info(report_ingress(plan.ingress))
if plan.teams:
    pulumi.log.info(report_teams(plan.teams, plan.cluster.pools))
for warning in plan.team_warnings:
    pulumi.log.warn(warning)
if plan.aws is not None:
    pulumi.log.info(support(eks_version(plan.cluster.kubernetes), date.today()))
if plan.digitalocean is not None:
    pulumi.log.info(doks_support(doks_version(plan.cluster.kubernetes), date.today()))
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
        stores=make_stores(plan.stores, {**secrets.needed, **cluster.store_keys}),
        ingress=make_ingress(plan.ingress, secrets.needed),
        keeps_crds=plan.kubeflow.keeps_crds,
        keeps_volumes=plan.kubeflow.keeps_volumes,
        registry_mirror=plan.kubeflow.registry_mirror,
        registry_credentials=secrets.registry_credentials,
        is_highly_available=plan.environment == "prod",
        idle_notebook_minutes=plan.kubeflow.idle_notebook_minutes,
    ),
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
            ready=names,
            registry_credentials=secrets.registry_credentials,
        ),
    )
    for team in plan.teams
]
UserWorkloadsGuard(
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
        depends_on=[*kubeflow.last, names, *(one for room in teams for one in room.last)],
    ),
)

demands = pod_demands(records)
capacity = fit(demands, plan.cluster.pools)
if capacity.fits:
    pulumi.log.info(report(capacity))
else:
    pulumi.log.warn(f"{report(capacity)}\n{growth(demands, plan.cluster.pools)}")

terms = Terms(
    place=Place(plan.cluster.provider, plan.cluster.region),
    usage=USAGES[plan.cost.usage],
    day=date.today(),
    catalog=load_catalog(),
)
bill = make_bill(plain_records(records), terms)
pulumi.log.info(as_text(bill))
if team_prices := report_team_prices(plan.teams, plan.cluster.pools, terms):
    pulumi.log.info(team_prices)

pulumi.export("release", release.name)
pulumi.export("adminEmail", plan.kubeflow.admin_email)
if plan.ingress is None or plan.ingress.login.kind == "password":
    pulumi.export("adminPassword", pulumi.Output.secret(kubeflow.admin_password))
if plan.ingress:
    pulumi.export("url", plan.ingress.url)
if kubeflow.ca_certificate:
    pulumi.export("caCertificate", kubeflow.ca_certificate)
if cluster.entry:
    pulumi.export("address", cluster.entry.address)
pulumi.export("teams", {team.name: {"owner": team.owner} for team in plan.teams})
pulumi.export("capacity", capacity.as_output())
pulumi.export("cost", as_output(bill))

try:
    check(bill, Budget(monthly=plan.cost.monthly_usd, scenario=plan.cost.scenario))
except BudgetError as error:
    gate.refuse(error)
    raise pulumi.RunError(str(error)) from error
