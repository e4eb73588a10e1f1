"""What holds for every block of the settings."""

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

# camelCase in the YAML, nothing coerced, nothing unknown.
RULES = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel)


def distinct(names: list[str], what: str, at: str = "") -> list[str]:
    """The names as they are; a mistake says where they stand, in a list `at` or in this one."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        found = [f"{name} ({_places(name, names, at)})" for name in twice]
        way_out = "give each a name of its own" if at else "leave one of them out"
        raise ValueError(f"{what} used twice: {', '.join(found)}; {way_out}")
    return names


def _places(name: str, names: list[str], at: str) -> str:
    return ", ".join(f"{at}[{number}]" for number, one in enumerate(names) if one == name)
