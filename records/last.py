"""What stands of this stack, as its last `up` exported it."""

from typing import Any

import pulumi

READ_OUTPUTS = "pulumi:pulumi:readStackOutputs"  # what a StackReference asks, without a resource


def last_cost() -> dict[str, Any] | None:
    """The output `cost` of the last `up`; None: there was none, or it was destroyed.

    To be asked before anything is declared: the SDK registers what it has while it waits for the
    answer, and past the gate.
    """
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    answer = pulumi.runtime.invoke(READ_OUTPUTS, {"name": stack}).value
    outputs = (answer or {}).get("outputs") or {}
    found: dict[str, Any] | None = outputs.get("cost")
    return found
