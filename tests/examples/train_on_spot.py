"""Run by the examples' own interpreter: the training itself, on a machine that may be taken away.

With a number of calls the machine is gone in the one after them, without a word.
"""

import os
import sys
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import xgboost
from sklearn.datasets import make_classification

from examples.gpu_on_spot.pipeline import train_on_gpu

folder, name, calls = sys.argv[1:]
points, classes = make_classification(n_samples=400, n_features=8, random_state=7)
table = [",".join([*(f"x{n}" for n in range(8)), "label"])]
table += [",".join(map(str, (*row, label))) for row, label in zip(points, classes, strict=True)]
train = SimpleNamespace(path=f"{folder}/train.csv")
Path(train.path).write_text("\n".join(table))
made = SimpleNamespace(path=f"{folder}/{name}-{calls}.ubj", metadata={})
whole, so_far = xgboost.train, count()


def until_it_is_gone(*args: object, **said: object) -> object:
    if next(so_far) == int(calls):
        os._exit(137)
    return whole(*args, **said)


if calls != "all":
    xgboost.train = until_it_is_gone
begun = train_on_gpu.python_func(
    train=train, name=name, rounds=50, every=10, device="cpu", model=made
)
sys.stdout.write(f"\n{begun}\n")
