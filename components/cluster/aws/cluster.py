"""A cluster on AWS, from the account to the handle: the order in which it is made."""

from collections.abc import Mapping
from dataclasses import replace

import pulumi
import pulumi_aws
import pulumi_kubernetes

from components.cluster.aws.addons import EARLY, LATE, Addons, AddonsArgs
from components.cluster.aws.control_plane import ControlPlane, ControlPlaneArgs
from components.cluster.aws.identities import Identities
from components.cluster.aws.kubeconfig import kubeconfig_of
from components.cluster.aws.network import Network, NetworkArgs
from components.cluster.aws.pools import NodePool, NodePoolArgs
from components.cluster.aws.storage import default_storage_class
from components.cluster.handle import ClusterHandle
from plan.model import AwsPlan, ClusterPlan


class AwsCluster(pulumi.ComponentResource):
    """An EKS cluster of this stack's own.

    Whatever stands on it depends on `handle.ready`, so that on destroy nodes, routes, access, CNI
    and CSI outlive what they must clean up.
    """

    handle: ClusterHandle

    def __init__(
        self, name: str, args: ClusterPlan, aws: AwsPlan, labels: Mapping[str, str]
    ) -> None:
        super().__init__("kubeflow:aws:AwsCluster", name)
        tags = {**aws.tags, **labels, "project": pulumi.get_project()}
        own = pulumi.ResourceOptions(parent=self, providers=[self._account(name, args, aws, tags)])
        network = Network(name, NetworkArgs(name=args.name, region=args.region, plan=aws), own)
        identities = Identities(name, own)
        control = ControlPlane(
            name,
            ControlPlaneArgs(
                name=args.name,
                kubernetes=args.kubernetes,
                plan=aws,
                identity=identities.cluster,
                subnet_ids=list(network.private_subnets.values()),
            ),
            own,
        )

        base = AddonsArgs(
            cluster=control.cluster,
            kubernetes=args.kubernetes,
            configurations=EARLY,
            identities={"vpc-cni": identities.cni, "aws-ebs-csi-driver": identities.csi},
            after=network.routes,
        )
        early = Addons(f"{name}-early", base, own)
        pools = tuple(
            NodePool(
                pool.name,
                NodePoolArgs(
                    pool=pool,
                    cluster=control.cluster,
                    kubernetes=args.kubernetes,
                    identity=identities.nodes,
                    subnets=network.private_subnets,
                    tags=tags,
                    after=(*network.routes, *early.made),
                ),
                own,
            )
            for pool in args.pools
        )
        groups = tuple(pool.group for pool in pools)
        on_nodes = replace(base, configurations=LATE, after=(*network.routes, *early.made, *groups))
        late = Addons(f"{name}-late", on_nodes, own)

        kubeconfig = kubeconfig_of(control.cluster, args.region)
        provider = pulumi_kubernetes.Provider(
            name,
            kubeconfig=kubeconfig,
            # A cluster made anew under the same name has another issuer; a new endpoint has not.
            cluster_identifier=control.cluster.identities.apply(
                lambda found: found[0].oidcs[0].issuer
            ),
            enable_server_side_apply=True,
            enable_config_map_mutable=True,
            enable_secret_mutable=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(control.access)),
        )
        # One object that depends on all there is, so that the others need only name this one.
        whole = [network, identities, control, early, *pools, late]
        storage = default_storage_class(
            args.storage_class,
            labels,
            pulumi.ResourceOptions(parent=self, provider=provider, depends_on=whole),
        )
        self.handle = ClusterHandle(
            provider=provider,
            kubeconfig=kubeconfig,
            storage_class=args.storage_class,
            load_balancer=None,
            zones=args.zones,
            pools=args.pools,
            ready=(provider, storage),
        )
        self.register_outputs({})

    def _account(
        self, name: str, args: ClusterPlan, aws: AwsPlan, tags: Mapping[str, str]
    ) -> pulumi_aws.Provider:
        """The one provider: the region, the account if it is named, and tags on everything."""
        return pulumi_aws.Provider(
            name,
            region=args.region,
            allowed_account_ids=[aws.account_id] if aws.account_id else None,
            default_tags={"tags": dict(tags)},
            opts=pulumi.ResourceOptions(parent=self),
        )
