"""What a person sees of a run: a live tree on a terminal, plain lines elsewhere."""

import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from threading import Lock
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from rehearsal.engine.events import Event
from rehearsal.engine.operator import Op
from rehearsal.placement import NodeLoad, Placement

SIGNS: Mapping[Op, str] = {
    "create": "+",
    "update": "~",
    "replace": "+-",
    "delete": "-",
    "same": "=",
}
STYLES: Mapping[Op, str] = {
    "create": "green",
    "update": "yellow",
    "replace": "magenta",
    "delete": "red",
    "same": "dim",
}
BUSY_SHOWN = 2  # per component: more would push the others off the screen
# A tree of three hundred lines tells less than nine: unchanged resources are only counted.
QUIET: frozenset[Op] = frozenset({"same"})
# What a preview folds into a line: nobody reads seven hundred new objects, and everybody wants to
# see the one that is changed or goes.
FOLDED: frozenset[Op] = frozenset({"create", *QUIET})
FOLDED_ABOVE = 8
KINDS_SHOWN = 4


class Spoken:
    """Listens to what a run says, and to none of its steps."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def note(self, message: str) -> None:
        """A line from the program."""
        self._console.print(Text(message), soft_wrap=True)

    def __call__(self, event: Event) -> None:
        """A step, which nobody asked about."""


class Progress:
    """Listens to a run. On a terminal it redraws one tree; else it prints each finished step.

    Of what is only planned it says what changes; new resources of a component are counted by kind
    unless `lists_all`.
    """

    def __init__(self, console: Console, title: str, *, lists_all: bool = False) -> None:
        self._console = console
        self._title = title
        self._lists_all = lists_all
        self._begun = time.monotonic()
        self._lock = Lock()
        self._seen: dict[str, Event] = {}
        self._started: dict[str, float] = {}
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live = Live(get_renderable=self._draw, console=self._console, transient=True)
            self._live.start()
        else:
            self._console.print(self._title)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.stop()
        planned = [one for one in self._seen.values() if one.phase == "planned"]
        if planned:
            # At once: line by line, three hundred lines cost rich a second.
            self._console.print(Text("\n").join(self._planned(planned)), soft_wrap=True)
        elif self._live:
            self._console.print(self._draw())

    def note(self, message: str) -> None:
        """A line from the machinery, e.g. where manifests come from."""
        self._console.print(Text(message, style="dim"), soft_wrap=True)

    def __call__(self, event: Event) -> None:
        """Take one event; called from many threads."""
        with self._lock:
            self._seen[event.urn] = event
            if event.phase == "started":
                self._started[event.urn] = time.monotonic()
        if self._live is None and event.op not in QUIET and event.phase in ("finished", "failed"):
            self._console.print(self._line(event), soft_wrap=True)

    def _line(self, event: Event) -> Text:
        took = ""
        if event.phase == "finished" and event.urn in self._started:
            took = f" ({time.monotonic() - self._started[event.urn]:.1f} s)"
        text = Text(f"  {SIGNS[event.op]:>2} ", style=STYLES[event.op])
        text.append(f"{event.type.rpartition(':')[2]} {event.name}{took}", style="default")
        if event.changed:
            text.append(f"  [{', '.join(event.changed)}]", style="yellow")
        if event.error:
            text.append(f"  {event.error}", style="bold red")
        return text

    def _planned(self, events: list[Event]) -> Iterator[Text]:
        for component, part in _by_component(events).items():
            folded = [one for one in part if one.op == "create"]
            if self._lists_all or len(folded) <= FOLDED_ABOVE:
                yield from (self._line(one) for one in part if one.op not in QUIET)
                continue
            yield _folded(component, folded)
            yield from (self._line(one) for one in part if one.op not in FOLDED)

    def _draw(self) -> RenderableType:
        with self._lock:
            events = list(self._seen.values())
        elapsed = time.monotonic() - self._begun
        tree = Tree(f"{self._title}  [dim]{elapsed:.0f} s[/dim]")
        for component, part in _by_component(events).items():
            branch = tree.add(f"{component}  {_counts(part)}")
            busy = [event for event in part if event.phase in ("started", "failed")]
            for event in busy[:BUSY_SHOWN]:
                branch.add(self._line(event))
            if len(busy) > BUSY_SHOWN:
                branch.add(f"[dim]and {len(busy) - BUSY_SHOWN} more[/dim]")
        return tree


def changes(counts: Mapping[str, int]) -> Text:
    """`12 create, 3 update, 300 same`, or that nothing changes."""
    named = [f"{counts[op]} {op}" for op in SIGNS if counts.get(op)]
    is_quiet = set(counts) <= QUIET
    return Text(("no changes: " if is_quiet else "") + ", ".join(named), style="bold")


def _folded(component: str, created: list[Event]) -> Text:
    """`+ pipelines: 124 new, 31 ConfigMap, 22 Service, 71 others`."""
    kinds = Counter(one.type.rpartition(":")[2] for one in created).most_common()
    shown = [f"{number} {kind}" for kind, number in kinds[:KINDS_SHOWN]]
    if others := sum(number for _, number in kinds[KINDS_SHOWN:]):
        shown.append(f"{others} others")
    text = Text(f"  {SIGNS['create']:>2} ", style=STYLES["create"])
    return text.append(f"{component}: {len(created)} new, {', '.join(shown)}", style="default")


def _by_component(events: list[Event]) -> dict[str, list[Event]]:
    parts: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        parts[event.component or "stack"].append(event)
    return dict(parts)


def _counts(events: list[Event]) -> str:
    done = sum(event.phase in ("finished", "planned") for event in events)
    ops = Counter(event.op for event in events)
    shown = " ".join(
        f"[{STYLES[op]}]{SIGNS[op]}{number}[/{STYLES[op]}]" for op, number in ops.items()
    )
    return f"[dim]{done}/{len(events)}[/dim]  {shown}"


def grid(title: str, *headings: str) -> Table:
    """A table in the house's one look."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="left", no_wrap=True)
    return table


