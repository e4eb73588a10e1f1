"""Run by the examples' own interpreter: compile the pipeline of an example to a file."""

import importlib
import sys
from pathlib import Path

example, target = sys.argv[1:]
module = importlib.import_module(f"examples.{example}.compile")
sys.stdout.write(f"\n{module.compiled(Path(target))}\n")
