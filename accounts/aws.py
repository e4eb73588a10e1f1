"""An AWS account as its API shows it: clients that are patient with throttling, and who we are."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

TAGS_AT_ONCE = 20  # what the APIs of load balancers take
# The SDK's own retries, with its growing pauses: throttling in a busy account takes many.
PATIENCE = Config(
    retries={"mode": "standard", "total_max_attempts": 10}, connect_timeout=5, read_timeout=60
)


class AwsAccount:
    """One region of the account that the environment's credentials belong to."""

    def __init__(self, region: str) -> None:
        self.region = region
        self._session = boto3.Session(region_name=region)
        self.client = cache(self._client)

    def _client(self, service: str) -> Any:
        return self._session.client(service, config=PATIENCE)

    def pages(self, service: str, operation: str, key: str, **asked: Any) -> list[Any]:
        """Everything under `key`, of every page."""
        found = self.client(service).get_paginator(operation).paginate(**asked)
        return [one for page in found for one in page.get(key, ())]

    def identity(self) -> tuple[str, str]:
        """The account's number and the ARN of whoever asks; raises what the SDK raises."""
        told = self.client("sts").get_caller_identity()
        return str(told["Account"]), str(told["Arn"])

    def balancer_tags(self, arns: Sequence[str]) -> dict[str, dict[str, str]]:
        """The tags of load balancers or target groups, which ELB tells apart from them."""
        tags: dict[str, dict[str, str]] = {}
        for some in parts(arns):
            told = self.client("elbv2").describe_tags(ResourceArns=some)
            tags |= {one["ResourceArn"]: tags_of(one) for one in told["TagDescriptions"]}
        return tags


def parts(names: Sequence[str]) -> Iterator[list[str]]:
    """As many at once as an API of load balancers takes."""
    for start in range(0, len(names), TAGS_AT_ONCE):
        yield list(names[start : start + TAGS_AT_ONCE])


def tags_of(body: Mapping[str, Any]) -> dict[str, str]:
    """Tags as most of AWS gives them."""
    return {tag["Key"]: tag.get("Value", "") for tag in body.get("Tags", ())}
