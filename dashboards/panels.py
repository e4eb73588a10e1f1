"""The frame that every dashboard has, and the three ways in which a query is shown. Pure.

Legends and units are Grafana's: `{{label}}`, and `short` where there is no unit.
"""

from collections.abc import Iterable
from string import ascii_uppercase

from grafana_foundation_sdk.builders import dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import (
    Dashboard,
    DataSourceRef,
    DataTransformerConfig,
    Panel,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

PROMETHEUS = "prometheus"
SOURCE = DataSourceRef(type_val=PROMETHEUS, uid="${datasource}")  # whichever Grafana was given
FIGURE_WIDTH, FIGURE_HEIGHT = 6, 5  # of 24 columns; a row of Grafana's grid is 30 pixels high
CHART_WIDTH, CHART_HEIGHT = 12, 8
SHARE = "percentunit"  # of a whole, which is 1
Asked = tuple[str, str]  # PromQL, legend


def board(name: str, title: str, description: str, panels: Iterable[Builder[Panel]]) -> Dashboard:
    """The dashboard `kubeflow-NAME` of these panels, in this order; links find them by number."""
    frame = (
        dashboard.Dashboard(f"Kubeflow / {title}")
        .uid(f"kubeflow-{name}")
        .description(description)
        .tags(["kubeflow"])
        .readonly()
        .time("now-6h", "now")
        .refresh("1m")
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Data source").type(PROMETHEUS)
        )
    )
    for panel in panels:
        frame = frame.with_panel(panel)
    made = frame.build()
    for number, one in enumerate(made.panels or (), start=1):
        one.id_val = number
    return made


def figure(title: str, description: str, expr: str, unit: str = "short") -> stat.Panel:
    """One number, as it is now: the query gives one series."""
    return (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit(unit)
        .min(0)
        .span(FIGURE_WIDTH)
        .height(FIGURE_HEIGHT)
        .with_target(_query(expr, title, "A").instant())
    )


def chart(title: str, description: str, *asked: Asked, unit: str = "short") -> timeseries.Panel:
    """Lines over time, one per series of each query."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit(unit)
        .min(0)
        .span(CHART_WIDTH)
        .height(CHART_HEIGHT)
    )
    for ref, (expr, legend) in zip(ascii_uppercase, asked, strict=False):
        panel = panel.with_target(_query(expr, legend, ref))
    return panel


def listed(title: str, description: str, *asked: Asked, unit: str = "short") -> table.Panel:
    """A table of what is now: a row per set of labels, a column per query, headed by its legend."""
    panel = (
        table.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit(unit)
        .span(CHART_WIDTH)
        .height(CHART_HEIGHT)
    )
    heads = {}
    for ref, (expr, legend) in zip(ascii_uppercase, asked, strict=False):
        query = _query(expr, legend, ref).instant().format(PromQueryFormat.TABLE)
        panel = panel.with_target(query)
        heads[f"Value #{ref}" if len(asked) > 1 else "Value"] = legend
    options = {"excludeByName": {"Time": True}, "renameByName": heads}
    return panel.with_transformation(
        DataTransformerConfig(id_val="merge", options={})
    ).with_transformation(DataTransformerConfig(id_val="organize", options=options))


def _query(expr: str, legend: str, ref: str) -> prometheus.Dataquery:
    return prometheus.Dataquery().datasource(SOURCE).expr(expr).legend_format(legend).ref_id(ref)
