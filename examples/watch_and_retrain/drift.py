"""Whether what a model is asked still looks like what it was taught, by Evidently."""

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset

SHARE = 0.3  # of the columns: fewer may differ by chance
LEAST_ROWS = 200  # of fewer nothing is said


class TooFewRowsError(Exception):
    """The model has hardly been asked yet."""


@dataclass(frozen=True, kw_only=True)
class Drift:
    """How many of `columns` have changed; `page` is the whole report as HTML."""

    changed: int
    columns: int
    page: str

    @property
    def is_drifting(self) -> bool:
        """Whether to train anew."""
        return self.changed >= SHARE * self.columns

    def __str__(self) -> str:
        verdict = "it drifts" if self.is_drifting else "no drift"
        return f"{self.changed} of {self.columns} columns have changed: {verdict}"


def asked(payloads: Path) -> pd.DataFrame:
    """The rows that the sink kept, columns named as the pipeline names them."""
    rows = [json.loads(line) for line in payloads.read_text().splitlines()]
    return pd.DataFrame(rows, columns=[f"x{n}" for n in range(len(rows[0]) if rows else 0)])


def drift(taught: pd.DataFrame, seen: pd.DataFrame) -> Drift:
    """Compare column by column; raises `TooFewRowsError` below `LEAST_ROWS` rows."""
    if len(seen) < LEAST_ROWS:
        raise TooFewRowsError(f"{len(seen)} rows so far, {LEAST_ROWS} are needed")
    snapshot = Report([DataDriftPreset(drift_share=SHARE)]).run(seen, taught[seen.columns])
    (counted,) = (
        metric["value"]
        for metric in snapshot.dict()["metrics"]
        if metric["metric_name"].startswith("DriftedColumnsCount")
    )
    return Drift(
        changed=int(counted["count"]),
        columns=len(seen.columns),
        page=snapshot.get_html_str(as_iframe=False),
    )