def placed(found: Placement) -> RenderableType:
    """Pods, CPU and memory per node and in all, then every pod without a node and why."""
    table = grid("Where the pods landed", "node", "pool", "pods", "CPU", "memory")
    for load in found.nodes:
        table.add_row(
            load.node,
            load.pool,
            f"{load.pods} of {load.offered_pods}",
            f"{load.cpu_m}m of {load.offered_cpu_m}m",
            f"{load.memory_mib} of {load.offered_memory_mib} MiB",
        )
    for pool, loads in _by_pool(found.nodes).items():
        table.add_row(
            f"all of {pool}",
            pool,
            f"{sum(one.pods for one in loads)} of {sum(one.offered_pods for one in loads)}",
            f"{sum(one.cpu_m for one in loads)}m of {sum(one.offered_cpu_m for one in loads)}m",
            f"{sum(one.memory_mib for one in loads)} of "
            f"{sum(one.offered_memory_mib for one in loads)} MiB",
            style="bold",
        )
    if not found.waiting:
        are_there = any(load.pods for load in found.nodes)
        words = "every pod has a node" if are_there else "there is no pod"
        return Group(table, Text(words, style="green" if are_there else "yellow"))
    waiting = [Text(f"  {one.pod}: {one.reason}", style="red") for one in found.waiting]
    return Group(table, Text(f"{len(waiting)} pods without a node", style="bold red"), *waiting)


def _by_pool(loads: Iterable[NodeLoad]) -> dict[str, list[NodeLoad]]:
    pools: dict[str, list[NodeLoad]] = defaultdict(list)
    for load in loads:
        pools[load.pool].append(load)
    return dict(pools)


def print_json(document: Mapping[str, object]) -> None:
    """The one thing that goes to standard output when JSON is asked for."""
    sys.stdout.write(json.dumps(document, indent=1) + "\n")
