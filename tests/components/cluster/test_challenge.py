"""What cert-manager may do in Route 53, and that it may before it starts."""

import json
from collections.abc import Callable
from typing import Any

from components.cluster.aws.challenge import ACCOUNT, NAMESPACE, may_answer
from plan.build import make_plan
from plan.model import Plan
from policies.identity import RULES
from policies.model import Resource, Stack
from settings.model import Settings
from tests.components.cluster.test_aws import ADMIN, declare, of_type
from upstream.model import Release

Deploy = Callable[..., Any]
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
POLICY = "aws:iam/rolePolicy:RolePolicy"
ZONE = "arn:aws:route53:::hostedzone/Z-b.test"
RECORDS = ["_acme-challenge.ml.b.test", "_acme-challenge.vision.ml.b.test"]


def planned(challenge: str) -> Plan:
    tls = {"mode": "letsencrypt", "email": "a@b.test", "challenge": challenge}
    region = {"region": "eu-west-1"} if challenge == "route53" else {}
    entry = {"sources": ["203.0.113.0/24"], "hostedZone": "b.test"}
    raw = {
        "cluster": {
            "provider": "aws",
            "region": "eu-west-1",
            "admins": [ADMIN],
            "network": {"entry": entry},
        },
        "teams": [{"name": "vision", "owner": "a@b.test"}],
        "ingress": {
            "domain": "ml.b.test",
            "tls": {**tls, **region},
            "auth": {"adminEmail": "a@b.test"},
        },
    }
    return make_plan(Settings.model_validate(raw), "kf")


def test_it_may_write_the_answers_of_the_certificates_names_and_nothing_else(
    deploy: Deploy,
) -> None:
    graph = declare(deploy, planned("route53"))
    assert json.loads(graph[POLICY, "cert-manager"]["policy"])["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "route53:ChangeResourceRecordSets",
            "Resource": ZONE,
            "Condition": {
                "ForAllValues:StringEquals": {
                    "route53:ChangeResourceRecordSetsNormalizedRecordNames": RECORDS,
                    "route53:ChangeResourceRecordSetsRecordTypes": ["TXT"],
                }
            },
        },
        {"Effect": "Allow", "Action": "route53:ListResourceRecordSets", "Resource": ZONE},
        {
            "Effect": "Allow",
            "Action": "route53:GetChange",
            "Resource": "arn:aws:route53:::change/*",
        },
        {"Effect": "Allow", "Action": "route53:ListHostedZonesByName", "Resource": "*"},
    ]
    role = graph["aws:iam/role:Role", "cert-manager"]
    (trusted,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert trusted["Principal"] == {"Service": "pods.eks.amazonaws.com"}


def test_it_has_the_right_before_anything_is_on_the_cluster(deploy: Deploy) -> None:
    graph = declare(deploy, planned("route53"))
    assert graph[ASSOCIATION, "cert-manager"] == {
        "clusterName": "kf",
        "namespace": NAMESPACE,
        "serviceAccount": ACCOUNT,
        "roleArn": "arn:aws:iam::123456789012:role/cert-manager",
    }
    before = set(graph.goals["kubernetes:core/v1:Namespace", "team"].dependencies)
    reached = {urn.rpartition("$")[2] for urn in everything_before(graph, before)}
    assert {f"{ASSOCIATION}::cert-manager", f"{POLICY}::cert-manager"} <= reached


def everything_before(graph: Any, urns: set[str]) -> set[str]:
    """What has to be there first, whatever is between."""
    goals = {goal.urn: goal for goal in graph.goals.values()}
    found: set[str] = set()
    left = list(urns)
    while left:
        urn = left.pop()
        if urn not in found:
            found.add(urn)
            left += goals[urn].dependencies if urn in goals else ()
    return found


def test_where_nothing_is_answered_in_route_53_there_is_no_right(deploy: Deploy) -> None:
    graph = declare(deploy, planned("digitalocean"))
    assert "cert-manager" not in of_type(graph, "aws:iam/role:Role")


def test_upstreams_controller_runs_as_that_account(release: Release) -> None:
    (spec,) = (
        obj.body["spec"]["template"]["spec"]
        for obj in release.objects
        if (obj.kind, obj.namespace, obj.name) == ("Deployment", NAMESPACE, "cert-manager")
    )
    assert spec["serviceAccountName"] == ACCOUNT


def test_the_policies_have_nothing_against_it_and_much_against_a_wider_one() -> None:
    def broken(policy: str) -> set[str]:
        one = Resource(type=POLICY, name="cert-manager", inputs={"policy": policy})
        return {
            rule.name
            for rule in RULES
            if POLICY in rule.types and not rule.holds(one, Stack((one,)))
        }

    tight = may_answer("Z1", tuple(RECORDS))
    assert broken(tight) == set()
    wide = json.loads(tight)
    wide["Statement"][0] |= {"Resource": "*"}
    del wide["Statement"][0]["Condition"]
    assert broken(json.dumps(wide)) == {"changes-are-bound"}
