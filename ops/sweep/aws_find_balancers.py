"""Load balancers of a stack that are left, and their target groups; tags are asked for apart."""

from accounts.aws import AwsAccount, parts, tags_of
from accounts.owner import Owner
from ops.sweep import aws_prices as prices
from ops.sweep.model import Leftover
from ops.sweep.prices import FREE


def load_balancers(account: AwsAccount, owner: Owner) -> list[Leftover]:
    """Application and network load balancers."""
    bodies = account.pages("elbv2", "describe_load_balancers", "LoadBalancers")
    tags = account.balancer_tags([one["LoadBalancerArn"] for one in bodies])
    skus = {"network": "aws.nlb.hour", "application": "aws.alb.hour"}
    return [
        Leftover(
            kind="load balancer",
            id=one["LoadBalancerArn"],
            name=one["LoadBalancerName"],
            what=" ".join((one["Type"], one.get("Scheme", ""))).strip(),
            monthly_usd=prices.hourly(skus.get(one["Type"], ""), account.region),
        )
        for one in bodies
        if owner.owns(tags.get(one["LoadBalancerArn"], {}))
    ]


def classic_load_balancers(account: AwsAccount, owner: Owner) -> list[Leftover]:
    """What a Service of type LoadBalancer gets when nobody says otherwise."""
    bodies = account.pages("elb", "describe_load_balancers", "LoadBalancerDescriptions")
    tags: dict[str, dict[str, str]] = {}
    for names in parts([one["LoadBalancerName"] for one in bodies]):
        told = account.client("elb").describe_tags(LoadBalancerNames=names)
        tags |= {one["LoadBalancerName"]: tags_of(one) for one in told["TagDescriptions"]}
    return [
        Leftover(
            kind="classic load balancer",
            id=one["LoadBalancerName"],
            what=one.get("Scheme", ""),
            monthly_usd=prices.hourly("aws.clb.hour", account.region),
        )
        for one in bodies
        if owner.owns(tags.get(one["LoadBalancerName"], {}))
    ]


def target_groups(account: AwsAccount, owner: Owner) -> list[Leftover]:
    """Free, but in the way of a namesake."""
    bodies = account.pages("elbv2", "describe_target_groups", "TargetGroups")
    tags = account.balancer_tags([one["TargetGroupArn"] for one in bodies])
    return [
        Leftover(
            kind="target group",
            id=one["TargetGroupArn"],
            name=one["TargetGroupName"],
            monthly_usd=FREE,
        )
        for one in bodies
        if owner.owns(tags.get(one["TargetGroupArn"], {}))
    ]
