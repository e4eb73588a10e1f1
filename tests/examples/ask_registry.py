"""Run by the examples' own interpreter: commands to a registry, one a line; what each answers."""

import json
import shlex
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from fake_registry import running

from examples.reach import Place
from examples.registry_and_lineage.__main__ import _parser, done
from examples.registry_and_lineage.lineage import endpoints_of
from examples.registry_and_lineage.stages import NoSuchVersionError, registry_of


def answered(url: str, line: str) -> str:
    place = Place(url=url, ca_certificate="")
    said = _parser().parse_args(["--stack", "dev", "--team", "vision", *shlex.split(line)])
    try:
        return done(registry_of(place, "t0ken"), endpoints_of(place, "t0ken"), said)
    except NoSuchVersionError as error:
        return f"error: {error}"


with running() as registry:
    answers = [answered(registry.url, line) for line in sys.argv[1:]]
    told = {
        "answers": answers,
        "versions": {
            one["name"]: {
                key: value["string_value"] for key, value in one.get("customProperties", {}).items()
            }
            for one in registry.rows["model_versions"]
        },
        "tokens": sorted(registry.tokens),
    }
sys.stdout.write(f"\n{json.dumps(told)}\n")
