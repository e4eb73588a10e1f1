"""Whose a thing in an account is, by its tags. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from plan.model import STACK_LABEL

PROJECT_TAG = "project"


@dataclass(frozen=True, kw_only=True)
class Owner:
    """A stack, as tags name it. Its cluster has its name."""

    stack: str
    project: str

    @property
    def cluster_tags(self) -> Mapping[str, str]:
        """What EKS, its CNI and its controllers put on what they make for the cluster."""
        return {
            f"kubernetes.io/cluster/{self.stack}": "owned",
            "cluster.k8s.amazonaws.com/name": self.stack,
            "elbv2.k8s.aws/cluster": self.stack,
            "aws:eks:cluster-name": self.stack,
        }

    @property
    def tags(self) -> Mapping[str, str]:
        """Nothing without one of these is the stack's."""
        return {STACK_LABEL: self.stack, **self.cluster_tags}

    def owns(self, tags: Mapping[str, str]) -> bool:
        """Whether tags say so, and no tag says that it is another stack's or project's."""
        own = {STACK_LABEL: self.stack, PROJECT_TAG: self.project}
        if any(tags.get(key, value) != value for key, value in own.items()):
            return False
        return any(tags.get(key) == value for key, value in self.tags.items())
