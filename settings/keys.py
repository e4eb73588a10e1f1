"""What a stack may say beside `kubeflow:settings`: secrets, each a key of its own."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from settings.mistakes import SettingsError

PROJECT = "kubeflow"
SETTINGS = f"{PROJECT}:settings"
OPTIONAL = ("kubeconfig", "registryCredentials")  # secrets that no plan asks for
CLOSE = 0.8  # of the whole key, half of which is the project's name
SECRETS = frozenset(
    {
        *OPTIONAL,
        "alertWebhookUrl",
        "digitaloceanDnsToken",
        "katibDatabasePassword",
        "loginClientSecret",
        "objectStoreAccessKey",
        "objectStoreSecretKey",
        "pagerDutyKey",
        "pipelinesDatabasePassword",
        "registryDatabasePassword",
        "slackWebhookUrl",
        "smtpPassword",
        "tlsCertificate",
        "tlsKey",
    }
)


def refuse_unknown_keys(stack: str, keys: Iterable[str]) -> None:
    """Raises `SettingsError` naming each of a stack's keys, such as `kubeflow:tlsKey`, not known.

    Nobody would read it, and what it was meant for would go without. Keys of other projects, like
    `aws:region`, are whose they are.
    """
    if lines := "\n".join(_mistakes(stack, keys)):
        raise SettingsError(f"stack {stack}: keys that nothing reads\n{lines}")


def _mistakes(stack: str, keys: Iterable[str]) -> Iterator[str]:
    for key in sorted(keys):
        project, _, name = key.partition(":")
        if project == PROJECT and key != SETTINGS and name not in SECRETS:
            remove = f"pulumi config rm {key} -s {stack}"
            yield f"  {key}: unknown key; {_hint(key)}; to remove it: {remove}"


def _hint(key: str) -> str:
    if key.startswith((f"{SETTINGS}.", f"{SETTINGS}[")):
        return f"a part of the settings is set with: pulumi config set --path {key}"
    known = (SETTINGS, *(f"{PROJECT}:{name}" for name in sorted(SECRETS)))
    names = {one.lower(): one for one in known}
    begun = [name for lower, name in names.items() if lower.startswith(key.lower())]
    if len(begun) == 1:
        return f"did you mean {begun[0]}?"
    if close := get_close_matches(key.lower(), names, n=1, cutoff=CLOSE):
        return f"did you mean {names[close[0]]}?"
    return f"use one of {', '.join(known)}"
