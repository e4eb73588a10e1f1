"""What may be said about teams: who they are, and how much of the cluster they may use."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    field_validator,
    model_validator,
)

from settings.rules import RULES, distinct
from settings.texts import DnsLabel, Form

LONGEST_NAME = 40  # a served model's host has it and the model's name in one label of at most 63
DEMO_ACCOUNT = "user@example.com"
# What Kubeflow asks, as of 26.03.1: kubeflow/kubeflow#7085 and kubeflow/dashboard#317 are open.
NO_GROUPS = (
    "Kubeflow's pages ask Kubernetes about one person and never about a group; name its people"
)
_NAME = r"[a-z]([-a-z0-9]*[a-z0-9])?"
_UNITS = "KMGTP"


def _team_name(text: str) -> str:
    if re.fullmatch(_NAME, text) and len(text) <= LONGEST_NAME:
        return text
    near = _near(text)
    hint = f"; try {near}" if near else ""
    raise ValueError(
        f"it has to be at most {LONGEST_NAME} small letters, digits and hyphens, beginning with a "
        f"letter and not ending with a hyphen{hint}"
    )


def _near(text: str) -> str:
    """The allowed name that somebody probably meant; empty if there is none."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-0123456789")
    return plain[:LONGEST_NAME].rstrip("-")


def twins(said: object) -> Iterator[str]:
    """A line for each team whose name becomes an earlier team's when it is written as allowed.

    For settings as they stand in the file, mistakes and all: nobody is to correct a name twice.
    """
    listed = said.get("teams") if isinstance(said, Mapping) else None
    first: dict[str, tuple[int, str]] = {}
    for number, team in enumerate(listed if isinstance(listed, list) else ()):
        name = team.get("name") if isinstance(team, Mapping) else None
        if not isinstance(name, str) or not _near(name):
            continue
        other, its_name = first.setdefault(_near(name), (number, name))
        if name != its_name:
            yield (
                f"teams[{number}].name: {name!r} becomes {_near(name)}, as teams[{other}] does; "
                "choose another"
            )


def _person(text: str) -> str:
    if text.startswith(("group:", "system:")):
        raise ValueError(NO_GROUPS)
    if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text) is None:
        raise ValueError("it has to be an address like ada@your-domain.test")
    if text != text.lower():
        raise ValueError(
            "people are known by the address their login says, in small letters; "
            f"write {text.lower()}"
        )
    if text == DEMO_ACCOUNT:
        raise ValueError("it is upstream's demo account; name a real person")
    return text


def _cores(said: Any) -> str:
    text = _number(said, r"m?", "cores like 4, 0.5 or 500m")
    if not text.endswith("m") and (Decimal(text) * 1000) % 1:
        raise ValueError("it is finer than a thousandth of a core; write it like 500m")
    return text


def _size(said: Any) -> str:
    if near := re.fullmatch(rf"([0-9.]+) *([{_UNITS}{_UNITS.lower()}])[iI]?[bB]?", str(said)):
        wanted = f"{near[1]}{near[2].upper()}i"
        if str(said) != wanted and not re.fullmatch(rf"[0-9.]+[k{_UNITS}]", str(said)):
            raise ValueError(f"it is not a Kubernetes quantity; did you mean {wanted}?")
    return _number(said, rf"([{_UNITS}]i|[k{_UNITS[1:]}])", "a size with its unit like 16Gi")


def _number(said: Any, unit: str, words: str) -> str:
    """The text of a positive number with a unit."""
    text = str(said)
    found = re.fullmatch(rf"(-?[0-9]+(?:\.[0-9]+)?){unit}", text)
    if isinstance(said, bool) or found is None:
        raise ValueError(f"it has to be {words}")
    if Decimal(found[1]) <= 0:
        raise ValueError("it has to be more than 0")
    return text


def _label_value(text: str) -> str:
    if re.fullmatch(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?", text) is None:
        raise ValueError(
            "it has to be at most 63 letters, digits, and - _ . between them, as labels are"
        )
    return text


def _label_key(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?", text) is None:
        raise ValueError(
            "it has to be a label's key of at most 63 letters, digits, and - _ . between them, "
            "without a prefix: those with one are the platform's"
        )
    if text == "istio-injection":
        raise ValueError("it is the platform's own; choose another key")
    return text


TeamName = Annotated[str, AfterValidator(_team_name)]
Person = Annotated[str, AfterValidator(_person)]
Cores = Annotated[str, BeforeValidator(_cores, json_schema_input_type=str | float)]
Size = Annotated[str, BeforeValidator(_size)]
LabelKey = Annotated[str, AfterValidator(_label_key)]
LabelValue = Annotated[str, AfterValidator(_label_value)]
PolicyArn = Annotated[
    str,
    Form(
        r"arn:aws:iam::\d{12}:policy/\S+",
        "a policy of your account like arn:aws:iam::123456789012:policy/read-our-images; AWS' own "
        "reach further than a team has to",
    ),
]
TeamSize = Literal["small", "medium", "large"]


class Section(BaseModel):
    """A block of the settings of teams."""

    model_config = RULES


class MembersSettings(Section):
    """Who is in a team besides its owner, by what they may do."""

    admin: list[Person] = []
    edit: list[Person] = []
    view: list[Person] = []

    @model_validator(mode="before")
    @classmethod
    def _people_only(cls, said: Any) -> Any:
        if isinstance(said, dict) and "groups" in said:
            raise ValueError(f"groups are no members: {NO_GROUPS}")
        return said


class TeamQuotaSettings(Section):
    """How much a team may use at most; what is left out is its size's, or else not limited."""

    cpu: Cores | None = None
    memory: Size | None = None
    storage: Size | None = None
    volumes: Annotated[int, Field(ge=1)] | None = None
    gpus: Annotated[int, Field(ge=0)] | None = None
    pods: Annotated[int, Field(ge=1)] | None = None


class TeamSettings(Section):
    """A team: its namespace, the people in it, and its share of the cluster."""

    name: TeamName
    owner: Person
    members: MembersSettings = MembersSettings()
    size: TeamSize | None = None
    quota: TeamQuotaSettings = TeamQuotaSettings()
    labels: dict[LabelKey, LabelValue] = {}
    public_models: list[DnsLabel] = []
    aws_policies: list[PolicyArn] = []

    @field_validator("members")
    @classmethod
    def _one_role_each(cls, members: MembersSettings) -> MembersSettings:
        people = [*members.admin, *members.edit, *members.view]
        twice = sorted({one for one in people if people.count(one) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands there twice; give each person one role")
        return members

    @field_validator("public_models")
    @classmethod
    def _models_differ(cls, models: list[str]) -> list[str]:
        return distinct(models, "model")

    @field_validator("aws_policies")
    @classmethod
    def _policies_differ(cls, policies: list[str]) -> list[str]:
        return distinct(policies, "policy")

    @model_validator(mode="after")
    def _owner_is_no_member(self) -> Self:
        if self.owner in (*self.members.admin, *self.members.edit, *self.members.view):
            raise ValueError(
                f"{self.owner} is the owner, who is admin already; remove it from members"
            )
        return self


class QuotaSettings(Section):
    """What happens when the teams' quotas together are more than the cluster can grow to."""

    overcommit: Literal["warn", "refuse"] | None = None
