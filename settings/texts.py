"""Texts with a form: each refused in words, since nobody reads expressions."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated, Any

from pydantic import AfterValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core.core_schema import CoreSchema, no_info_after_validator_function

EXAMPLE_DOMAINS = ("example.com", "example.net", "example.org")  # upstream's, and its like
LONGEST_DOMAIN = 253
LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


@dataclass(frozen=True)
class Form:
    """A text that a pattern takes as a whole, refused in words: nobody reads expressions.

    Editors get the pattern and the words in the schema.
    """

    pattern: str
    words: str

    def check(self, text: str) -> str:
        """The text as it is; raises `ValueError` when it has another form."""
        if re.fullmatch(self.pattern, text) is None:
            raise ValueError(f"it has to be {self.words}")
        return text

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Pydantic's own way to ask for it."""
        return no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Likewise."""
        said = {"pattern": f"^(?:{self.pattern})$", "patternErrorMessage": self.words}
        return {**handler(schema), **said}


def _domain(text: str) -> str:
    """A host that a certificate can be for and a record can be made of."""
    why = next((words for words, is_so in NO_DOMAIN.items() if is_so(text)), "")
    if why:
        raise ValueError(f"it {why}; name a host of yours like ml.your-domain.test")
    return text


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


NO_DOMAIN: dict[str, Callable[[str], bool]] = {
    "is an address, and certificates and logins need a name": _is_address,
    "has a wildcard, and the names under a domain follow by themselves": lambda text: "*" in text,
    "ends with a dot": lambda text: text.endswith("."),
    "has more than a host in it": lambda text: not {"/", ":", "@"}.isdisjoint(text),
    "has capital letters": lambda text: text != text.lower(),
    'has "_"': lambda text: "_" in text,
    "is no full domain": lambda text: "." not in text or len(text) > LONGEST_DOMAIN,
    "has a part that is not made of small letters, digits and hyphens": lambda text: any(
        LABEL.fullmatch(label) is None for label in text.split(".")
    ),
    "ends with a number, which browsers take for an address": lambda text: text.rpartition(".")[
        2
    ].isdigit(),
    "is the cluster's own": lambda text: f".{text}".endswith(".cluster.local"),
    "is nobody's": lambda text: any(f".{text}".endswith(f".{one}") for one in EXAMPLE_DOMAINS),
}
DnsLabel = Annotated[
    str,
    Form(
        r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?",
        "at most 40 small letters, digits and hyphens, beginning with a letter and not ending "
        "with a hyphen",
    ),
]
Email = Annotated[str, Form(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an address like ada@your-domain.test")]
Host = Annotated[str, AfterValidator(_domain)]
HttpsUrl = Annotated[
    str, Form(r"https://[^\s/?#]+[^\s?#]*", "an address like https://login.your-domain.test/realm")
]

LabelName = Annotated[
    str,
    Form(
        r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?",
        "a name like workload or corp.test/workload, of at most 63 letters, digits, and - _ . "
        "between them",
    ),
]

Minor = Annotated[str, Form(r"1\.\d{2}", 'a minor version of Kubernetes like "1.35"')]
