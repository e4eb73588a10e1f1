"""A cluster somebody else made: looked at before anything is put on it, and left alone after."""

import pulumi
import pulumi_kubernetes

from components.cluster.expectations import Expectations, ExpectationsArgs
from components.cluster.handle import ClusterHandle
from plan.context import UnknownContextError, with_context
from plan.expectations import expected_of
from plan.model import ClusterPlan


class MissingKubeconfigError(pulumi.RunError):
    """An existing cluster was asked for, but not how to reach it."""


class ExistingCluster(pulumi.ComponentResource):
    """The door to a cluster that outlives the stack."""

    handle: ClusterHandle

    def __init__(
        self,
        name: str,
        args: ClusterPlan,
        kubeconfig: pulumi.Output[str] | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("kubeflow:cluster:ExistingCluster", name, None, opts)
        if kubeconfig is None:
            raise MissingKubeconfigError(
                "cluster.provider: existing needs the secret kubeflow:kubeconfig; set it with "
                f"`pulumi config set --secret kubeflow:kubeconfig -s {args.name} < FILE`, "
                f"or rehearse without a cluster: `python -m rehearsal up {args.name}`"
            )
        chosen = kubeconfig.apply(lambda text: _in_context(text, args.context))
        provider = pulumi_kubernetes.Provider(
            name,
            kubeconfig=chosen,
            # The identity stays when the credentials change: a new token replaces nothing.
            cluster_identifier=args.name,
            enable_server_side_apply=True,
            # A destroy that keeps volumes leaves objects that the next `up` has to take up again.
            upsert_existing_objects=True,
            enable_config_map_mutable=True,
            enable_secret_mutable=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        gate = Expectations(
            "expectations",
            ExpectationsArgs(kubeconfig=chosen, expected=expected_of(args)),
            pulumi.ResourceOptions(parent=self, depends_on=[provider]),
        )
        self.handle = ClusterHandle(
            provider=provider,
            kubeconfig=chosen,
            storage_class=args.storage_class,
            store_keys={},
            database_host=None,
            entry=None,
            load_balancer=None,
            zones=args.zones,
            pools=args.pools,
            ready=(provider, gate),
        )
        self.register_outputs({})


def _in_context(kubeconfig: str, context: str | None) -> str:
    try:
        return with_context(kubeconfig, context)
    except UnknownContextError as error:
        raise pulumi.RunError(str(error)) from error  # shown as it is, without a traceback
