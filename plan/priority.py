"""Who goes first when the nodes are full: the platform, before what teams run."""

PLATFORM_PRIORITY = "kubeflow-platform"
# Above teams' pods, which have 0, and below what Kubernetes keeps for its own (2000000000).
PLATFORM_VALUE = 1_000_000
# The classes that no pod of a team may have; upstream's own is Argo's.
NOT_FOR_TEAMS = (
    PLATFORM_PRIORITY,
    "system-cluster-critical",
    "system-node-critical",
    "workflow-controller",
)
