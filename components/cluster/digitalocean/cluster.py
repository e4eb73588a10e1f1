"""A cluster on DigitalOcean, from the network to the handle: the order in which it is made."""

from collections.abc import Mapping
from functools import partial

import pulumi
import pulumi_digitalocean as digitalocean
import pulumi_kubernetes

from accounts.preflight.examine import Wanted
from components.cluster.digitalocean.inotify import inotify
from components.cluster.digitalocean.kubeconfig import kubeconfig_of
from components.cluster.digitalocean.names import records
from components.cluster.digitalocean.pools import NodePoolArgs, node_pool
from components.cluster.digitalocean.space import Space, SpaceArgs
from components.cluster.expectations import Expectations, ExpectationsArgs
from components.cluster.handle import ClusterHandle
from components.cluster.preflight import Preflight
from components.cluster.replacement import ReplacementGuard, ReplacementGuardArgs
from components.objects import KubernetesObject
from kube.ready import SKIP_AWAIT
from plan.clouds import DigitalOceanPlan
from plan.digitalocean import DEFAULT_POOL, DEFAULT_SIZE, identity
from plan.expectations import expected_of
from plan.model import POOL_LABEL, ClusterPlan

# The API deletes a cluster behind its answer, and minutes pass before its VPC counts as empty; the
# provider asks again for two (terraform-provider-digitalocean#488, #1368).
UNTIL_EMPTY = "15m"
KUBECONFIG_SECONDS = 3600  # of the token that the API puts into the state; nobody uses it


class DigitalOceanCluster(pulumi.ComponentResource):
    """A DOKS cluster of this stack's own.

    Whatever stands on it depends on `handle.ready`, so that on destroy nodes and CSI outlive what
    they must clean up: load balancers and volumes are made from inside, and go from inside.
    """

    handle: ClusterHandle

    def __init__(
        self,
        name: str,
        args: ClusterPlan,
        plan: DigitalOceanPlan,
        labels: Mapping[str, str],
        registry_mirror: str | None,
    ) -> None:
        super().__init__("kubeflow:digitalocean:DigitalOceanCluster", name)
        # The token comes from the environment, where doctl looks for it too.
        preflight = Preflight(
            "preflight",
            Wanted(project=pulumi.get_project(), cluster=args, digitalocean=plan),
            pulumi.ResourceOptions(parent=self),
        )
        account = digitalocean.Provider(
            name, opts=pulumi.ResourceOptions(parent=self, depends_on=[preflight])
        )
        own = pulumi.ResourceOptions(parent=self, provider=account)
        guard = ReplacementGuard(
            "replacement-guard",
            ReplacementGuardArgs(
                cluster=args.name,
                identity=identity(args, plan),
                may_be_replaced=plan.may_be_replaced,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        kept = pulumi.ResourceOptions.merge(
            own, pulumi.ResourceOptions(protect=plan.keeps_cluster, depends_on=[guard])
        )
        network = digitalocean.Vpc(
            name,
            name=args.name,
            region=args.region,
            ip_range=plan.cidr,
            opts=pulumi.ResourceOptions.merge(
                kept,
                pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(delete=UNTIL_EMPTY)),
            ),
        )
        cluster = self._cluster(name, args, plan, network, kept)
        pools = [
            node_pool(NodePoolArgs(pool=pool, cluster=cluster, tags=plan.tags), own)
            for pool in args.pools
        ]
        space = plan.space and Space(
            "artefacts",
            SpaceArgs(bucket=plan.space, region=args.region, is_kept=plan.keeps_volumes),
            own,
        )
        kubeconfig = kubeconfig_of(cluster)
        provider = pulumi_kubernetes.Provider(
            name,
            kubeconfig=kubeconfig,
            # A cluster made anew under the same name has another id; new credentials have not.
            cluster_identifier=cluster.id,
            enable_server_side_apply=True,
            # A destroy that keeps volumes leaves objects that the next `up` has to take up again.
            upsert_existing_objects=True,
            enable_config_map_mutable=True,
            enable_secret_mutable=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=pools),
        )
        gate = Expectations(
            "expectations",
            ExpectationsArgs(kubeconfig=kubeconfig, expected=expected_of(args)),
            pulumi.ResourceOptions(parent=self, depends_on=[provider, *pools]),
        )
        settings = KubernetesObject(
            inotify(registry_mirror),
            {SKIP_AWAIT: "true"},  # its login to a registry may come later, with the platform
            labels,
            pulumi.ResourceOptions(parent=self, provider=provider, depends_on=[gate]),
        )
        self.handle = ClusterHandle(
            provider=provider,
            kubeconfig=kubeconfig,
            storage_class=args.storage_class,
            store_keys=space.keys if space else {},
            database_host=None,
            entry=None,
            load_balancer=plan.load_balancer,
            zones=args.zones,
            pools=args.pools,
            ready=(provider, *pools, gate, settings),
            lead_to=partial(records, plan.names, own) if plan.names else None,
        )
        self.register_outputs({})

    def _cluster(
        self,
        name: str,
        args: ClusterPlan,
        plan: DigitalOceanPlan,
        network: digitalocean.Vpc,
        kept: pulumi.ResourceOptions,
    ) -> digitalocean.KubernetesCluster:
        offered = digitalocean.get_kubernetes_versions_output(
            version_prefix=f"{args.kubernetes}.",
            opts=pulumi.InvokeOptions(parent=self, provider=kept.provider),
        )
        return digitalocean.KubernetesCluster(
            name,
            name=args.name,
            region=args.region,
            version=offered.apply(lambda told: newest(args.kubernetes, told.latest_version)),
            vpc_uuid=network.id,
            ha=plan.is_highly_available,
            auto_upgrade=plan.auto_upgrades,
            surge_upgrade=True,
            maintenance_policy={
                "day": plan.maintenance.day,
                "start_time": plan.maintenance.start,
            },
            registry_integration=plan.registry,
            kubeconfig_expire_seconds=KUBECONFIG_SECONDS,
            # What a killed destroy left behind would be paid for until somebody looks; but the
            # API makes no difference between that and volumes that are kept on purpose.
            destroy_all_associated_resources=not plan.keeps_volumes,
            node_pool={
                "name": DEFAULT_POOL,
                "size": DEFAULT_SIZE,
                "node_count": 1,
                "auto_scale": False,
                "labels": {POOL_LABEL: DEFAULT_POOL},
                # Not NoSchedule: DigitalOcean's own pods have no other node in the beginning.
                "taints": [
                    {
                        "key": POOL_LABEL,
                        "value": DEFAULT_POOL,
                        "effect": "PreferNoSchedule",
                    }
                ],
                "tags": list(plan.tags),
            },
            tags=list(plan.tags),
            opts=kept,
        )


def newest(minor: str, patch: str | None) -> str:
    """The patch that DigitalOcean has of a minor; refuses one that it has none of.

    The provider would say only that the cluster's version is missing.
    """
    if not patch:
        raise pulumi.RunError(
            f"cluster.kubernetes: DigitalOcean offers no {minor} now; say one that "
            "`doctl kubernetes options versions` lists, one minor up at a time where a cluster runs"
        )
    return patch
