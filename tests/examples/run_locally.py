"""Run by the examples' own interpreter: the pipeline as programs on this machine."""

import json
import sys

from kfp import local

from examples.train_and_gate.pipeline import train_and_gate

folder, platform, noise, token_file = sys.argv[1:]
local.init(local.SubprocessRunner(use_venv=False), pipeline_root=folder)
task = train_and_gate(
    version="7",
    platform=platform,
    noise=float(noise),
    rows=600,
    trees=20,
    token_file=token_file,
)
sys.stdout.write(f"\n{json.dumps({'state': task.state.name})}\n")
