"""The only reader of `pulumi.Config`: settings as one typed object, secrets as Outputs."""

import json
from dataclasses import dataclass

import pulumi
from pydantic import ValidationError

from settings.mistakes import SettingsError, explain
from settings.model import Settings


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What people hand in encrypted, one stack key each."""

    kubeconfig: pulumi.Output[str] | None
    registry_credentials: pulumi.Output[str] | None  # the text of a .dockerconfigjson


def load_settings() -> Settings:
    """The running stack's `kubeflow:settings`, before anything is registered."""
    return read_settings(pulumi.get_stack(), pulumi.Config("kubeflow").get("settings"))


def read_settings(stack: str, text: str | None) -> Settings:
    """Settings from their JSON text; raises `SettingsError` naming every mistake at once."""
    if text is None:
        raise SettingsError(
            f"stack {stack}: kubeflow:settings is missing in stacks/Pulumi.{stack}.yaml; "
            "start from stacks/Pulumi.sandbox.yaml"
        )
    try:
        return Settings.model_validate(json.loads(text))
    except json.JSONDecodeError as error:
        raise SettingsError(
            f"stack {stack}: kubeflow:settings is {text!r}; it has to be a block of keys and values"
        ) from error
    except ValidationError as error:
        raise explain(error, Settings, f"stack {stack}") from error


def load_secrets() -> Secrets:
    """The stack's secret keys; an absent one is None."""
    config = pulumi.Config("kubeflow")
    return Secrets(
        kubeconfig=config.get_secret("kubeconfig"),
        registry_credentials=config.get_secret("registryCredentials"),
    )
