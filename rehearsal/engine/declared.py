"""Components and providers: they exist only in the state."""

from rehearsal.engine.goal import Goal
from rehearsal.engine.operator import Made, Step, changed_keys
from rehearsal.engine.state import Built


class Declared:
    """Nothing outside changes with them; their inputs are kept to be compared."""

    def diff(self, old: Built, goal: Goal) -> Step:
        """A provider whose settings changed is updated, never replaced: its identity stays."""
        changed = changed_keys(old.inputs, goal.inputs)
        return Step("update", changed) if changed else Step("same")

    def create(self, goal: Goal) -> Made:
        """Note it."""
        return Made(id=goal.name, outputs=goal.inputs, secrets=goal.secrets)

    def update(self, old: Built, goal: Goal) -> Made:
        """Note it."""
        return Made(id=old.id, outputs=goal.inputs, secrets=goal.secrets)

    def delete(self, old: Built) -> None:
        """Nothing to take down."""

    def read(self, old: Built) -> Built:
        """Nothing stands outside the state."""
        return old
