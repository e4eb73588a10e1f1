"""Nothing is registered of a program that has been refused as a whole."""

from typing import Any

import pulumi
from pulumi.runtime.stack import Stack


class Gate:
    """Holds every resource back until the program has been read to its end.

    The SDK registers what was declared even when the program then fails, so that a refusal at its
    end would come too late in an `up` without a preview. Nothing can wait here for ever: whoever
    asks does so after the program has ended, one way or the other.
    """

    def __init__(self) -> None:
        self._refusal: Exception | None = None

    def refuse(self, why: Exception) -> None:
        """Let nothing through."""
        self._refusal = why

    def hold(
        self, args: pulumi.ResourceTransformationArgs
    ) -> pulumi.ResourceTransformationResult | None:
        """A stack transformation: what has no parent waits, and its children wait for it."""
        parent = args.opts.parent
        if isinstance(args.resource, Stack) or not (parent is None or isinstance(parent, Stack)):
            return None
        held = pulumi.ResourceOptions(depends_on=pulumi.Output.from_input(self._passed()))
        return pulumi.ResourceTransformationResult(
            props=args.props, opts=pulumi.ResourceOptions.merge(args.opts, held)
        )

    async def _passed(self) -> list[Any]:
        if self._refusal is not None:
            raise pulumi.RunError(str(self._refusal))
        return []
