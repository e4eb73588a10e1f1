"""What holds for every block of the settings."""

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

# camelCase in the YAML, nothing coerced, nothing unknown.
RULES = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel)
