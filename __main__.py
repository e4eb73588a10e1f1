"""One stack, from its settings to its outputs, in the order things happen."""

from datetime import date
from pathlib import Path

import pulumi

from components.cluster.choice import build_cluster
from components.platform.kubeflow import Kubeflow, KubeflowArgs
from components.platform.placeholders import placeholder_args
from components.platform.release_mark import say_upgrade
from components.platform.stores import make_stores
from components.platform.user_workloads import NAME as USER_WORKLOADS
from components.platform.user_workloads import UserWorkloadsArgs, UserWorkloadsGuard
from components.teams.free_names import FreeNames, FreeNamesArgs
from components.teams.team import TeamArgs, TeamRoom
from plan.build import make_plan
from plan.capacity import fit, report
from plan.components import report as report_components
from plan.overcommit import growth, refuse_overcommit
from plan.stores import report as report_stores
from plan.teams import report as report_teams
from plan.versions import eks_version, support
from records.expected import expected_pods
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
    secrets = load_secrets(plan.stores.secrets)
    # Here, because what is registered is on its way: afterwards is too late to refuse.
    refuse_overcommit(plan, expected_pods(release, placeholder_args(plan)))
except (SettingsError, UpstreamError) as error:
    raise pulumi.RunError(str(error)) from error  # shown as it is, without a traceback

pulumi.log.info(report_components(plan.kubeflow))
pulumi.log.info(report_stores(plan.stores))
if plan.teams:
    pulumi.log.info(report_teams(plan.teams, plan.cluster.pools))
for warning in plan.team_warnings:
    pulumi.log.warn(warning)
if plan.aws is not None:
    pulumi.log.info(support(eks_version(plan.cluster.kubernetes), date.today()))
records = Records()
pulumi.runtime.register_stack_transformation(records.note)

cluster = build_cluster("cluster", plan, secrets.kubeconfig)
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
        stores=make_stores(plan.stores, secrets.stores),
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

pulumi.export("release", release.name)
pulumi.export("adminEmail", plan.kubeflow.admin_email)
pulumi.export("adminPassword", pulumi.Output.secret(kubeflow.admin_password))
pulumi.export("teams", {team.name: {"owner": team.owner} for team in plan.teams})
pulumi.export("capacity", capacity.as_output())
