"""Run by the examples' own interpreter: compile the pipeline to a file."""

import sys
from pathlib import Path

from examples.train_and_gate.compile import compiled

sys.stdout.write(f"\n{compiled(Path(sys.argv[1]))}\n")
