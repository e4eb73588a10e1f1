"""What may be said of Kubeflow: which release, what of it, and what is changed in it."""

import re
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from settings.rules import RULES, distinct
from settings.texts import Form

Kind = Annotated[str, Form(r"[A-Z][A-Za-z0-9]*", "a kind of object like Deployment")]

Pointer = Annotated[str, Form(r"(/[^/]+)+", "a path like /spec/replicas")]

Preset = Literal["full", "notebooks", "pipelines", "serving", "training"]

ComponentName = Literal[
    "dashboard",
    "katib",
    "knative",
    "kserve",
    "model-registry",
    "notebooks",
    "pipelines",
    "pod-defaults",
    "profiles",
    "spark",
    "trainer",
    "training-operator",
]


def _form_of_components(said: Any) -> str | None:
    """Which of the two ways of saying components is meant, so that only its mistakes are told."""
    if said in get_args(Preset):
        return "preset"
    return "list" if isinstance(said, list) and said else None


def _quoted(literal: Any) -> str:
    return ", ".join(map(repr, get_args(literal)))


def _each_once(names: list[ComponentName]) -> list[ComponentName]:
    distinct(list(names), "component")
    return names


Components = Annotated[
    Annotated[Preset, Tag("preset")]
    | Annotated[list[ComponentName], AfterValidator(_each_once), Tag("list")],
    Discriminator(
        _form_of_components,
        custom_error_type="components",
        custom_error_message="use {expected}",
        custom_error_context={
            "expected": f"one of {_quoted(Preset)}, or a list of {_quoted(ComponentName)}"
        },
    ),
]


class KserveSettings(BaseModel):
    """How models are served: by Knative, which scales to zero, or by plain Deployments."""

    model_config = RULES

    mode: Literal["Serverless", "RawDeployment"] = "Serverless"


class NotebooksSettings(BaseModel):
    """What happens to notebooks that nobody uses."""

    model_config = RULES

    stop_idle_after_minutes: Annotated[int, Field(ge=10)] | None = None


class PatchTargetSettings(BaseModel):
    """Objects by kind, namespace and name; the last two are regular expressions of the whole."""

    model_config = RULES

    kind: Kind
    namespace: str = ".*"
    name: Annotated[str, Field(min_length=1)]

    @field_validator("namespace", "name")
    @classmethod
    def _is_an_expression(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"it is no regular expression: {error}") from error
        return pattern


class JsonOperationSettings(BaseModel):
    """One operation of a JSON patch (RFC 6902)."""

    model_config = RULES

    op: Literal["add", "remove", "replace", "test"]
    path: Pointer
    value: Any = None

    @model_validator(mode="after")
    def _has_a_value(self) -> Self:
        if ("value" in self.model_fields_set) == (self.op == "remove"):
            raise ValueError(f"{self.op} {'has no' if self.op == 'remove' else 'needs a'} value")
        return self


class PatchSettings(BaseModel):
    """A change to upstream's objects: which, why, and either way of saying what."""

    model_config = RULES

    target: PatchTargetSettings
    why: Annotated[str, Field(min_length=1)]
    strategic_merge: Annotated[dict[str, Any], Field(min_length=1)] | None = None
    json_patch: Annotated[list[JsonOperationSettings], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _says_what_once(self) -> Self:
        if (self.strategic_merge is None) == (self.json_patch is None):
            raise ValueError("needs either strategicMerge or jsonPatch, and not both")
        return self


ControlPlane = Literal["managed", "existing"]


class KubeflowSettings(BaseModel):
    """Which Kubeflow, what of it (a preset, or a list of components), and what is changed in it.

    Istio and cert-manager are part of every release; `existing` takes the cluster's instead.
    """

    model_config = RULES

    release: Literal["26.03", "26.03.1-rc.2"] = "26.03"
    components: Components = "full"
    istio: ControlPlane = "managed"
    cert_manager: ControlPlane = "managed"
    kserve: KserveSettings = KserveSettings()
    notebooks: NotebooksSettings = NotebooksSettings()
    patches: list[PatchSettings] = []
