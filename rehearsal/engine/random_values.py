"""Random passwords and ids: real randomness, made once and kept, as the random provider does."""

import secrets
import string

import bcrypt

from rehearsal.engine.goal import Goal
from rehearsal.engine.operator import Made, Step, changed_keys
from rehearsal.engine.state import Built
from rehearsal.errors import RehearsalError

PASSWORD = "random:index/randomPassword:RandomPassword"


IDENTITY = "random:index/randomId:RandomId"


class RandomValues:
    """Looks after RandomPassword: letters and digits of a given length, with their bcrypt hash;
    and after RandomId, of which `hex` alone is told."""

    def diff(self, old: Built, goal: Goal) -> Step:
        """Another wish is another value: only a replacement can give it."""
        changed = changed_keys(old.inputs, goal.inputs)
        return Step("replace", changed) if changed else Step("same")

    def create(self, goal: Goal) -> Made:
        """A fresh value."""
        if goal.type == IDENTITY and not set(goal.inputs) - {"byteLength", "keepers"}:
            told = secrets.token_hex(int(goal.inputs["byteLength"]))
            return Made(id=told, outputs={**goal.inputs, "hex": told}, secrets=frozenset())
        if goal.type != PASSWORD or set(goal.inputs) - {"length", "special"}:
            raise RehearsalError(
                f"{goal.name}: the built-in engine makes RandomId, and RandomPassword with "
                f"length and special: false, not {goal.type} with {', '.join(sorted(goal.inputs))}"
            )
        alphabet = string.ascii_letters + string.digits
        text = "".join(secrets.choice(alphabet) for _ in range(int(goal.inputs["length"])))
        hashed = bcrypt.hashpw(text.encode(), bcrypt.gensalt(10)).decode()
        outputs = {**goal.inputs, "result": text, "bcryptHash": hashed}
        return Made(id="none", outputs=outputs, secrets=frozenset({"result", "bcryptHash"}))

    def update(self, old: Built, goal: Goal) -> Made:
        """Never asked for: every change is a replacement."""
        raise NotImplementedError(f"{goal.urn} is replaced, never updated; it was {old.id}")

    def delete(self, old: Built) -> None:
        """There is nothing outside the state."""

    def read(self, old: Built) -> Built:
        """There is nothing outside the state."""
        return old
