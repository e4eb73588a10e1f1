"""What stands beside the settings is known by its key, or refused with the way out."""

import pytest

from plan.ingress import CERTIFICATE_KEYS, CLIENT_SECRET, DNS_TOKEN
from plan.monitoring import WORDS
from plan.stores import OBJECT_KEYS, PASSWORDS
from settings.keys import OPTIONAL, SECRETS, SETTINGS, refuse_unknown_keys
from settings.mistakes import SettingsError

NEEDED = {CLIENT_SECRET, DNS_TOKEN, *CERTIFICATE_KEYS, *OBJECT_KEYS, *PASSWORDS.values(), *WORDS}
ALL = (SETTINGS, *(f"kubeflow:{name}" for name in sorted(SECRETS)))


def test_every_secret_that_a_plan_may_ask_for_is_known_and_no_other() -> None:
    assert {*OPTIONAL, *NEEDED} == SECRETS


def test_what_is_read_and_what_is_others_passes() -> None:
    refuse_unknown_keys("x", [*ALL, "aws:region", "pulumi:disable-default-providers"])


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("kubeflow:kubeconfg", "did you mean kubeflow:kubeconfig?"),
        ("kubeflow:setting", "did you mean kubeflow:settings?"),
        ("kubeflow:tlsCert", "did you mean kubeflow:tlsCertificate?"),
        ("kubeflow:tlskey", "did you mean kubeflow:tlsKey?"),
        ("kubeflow:tls-certificate", "did you mean kubeflow:tlsCertificate?"),
        (
            "kubeflow:settings.teardown.userWorkloads",
            "a part of the settings is set with: "
            "pulumi config set --path kubeflow:settings.teardown.userWorkloads",
        ),
        ("kubeflow:teams", f"use one of {', '.join(ALL)}"),
    ],
)
def test_a_key_that_nothing_reads_is_refused_with_the_way_out(key: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        refuse_unknown_keys("mine", [*ALL, key])
    assert str(caught.value) == (
        "stack mine: keys that nothing reads\n"
        f"  {key}: unknown key; {hint}; to remove it: pulumi config rm {key} -s mine"
    )
