"""What may be a tag on AWS: everything that the stack makes takes it, its volumes too."""

from typing import Annotated

from pydantic import AfterValidator

from settings.texts import Form

# AWS takes fifty on a thing; the rest are the stack's, EKS' and the drivers'.
MOST_TAGS = 40
NOT_YOURS = {
    "aws:": "are AWS' own",
    "kubernetes.io/": "are Kubernetes' own: the driver of volumes does not start with one",
    "csivolume": "are the own ones of the driver of volumes: it does not start with one",
    "ebs.csi.aws.com/": "are the own ones of the driver of volumes: it does not start with one",
    "kubeflow-stack/": "are the stack's own",
}
OF_THE_STACK = "project"


def _key(text: str) -> str:
    """One that nobody else puts there; IAM knows no capital letters from small ones."""
    small = text.lower()
    for beginning, whose in NOT_YOURS.items():
        if small.startswith(beginning):
            raise ValueError(f"tags that begin with {beginning} {whose}; name it otherwise")
    if small == OF_THE_STACK:
        raise ValueError("the stack says it itself, by its Pulumi project; leave it out")
    return text


def fitting(tags: dict[str, str]) -> dict[str, str]:
    """The tags as they are; raises `ValueError` where AWS would not take all of them."""
    if len(tags) > MOST_TAGS:
        raise ValueError(
            f"at most {MOST_TAGS} of AWS' fifty are yours, and there are {len(tags)}; leave some "
            "out"
        )
    by_small: dict[str, list[str]] = {}
    for key in tags:
        by_small.setdefault(key.lower(), []).append(key)
    alike = [" and ".join(keys) for keys in by_small.values() if len(keys) > 1]
    if alike:
        raise ValueError(
            f"{', '.join(alike)} are one key to IAM, which knows no capital letters from small "
            "ones; leave one of them out"
        )
    return tags


# The driver of volumes gets them in one line of YAML, as KEY=VALUE,KEY=VALUE.
TagKey = Annotated[
    str,
    Form(
        r"(?! )(?!.*: )[\w .:/+@-]{1,128}(?<! )",
        "1 to 128 letters, digits, spaces and _ . : / + - @, no space at either end or after a "
        "colon",
    ),
    AfterValidator(_key),
]
TagValue = Annotated[
    str,
    Form(
        r"(?! )(?!.*: )[\w .:/=+@-]{0,256}(?<! )",
        "at most 256 letters, digits, spaces and _ . : / = + - @, no space at either end or after "
        "a colon",
    ),
]
