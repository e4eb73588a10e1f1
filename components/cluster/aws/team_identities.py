"""What teams' pods may do in the account: a role for each that asks for one, by Pod Identity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import eks, iam

from components.cluster.aws.identities import PODS
from components.cluster.aws.network import trust
from plan.machines import EDITOR


@dataclass(frozen=True, kw_only=True)
class TeamIdentitiesArgs:
    """On which cluster, and the policies by team."""

    cluster: eks.Cluster
    policies: Mapping[str, Sequence[str]]


class TeamIdentities(pulumi.ComponentResource):
    """A pod that starts before its association goes without: this comes before any team does."""

    def __init__(self, name: str, args: TeamIdentitiesArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("kubeflow:aws:TeamIdentities", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        for team, policies in args.policies.items():
            _identity(team, policies, args.cluster, own)
        self.register_outputs({})


def _identity(
    team: str, policies: Sequence[str], cluster: eks.Cluster, own: pulumi.ResourceOptions
) -> None:
    name = f"team-{team}"
    role = iam.Role(name, assume_role_policy=trust(*PODS), opts=own)
    attached = [
        iam.RolePolicyAttachment(
            f"{name}-{policy.partition(':policy/')[2]}",
            role=role.name,
            policy_arn=policy,
            opts=own,
        )
        for policy in policies
    ]
    eks.PodIdentityAssociation(
        name,
        cluster_name=cluster.name,
        namespace=team,
        service_account=EDITOR,  # notebooks, steps of pipelines and trainings run as it
        role_arn=role.arn,
        opts=pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(depends_on=attached)),
    )
