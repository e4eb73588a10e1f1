"""Run by the examples' own interpreter: submit the pipeline to a platform, say what it says."""

import sys

import kfp

from examples.reach import Place
from examples.train_and_gate.__main__ import submit

url, cron = sys.argv[1:]
place = Place(url="https://ml.corp.test", ca_certificate="PEM")
client = kfp.Client(host=url, existing_token="t0ken", namespace="vision")
sys.stdout.write(f"\n{submit(client, place, 'vision', '7', cron or None)}\n")
