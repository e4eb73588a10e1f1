"""Dynamic resources: the program's own provider runs, exactly as Pulumi would run it."""

import base64
from dataclasses import dataclass, replace
from typing import Any

import dill
from pulumi import dynamic

from rehearsal.engine.goal import Goal
from rehearsal.engine.operator import Made, Step, changed_keys
from rehearsal.engine.state import Built
from rehearsal.errors import RehearsalError

CODE = "__provider"
KUBECONFIG = "kubeconfig"


@dataclass(frozen=True)
class DynamicResources:
    """Hands each call to the provider that came with the resource.

    `kubeconfig` is the cluster's as it runs now; None when there is none.
    """

    kubeconfig: str | None = None

    def check(self, goal: Goal, old: Built | None) -> None:
        """What the provider's own check says, as Pulumi asks it before anything else; without a
        cluster nobody is asked about one, which saves a preview half a second of imports."""
        if self.kubeconfig is None and KUBECONFIG in goal.inputs:
            return
        asked_last = {} if old is None else old.inputs
        failures = _provider(goal.inputs).check(asked_last, goal.inputs).failures
        if failures:
            raise RehearsalError("\n".join(failure.reason for failure in failures))

    def diff(self, old: Built, goal: Goal) -> Step:
        """What the provider's own diff says."""
        answer = _provider(goal.inputs).diff(old.id, old.outputs, goal.inputs)
        if answer.replaces:
            return Step("replace", tuple(answer.replaces))
        if answer.changes is False:
            return Step("same")
        changed = changed_keys(_shown(old.outputs), _shown(goal.inputs))
        return Step("update", changed) if changed or answer.changes else Step("same")

    def create(self, goal: Goal) -> Made:
        """Create by the provider."""
        answer = _provider(goal.inputs).create(self._here(goal.inputs))
        return Made(id=answer.id, outputs=_as_declared(answer.outs, goal), secrets=goal.secrets)

    def update(self, old: Built, goal: Goal) -> Made:
        """Update by the provider."""
        news = self._here(goal.inputs)
        answer = _provider(goal.inputs).update(old.id, self._here(old.outputs), news)
        return Made(id=old.id, outputs=_as_declared(answer.outs, goal), secrets=goal.secrets)

    def delete(self, old: Built) -> None:
        """Delete by the provider that built it, or began to; then only its inputs are known."""
        props = self._here({**old.inputs, **old.outputs})
        _provider(props).delete(old.id, props)

    def read(self, old: Built) -> Built | None:
        """What the provider's own read says; no id means gone."""
        answer = _provider(old.inputs).read(old.id, self._here(old.outputs))
        if not answer.id:
            return None
        known, said = self._here(old.outputs), answer.outs or {}
        drifted = {key: value for key, value in said.items() if value != known.get(key)}
        asked = {key: value for key, value in drifted.items() if key in old.inputs}
        return replace(old, inputs={**old.inputs, **asked}, outputs={**old.outputs, **drifted})

    def _here(self, props: dict[str, Any]) -> dict[str, Any]:
        """The cluster may answer at another port than when its kubeconfig was noted, and a cloud's
        own is stood in for by the rehearsal's.
        """
        if self.kubeconfig is None or KUBECONFIG not in props:
            return props
        return {**props, KUBECONFIG: self.kubeconfig}


def _as_declared(outs: dict[str, Any] | None, goal: Goal) -> dict[str, Any]:
    """What the provider gave, with the kubeconfig that the program said: the next diff sees it."""
    said = {key: goal.inputs[key] for key in (CODE, KUBECONFIG) if key in goal.inputs}
    return {**(outs or {}), **said}


def _provider(props: dict[str, Any]) -> dynamic.ResourceProvider:
    provider: dynamic.ResourceProvider = dill.loads(base64.b64decode(props[CODE]))
    return provider


def _shown(props: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in props.items() if key != CODE}
