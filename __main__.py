"""One stack, from its settings to its outputs, in the order things happen."""

from datetime import UTC, date, datetime
from pathlib import Path

import pulumi

from components.cluster.choice import build_cluster
from components.platform.ingress import make_ingress
from components.platform.kubeflow import Kubeflow, KubeflowArgs
from components.platform.release_mark import say_upgrade
from components.platform.stores import make_stores
from plan.build import make_plan
from plan.capacity import fit, report
from plan.components import report as report_components
from plan.ingress import report as report_ingress
from plan.stores import report as report_stores
from plan.versions import eks_version, support
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
except (SettingsError, UpstreamError) as error:
    raise pulumi.RunError(str(error)) from error  # shown as it is, without a traceback

pulumi.log.info(report_components(plan.kubeflow))
pulumi.log.info(report_stores(plan.stores))
pulumi.log.info(report_ingress(plan.ingress))
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
        stores=make_stores(plan.stores, secrets.needed),
        ingress=make_ingress(plan.ingress, secrets.needed),
        keeps_crds=plan.kubeflow.keeps_crds,
        keeps_volumes=plan.kubeflow.keeps_volumes,
        user_workloads=plan.kubeflow.user_workloads,
        registry_mirror=plan.kubeflow.registry_mirror,
        registry_credentials=secrets.registry_credentials,
        is_highly_available=plan.environment == "prod",
    ),
)

capacity = fit(pod_demands(records), plan.cluster.pools)
pulumi.log.info(report(capacity))

pulumi.export("release", release.name)
pulumi.export("adminEmail", plan.kubeflow.admin_email)
if plan.ingress is None or plan.ingress.login.kind == "password":
    pulumi.export("adminPassword", pulumi.Output.secret(kubeflow.admin_password))
if plan.ingress:
    pulumi.export("url", plan.ingress.url)
if kubeflow.ca_certificate:
    pulumi.export("caCertificate", kubeflow.ca_certificate)
pulumi.export("capacity", capacity.as_output())
