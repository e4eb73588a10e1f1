"""An AWS account as its API shows it: clients that are patient with throttling, and who we are."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

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


def tags_of(body: Mapping[str, Any]) -> dict[str, str]:
    """Tags as most of AWS gives them."""
    return {tag["Key"]: tag.get("Value", "") for tag in body.get("Tags", ())}
