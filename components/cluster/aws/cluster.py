"""A cluster on AWS, from the account to the handle: the order in which it is made."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pulumi
import pulumi_aws
import pulumi_kubernetes

from accounts.preflight.examine import Wanted
from components.cluster.aws.addons import EARLY, Addons, AddonsArgs, late
from components.cluster.aws.bucket import Bucket, BucketArgs
from components.cluster.aws.challenge import ChallengeRights, ChallengeRightsArgs
from components.cluster.aws.control_plane import ControlPlane, ControlPlaneArgs
from components.cluster.aws.database import DatabaseServer, DatabaseServerArgs
from components.cluster.aws.database_users import DatabaseUsers, DatabaseUsersArgs
from components.cluster.aws.entry import LoadBalancer, LoadBalancerArgs
from components.cluster.aws.identities import Identities
from components.cluster.aws.kubeconfig import kubeconfig_of
from components.cluster.aws.network import Network, NetworkArgs
from components.cluster.aws.node_programs import NodePrograms, NodeProgramsArgs
from components.cluster.aws.pools import NodePool, NodePoolArgs
from components.cluster.aws.storage import default_storage_class
from components.cluster.aws.team_identities import TeamIdentities, TeamIdentitiesArgs
from components.cluster.handle import ClusterHandle
from components.cluster.preflight import Preflight
from plan.clouds import AwsPlan
from plan.model import ClusterPlan


@dataclass(frozen=True, kw_only=True)
class Registry:
    """Where images come from instead of their own registries; None: from those."""

    mirror: str | None
    credentials: pulumi.Output[str] | None


class AwsCluster(pulumi.ComponentResource):
    """An EKS cluster of this stack's own.

    Whatever stands on it depends on `handle.ready`, so that on destroy nodes, routes, access, CNI
    and CSI outlive what they must clean up.
    """

    handle: ClusterHandle

    def __init__(
        self,
        name: str,
        args: ClusterPlan,
        aws: AwsPlan,
        labels: Mapping[str, str],
        registry: Registry,
    ) -> None:
        super().__init__("kubeflow:aws:AwsCluster", name)
        tags = {**aws.tags, **labels, "project": pulumi.get_project()}
        preflight = Preflight(
            "preflight",
            Wanted(project=pulumi.get_project(), cluster=args, aws=aws),
            pulumi.ResourceOptions(parent=self),
        )
        account = self._account(name, args, aws, tags, preflight)
        own = pulumi.ResourceOptions(parent=self, providers=[account])
        network = Network(name, NetworkArgs(name=args.name, region=args.region, plan=aws), own)
        identities = Identities(name, own)
        control = ControlPlane(
            name,
            ControlPlaneArgs(
                name=args.name,
                kubernetes=args.kubernetes,
                plan=aws,
                identity=identities.cluster,
                vpc_id=network.vpc_id,
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
        on_nodes = replace(
            base, configurations=late(tags), after=(*network.routes, *early.made, *groups)
        )
        on_top = Addons(f"{name}-late", on_nodes, own)

        balancer = aws.entry and LoadBalancer(
            name,
            LoadBalancerArgs(
                plan=aws.entry,
                vpc_id=network.vpc_id,
                subnets=network.public_subnets,
                nodes_group=control.nodes_group,
                scaling_groups={
                    pool.name: pool.scaling_group for pool in pools if pool.carries_platform
                },
                is_kept=aws.keeps_cluster,
                after=network.public_routes,
            ),
            own,
        )

        challenge = aws.challenge and ChallengeRights(
            "cert-manager", ChallengeRightsArgs(plan=aws.challenge, cluster=control.cluster), own
        )
        bucket = None
        if aws.bucket is not None:
            kept = BucketArgs(bucket=aws.bucket, teams=aws.bucket_teams, is_kept=aws.keeps_bucket)
            bucket = Bucket("artefacts", kept, own)
        server = aws.database and DatabaseServer(
            "records",
            DatabaseServerArgs(
                plan=aws.database,
                vpc_id=network.vpc_id,
                subnets=network.private_subnets,
                nodes_group=control.nodes_group,
                is_kept=aws.keeps_cluster,
            ),
            own,
        )

        kubeconfig = kubeconfig_of(control.cluster, args.region)
        provider = pulumi_kubernetes.Provider(
            name,
            kubeconfig=kubeconfig,
            # A cluster made anew under the same name has another issuer; a new endpoint has not.
            cluster_identifier=control.cluster.identities.apply(
                lambda found: found[0].oidcs[0].issuer
            ),
            enable_server_side_apply=True,
            # A destroy that keeps volumes leaves objects that the next `up` has to take up again.
            upsert_existing_objects=True,
            enable_config_map_mutable=True,
            enable_secret_mutable=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(control.access)),
        )
        # One object that depends on all there is, so that the others need only name this one.
        asked = [one for one in (balancer, challenge, bucket, server) if one]
        whole = [network, identities, control, early, *pools, on_top, *asked]
        programs = NodePrograms(
            f"{name}-programs",
            NodeProgramsArgs(
                plan=args,
                cluster=control.cluster,
                labels=labels,
                registry_mirror=registry.mirror,
                registry_credentials=registry.credentials,
            ),
            pulumi.ResourceOptions(provider=provider, depends_on=whole),
            own,
        )
        users = server and DatabaseUsers(
            "records-users",
            DatabaseUsersArgs(
                host=server.host,
                admin_password=server.admin_password,
                keys=server.keys,
                labels=labels,
                registry_mirror=registry.mirror,
                registry_credentials=registry.credentials,
            ),
            pulumi.ResourceOptions(provider=provider, depends_on=whole),
            own,
        )
        identified = aws.team_policies and TeamIdentities(
            f"{name}-teams",
            TeamIdentitiesArgs(cluster=control.cluster, policies=aws.team_policies),
            pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(depends_on=[on_top])),
        )
        storage = default_storage_class(
            args.storage_class,
            labels,
            pulumi.ResourceOptions(parent=self, provider=provider, depends_on=whole),
        )
        self.handle = ClusterHandle(
            provider=provider,
            kubeconfig=kubeconfig,
            storage_class=args.storage_class,
            store_keys={**(bucket.keys if bucket else {}), **(server.keys if server else {})},
            database_host=server.host if server else None,
            entry=balancer.entry if balancer else None,
            load_balancer=None,
            zones=args.zones,
            pools=args.pools,
            ready=(provider, storage, programs, *(one for one in (users, identified) if one)),
        )
        self.register_outputs({})

    def _account(
        self,
        name: str,
        args: ClusterPlan,
        aws: AwsPlan,
        tags: Mapping[str, str],
        preflight: Preflight,
    ) -> pulumi_aws.Provider:
        """The one provider, so that everything waits for the preflight, and is tagged."""
        return pulumi_aws.Provider(
            name,
            region=args.region,
            allowed_account_ids=[aws.account_id] if aws.account_id else None,
            default_tags={"tags": dict(tags)},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[preflight]),
        )
