"""Answers to Let's Encrypt in Route 53: cert-manager may write those records, and no other."""

import json
from dataclasses import dataclass

import pulumi
from pulumi_aws import eks, route53

from components.cluster.aws.identities import role_of_pods
from plan.clouds import ChallengePlan

NAMESPACE, ACCOUNT = "cert-manager", "cert-manager"  # of upstream's controller
CHANGE = "route53:ChangeResourceRecordSets"


@dataclass(frozen=True, kw_only=True)
class ChallengeRightsArgs:
    """Which records in which zone, and the cluster whose cert-manager writes them."""

    plan: ChallengePlan
    cluster: eks.Cluster


class ChallengeRights(pulumi.ComponentResource):
    """A role of cert-manager's. It has to be there before the pod, which would go without."""

    def __init__(self, name: str, args: ChallengeRightsArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("kubeflow:aws:ChallengeRights", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        zone = route53.get_zone_output(
            name=args.plan.hosted_zone, opts=pulumi.InvokeOptions(parent=self)
        )
        policy = zone.zone_id.apply(lambda found: may_answer(found, args.plan.records))
        role_of_pods(name, policy, (NAMESPACE, ACCOUNT), args.cluster, own)
        self.register_outputs({})


def may_answer(zone_id: str, records: tuple[str, ...]) -> str:
    """TXT records of these names in one zone, and what has to be looked up for that.

    Source: cert-manager.io/docs/configuration/acme/dns01/route53, and docs.aws.amazon.com on
    conditions for ChangeResourceRecordSets.
    """
    zone = f"arn:aws:route53:::hostedzone/{zone_id}"
    only = {
        f"{CHANGE}NormalizedRecordNames": list(records),
        f"{CHANGE}RecordTypes": ["TXT"],
    }
    statements = [
        {
            "Effect": "Allow",
            "Action": CHANGE,
            "Resource": zone,
            "Condition": {"ForAllValues:StringEquals": only},
        },
        {"Effect": "Allow", "Action": "route53:ListResourceRecordSets", "Resource": zone},
        {
            "Effect": "Allow",
            "Action": "route53:GetChange",
            "Resource": "arn:aws:route53:::change/*",
        },
        {"Effect": "Allow", "Action": "route53:ListHostedZonesByName", "Resource": "*"},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
