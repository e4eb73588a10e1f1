"""What machines may be, who reaches them, and which pods may land where."""

import base64
import binascii
import re

from policies.model import Resource, Rule, each

GROUP = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
POOL = "digitalocean:index/kubernetesNodePool:KubernetesNodePool"

SECRET = re.compile(r"AKIA[0-9A-Z]{16}|aws_secret_access_key|BEGIN [A-Z ]*PRIVATE KEY")
FEWEST_ON_SPOT = 3


def _tells_no_secret(one: Resource) -> bool:
    try:
        said = base64.b64decode(one.get("userData", ""), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False  # nobody can say what is in it
    return SECRET.search(said) is None


def _has_no_address(one: Resource) -> bool:
    wanted = [each_.get("associatePublicIpAddress") for each_ in one.get("networkInterfaces", ())]
    return all(value in (None, "false", False) for value in wanted)


def _disks_are_encrypted(one: Resource) -> bool:
    disks = [mapping.get("ebs") or {} for mapping in one.get("blockDeviceMappings", ())]
    return bool(disks) and all(disk.get("encrypted") in ("true", True) for disk in disks)


def _is_spot(one: Resource) -> bool:
    return bool(one.get("capacityType") == "SPOT")


def _has_gpus(one: Resource) -> bool:
    return "NVIDIA" in one.get("amiType", "")


RULES = (
    Rule(name="nodes-have-no-ssh", wants="no node is reached by SSH", types=(GROUP,),
         checks=("SEC-09",), ids=("CKV_AWS_100",),
         holds=each(lambda one: not one.has("remoteAccess"))),
    Rule(name="nodes-have-a-template", types=(GROUP,), checks=("SEC-05",),
         wants="nodes come from a launch template, which says how safe they are",
         holds=each(lambda one: one.has("launchTemplate.id"))),
    Rule(name="metadata-asks-for-a-token", wants="IMDSv1 is off", types=(TEMPLATE,),
         severity="critical", checks=("SEC-05",), ids=("CKV_AWS_79",),
         holds=each(lambda one: one.get("metadataOptions.httpTokens") == "required")),
    Rule(name="metadata-is-one-hop-away", wants="metadata is one hop away at most",
         types=(TEMPLATE,), severity="critical", checks=("SEC-05",), ids=("CKV_AWS_341",),
         holds=each(lambda one: one.get("metadataOptions.httpPutResponseHopLimit") == 1)),
    Rule(name="nodes-have-no-public-address", wants="no node has a public address",
         types=(TEMPLATE,), checks=("SEC-11",), ids=("CKV_AWS_88",), holds=each(_has_no_address)),
    Rule(name="user-data-has-no-secret", wants="no secret in user data", types=(TEMPLATE,),
         severity="critical", checks=("SEC-28",), ids=("CKV_AWS_46",),
         holds=each(_tells_no_secret)),
    Rule(name="disks-are-encrypted", wants="the disks of nodes are encrypted", types=(TEMPLATE,),
         checks=("SEC-12",), ids=("CKV_AWS_3",), holds=each(_disks_are_encrypted)),
    Rule(name="spot-has-a-choice", types=(GROUP,), severity="medium", checks=("REL-18",),
         wants=f"a spot pool names {FEWEST_ON_SPOT} instance types: one is one market",
         holds=each(lambda one: not _is_spot(one)
                    or len(one.get("instanceTypes", ())) >= FEWEST_ON_SPOT)),
    Rule(name="spot-is-tainted", types=(GROUP,), checks=("REL-19",),
         wants="a spot pool is tainted, so that the platform does not stand on it",
         holds=each(lambda one: not _is_spot(one) or bool(one.get("taints")))),
    Rule(name="gpus-are-tainted", types=(GROUP,), checks=("REL-18", "REL-19"),
         wants="a pool with GPUs is tainted, so that nothing else fills it",
         holds=each(lambda one: not _has_gpus(one) or bool(one.get("taints")))),
    Rule(name="nodes-go-one-by-one", types=(GROUP,), severity="medium", checks=("REL-21",),
         wants="an update takes one node at a time",
         holds=each(lambda one: one.get("updateConfig.maxUnavailable") == 1)),
    Rule(name="pools-have-a-floor", types=(POOL,), severity="medium", checks=("REL-23",),
         wants="a pool that grows by itself has a least and a largest size",
         holds=each(lambda one: not one.get("autoScale")
                    or 0 < one.get("minNodes", 0) <= one.get("maxNodes", 0))),
)  # fmt: skip
