"""The only reader of `pulumi.Config`: settings as one typed object, secrets as Outputs."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pulumi
from pulumi.runtime.config import CONFIG, is_config_secret
from pydantic import ValidationError

from settings.certificates import CERTIFICATE, KEY, certificate_mistakes
from settings.keys import OPTIONAL, refuse_unknown_keys
from settings.mistakes import SettingsError, explain, mistakes
from settings.model import Settings
from settings.placeholders import placeholders

STACK_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
FILES = (CERTIFICATE, KEY)  # secrets of more than one line
# What upstream ships to everybody, or what anybody tries first.
EVERYBODY_KNOWS = frozenset(
    {
        "12341234",
        "admin",
        "minio",
        "minio123",
        "mysql",
        "password",
        "postgres",
        "pubnboy80snxgjibtym9zwnzy2xrengqok",  # of Dex's client
        "root",
        "test",
    }
)


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What people hand in encrypted, one stack key each."""

    kubeconfig: pulumi.Output[str] | None
    registry_credentials: pulumi.Output[str] | None  # the text of a .dockerconfigjson
    needed: Mapping[str, pulumi.Output[str]]  # by key, those that the plan asks for

    def of(self, keys: Iterable[str]) -> Mapping[str, pulumi.Output[str]]:
        """Some of those."""
        return {key: self.needed[key] for key in keys}


def load_settings() -> Settings:
    """The running stack's `kubeflow:settings`, before anything is registered."""
    stack = pulumi.get_stack()
    # `pulumi.Config` answers for one key at a time; the language host puts them all here.
    refuse_unknown_keys(stack, CONFIG.get())
    return read_settings(stack, pulumi.Config("kubeflow").get("settings"))


def read_settings(stack: str, text: str | None) -> Settings:
    """Settings from their JSON text; raises `SettingsError` naming every mistake at once."""
    if not STACK_NAME.fullmatch(stack):
        raise SettingsError(
            f"stack {stack}: its name is the cluster's and a label's; it has to be 1 to 63 "
            "letters, digits and hyphens, with no hyphen at an end; see `pulumi stack rename`"
        )
    if text in (None, "", "null"):
        how = "missing" if text is None else "empty"
        raise SettingsError(
            f"stack {stack}: kubeflow:settings is {how} in stacks/Pulumi.{stack}.yaml; it needs "
            "cluster and ingress, and pools where the cluster exists; start from "
            "stacks/Pulumi.sandbox.yaml"
        )
    try:
        said = json.loads(text)
    except json.JSONDecodeError as error:
        raise SettingsError(
            f"stack {stack}: kubeflow:settings is {text!r}; it has to be a block of keys and values"
        ) from error
    try:
        settings = Settings.model_validate(said)
    except ValidationError as error:
        raise explain(error, Settings, stack, said) from error
    if any(placeholders(stack, said)):
        raise mistakes(stack, (), said)
    return settings


def load_secrets(needed: Mapping[str, str], names: Sequence[str], now: datetime) -> Secrets:
    """The stack's secret keys; an absent one is None.

    Raises `SettingsError` naming every key of `needed` (key -> what needs it) that is not usable. A
    certificate among them has to be for all `names`, and valid `now`.
    """
    config = pulumi.Config("kubeflow")
    said = {key: config.get(key) for key in needed}
    lines = [_unusable(key, why, said[key]) for key, why in sorted(needed.items())]
    lines += [_in_clear(key) for key in sorted({*OPTIONAL, *needed})]
    if any(lines) or any(lines := list(_certificate_lines(said, names, now))):
        found = "\n".join(filter(None, lines))
        raise SettingsError(f"stack {pulumi.get_stack()}: secrets are not usable\n{found}")
    return Secrets(
        kubeconfig=config.get_secret("kubeconfig"),
        registry_credentials=config.get_secret("registryCredentials"),
        needed={key: config.require_secret(key) for key in needed},
    )


def _in_clear(key: str) -> str:
    """What to do about a secret that stands in the stack's file for everybody; "" otherwise."""
    name, stack = f"kubeflow:{key}", pulumi.get_stack()
    if pulumi.Config("kubeflow").get(key) is None or is_config_secret(name):
        return ""
    return (
        f"  {name}: stands in clear in stacks/Pulumi.{stack}.yaml; encrypt it: "
        f"pulumi config set --secret {name} -s {stack}, and replace it, if others have seen it"
    )


def _unusable(key: str, why: str, value: str | None) -> str:
    """What is wrong with a secret and the way out, without the secret; "" when it will do."""
    fix = f"pulumi config set --secret kubeflow:{key} -s {pulumi.get_stack()}"
    if key in FILES:
        fix += " < FILE"  # asked at a prompt, the command takes one line
    if value is None:
        return f"  kubeflow:{key}: is missing; {why} needs it: {fix}"
    if not value.strip():
        return f"  kubeflow:{key}: is empty; {why} needs it: {fix}"
    if value.strip().lower() in EVERYBODY_KNOWS:
        return f"  kubeflow:{key}: is a value that everybody knows; generate another: {fix}"
    return ""


def _certificate_lines(
    said: Mapping[str, str | None], names: Sequence[str], now: datetime
) -> Iterator[str]:
    certificate, key = said.get(CERTIFICATE), said.get(KEY)
    if certificate and key:
        found = certificate_mistakes(certificate, key, names, now)
        yield from (f"  kubeflow:{name}: {why}" for name, why in found)
