"""One preview or up: each registration becomes a step, each finished step a line of state."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Event as Flag
from threading import Lock

from rehearsal.engine.clouds import is_of_a_cloud, outputs_of
from rehearsal.engine.events import Event, Listener, Phase, component_of
from rehearsal.engine.goal import COMPUTED, Goal, as_built
from rehearsal.engine.operator import Judge, Made, Operator, Step
from rehearsal.engine.state import Built, State, built
from rehearsal.errors import RehearsalError


class StoppedError(RehearsalError):
    """Another step failed first; this one was not begun."""


@dataclass(frozen=True, kw_only=True)
class Operators:
    """Who looks after which types: the longest matching prefix of the type token wins."""

    by_prefix: Mapping[str, Operator]
    denied_packages: frozenset[str]

    def of(self, goal_or_built: Goal | Built) -> Operator:
        """The operator of a type; raises `RehearsalError` for a type without one."""
        type_ = goal_or_built.type
        if not goal_or_built.is_custom:
            return self.by_prefix["component"]
        matches = [prefix for prefix in self.by_prefix if type_.startswith(prefix)]
        if not matches:
            raise RehearsalError(
                f"{goal_or_built.name}: the built-in engine has no stand-in for {type_}"
            )
        return self.by_prefix[max(matches, key=len)]

    def check(self, goal: Goal, old: Built | None) -> None:
        """What the operator itself has against the goal."""
        operator = self.of(goal)
        if isinstance(operator, Judge):
            operator.check(goal, old)

    def refuse_default_provider(self, goal: Goal) -> None:
        """As Pulumi does: a denied package needs a provider of its own."""
        package = goal.type.partition(":")[0]
        if goal.is_custom and not goal.provider and package in self.denied_packages:
            raise RehearsalError(
                f"{goal.name}: the default provider of {package} is disabled for this stack; "
                "pass the cluster's provider"
            )


class Deployment:
    """Turns goals into steps on a state, previewing them or carrying them out."""

    def __init__(
        self, state: State, operators: Operators, tell: Listener, *, is_preview: bool
    ) -> None:
        self._state = state
        self._operators = operators
        self._tell = tell
        self._is_preview = is_preview
        self._stop = Flag()
        self._lock = Lock()
        self.goals: dict[str, Goal] = {}
        self.steps: dict[str, Step] = {}
        self.failures: list[Event] = []

    def register(self, goal: Goal) -> Made:
        """Plan, and unless previewing carry out, what the goal asks for."""
        with self._lock:
            if goal.urn in self.goals:
                raise RehearsalError(f"{goal.urn} is registered twice")
            self.goals[goal.urn] = goal
        if self._stop.is_set():
            raise StoppedError(f"{goal.name}: not begun, an earlier step failed")
        old = self._state.get(goal.urn)
        if old is not None and old.is_finished:
            goal = as_built(goal, old.inputs)
        try:
            self._operators.refuse_default_provider(goal)
            self._operators.check(goal, old)
            step = self._plan(old, goal)
        except Exception as error:
            self._fail(goal, Step("create" if old is None else "update"), error)
            raise
        self.steps[goal.urn] = step
        if self._is_preview:
            self._say("planned", goal, step)
            return _foreseen(old, goal, step)
        return self._carry_out(old, goal, step)

    def _plan(self, old: Built | None, goal: Goal) -> Step:
        operator = self._operators.of(goal)
        if old is None or not old.is_finished:
            return Step("create")
        return operator.diff(old, goal)

    def _carry_out(self, old: Built | None, goal: Goal, step: Step) -> Made:
        if step.op == "same" and old is not None:
            self._say("finished", goal, step)
            made = Made(id=old.id, outputs=old.outputs, secrets=old.secrets, version=old.version)
            renewed = _finished(goal, made)
            if renewed != old:
                self._state.put(renewed)
            return made
        self._say("started", goal, step)
        try:
            made = self._build(old, goal, step)
        except Exception as error:
            self._fail(goal, step, error)
            raise
        self._state.put(_finished(goal, made))
        self._say("finished", goal, step)
        return made

    def _build(self, old: Built | None, goal: Goal, step: Step) -> Made:
        operator = self._operators.of(goal)
        if step.op == "update" and old is not None:
            return operator.update(old, goal)
        if step.op == "replace" and old is not None:
            if _same_place(old, goal):
                operator.delete(old)
            else:
                self._state.set_aside(old)
        if step.op == "create" and old is not None and _stands_elsewhere(old, goal):
            self._state.set_aside(old)  # begun under another name by a run that did not finish
        self._state.put(built(goal, is_finished=False))
        return operator.create(goal)

    def _fail(self, goal: Goal, step: Step, error: Exception) -> None:
        self._stop.set()
        event = Event(
            phase="failed",
            op=step.op,
            urn=goal.urn,
            component=component_of(goal.parent),
            error=str(error),
        )
        with self._lock:
            self.failures.append(event)
        self._tell(event)

    def _say(self, phase: Phase, goal: Goal, step: Step) -> None:
        self._tell(
            Event(
                phase=phase,
                op=step.op,
                urn=goal.urn,
                component=component_of(goal.parent),
                changed=step.changed,
            )
        )


def _finished(goal: Goal, made: Made) -> Built:
    return built(
        goal,
        id=made.id,
        outputs=made.outputs,
        version=made.version,
        secrets=goal.secrets | made.secrets,
    )


def _same_place(old: Built, goal: Goal) -> bool:
    """Whether the new one would stand where the old one stands: then the old one goes first."""
    return _place(old) is not None and _place(old) == _place(goal)


def _stands_elsewhere(old: Built, goal: Goal) -> bool:
    """Whether both have a place, and not the same."""
    return None not in (_place(old), _place(goal)) and _place(old) != _place(goal)


def _place(of: Built | Goal) -> tuple[object, object] | None:
    metadata = of.inputs.get("metadata")
    if not isinstance(metadata, dict):
        return None
    return metadata.get("namespace"), metadata.get("name")


def _foreseen(old: Built | None, goal: Goal, step: Step) -> Made:
    """The outputs a preview can know: what was built, or the inputs and nothing more."""
    if old is not None and step.op in ("same", "update"):
        return Made(
            id=old.id,
            outputs={**old.outputs, **(goal.inputs if step.op == "update" else {})},
            secrets=goal.secrets | old.secrets,
        )
    unknown = dict.fromkeys(unforeseen(goal.type), COMPUTED)
    outputs = {**unknown, **FORESEEN.get(goal.type, {}), **goal.inputs}
    return Made(id="", outputs=outputs, secrets=goal.secrets)


def unforeseen(type_: str) -> Iterable[str]:
    """The outputs of a type that no input tells: unknown until the resource exists."""
    return outputs_of(type_) if is_of_a_cloud(type_) else FORESEEN_UNKNOWN.get(type_, ())


# This engine asks about custom resources itself, and tells what only their newer CRDs know.
FORESEEN: Mapping[str, Mapping[str, bool]] = {
    "pulumi-python:dynamic/kubeflow:Crds": {"established": True}
}
FORESEEN_UNKNOWN = {
    "random:index/randomPassword:RandomPassword": ("result", "bcryptHash"),
    "random:index/randomId:RandomId": ("hex",),
    "pulumi-python:dynamic/kubeflow:Authority": ("certificate",),
}
