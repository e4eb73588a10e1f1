"""Run by the examples' own interpreter: one step of a release on a platform, and what it says."""

import json
import shlex
import sys
from pathlib import Path

import kfp

from examples.ci_cd.__main__ import _parser
from examples.ci_cd.release import NoReleaseError, check, promote, try_out
from examples.reach import Place

VERSION, TEAM = "abc", "vision"
place = Place(url="https://ml.corp.test", ca_certificate="PEM")


def said(step: str, *words: str) -> object:
    if step == "parse":
        return vars(_parser().parse_args(shlex.split(words[0])))
    if step == "check":
        check(*map(Path, words))
        return "it is what is written"
    client = kfp.Client(host=words[0], existing_token="t0ken", namespace=TEAM)
    if step == "submit":
        return try_out(client, place, TEAM, VERSION, minutes=int(words[1]))
    return promote(client, place, TEAM, VERSION, "0 0 6 * * *")


try:
    answer = said(*sys.argv[1:])
except NoReleaseError as error:
    answer = f"error: {error}"
sys.stdout.write(f"\n{json.dumps(answer, default=str)}\n")
