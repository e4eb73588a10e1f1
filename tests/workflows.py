"""What is wrong with a workflow of GitHub Actions, as far as its text tells. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

PINNED = re.compile(r"uses: (\./\S+|[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$")
SECRET = re.compile(r"\$\{\{\s*secrets\.")
TELLING = re.compile(r"\b(set -x|printenv|env$|echo)\b", re.MULTILINE)
# More than this no job here needs.
RIGHTS = {
    "contents": {"read"},
    "id-token": {"write"},  # to be somebody in the cloud for an hour, without a key
    "pull-requests": {"write"},  # to say what it costs
}
Json = dict[str, Any]


def faults(text: str) -> list[str]:
    """Each fault in words, by job; none for a workflow that is as it should be."""
    # `on` is a truth value to YAML 1.1.
    content = yaml.safe_load(text)
    return [
        *_of_the_whole(text, content),
        *(f"{name}: {fault}" for name, job in content["jobs"].items() for fault in _of(job)),
    ]


def _of_the_whole(text: str, content: Mapping[Any, Any]) -> Iterator[str]:
    for line in text.splitlines():
        if "uses:" in line and not PINNED.search(line):
            yield f"not pinned by a whole commit and its version: {line.strip()}"
    if content.get("permissions") != {}:
        yield "the workflow itself has rights: each job has its own"
    if SECRET.search(yaml.safe_dump(content.get("env", {}))):
        yield "a secret is there for every job"
    if "pull_request_target" in content[True]:
        yield "a pull request of anybody would run with secrets"


def _of(job: Json) -> Iterator[str]:
    if "timeout-minutes" not in job:
        yield "it may hang for six hours"
    if not re.fullmatch(r"ubuntu-\d\d\.\d\d", job["runs-on"]):
        yield f"runs-on: {job['runs-on']} changes by itself"
    rights = job.get("permissions")
    if rights is None:
        yield "it does not say its rights"
    elif too_many := {k: v for k, v in rights.items() if v not in RIGHTS.get(k, ())}:
        yield f"more rights than it needs: {too_many}"
    if SECRET.search(yaml.safe_dump(job.get("env", {}))):
        yield "a secret is there for every step"
    for step in job["steps"]:
        yield from _of_step(step)
    if has_secrets(job) and "environment" not in job:
        yield "secrets outside of an environment"


def has_secrets(job: Json) -> bool:
    return bool(SECRET.search(yaml.safe_dump(job["steps"])))


def _of_step(step: Json) -> Iterator[str]:
    run = step.get("run", "")
    if "${{" in run:
        yield f"a value becomes part of a program: {run}"
    if SECRET.search(yaml.safe_dump(step.get("env", {}))) and TELLING.search(run):
        yield f"a step with secrets that may tell them: {run}"
    is_checkout = step.get("uses", "").startswith("actions/checkout@")
    if is_checkout and step.get("with", {}).get("persist-credentials") is not False:
        yield "the checkout leaves its token on the disk"
