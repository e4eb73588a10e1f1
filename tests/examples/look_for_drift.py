"""Run by the examples' own interpreter: the verdict over rows that a sink kept."""

import sys
from pathlib import Path

import pandas as pd

from examples.watch_and_retrain.drift import asked, drift

taught, payloads, report = map(Path, sys.argv[1:])
found = drift(pd.read_csv(taught), asked(payloads))
report.write_text(found.page)
sys.stdout.write(f"\n{found}\n")
