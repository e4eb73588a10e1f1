"""An exported state is read as what it is, secrets left shut."""

import json
from pathlib import Path

import pytest

from ops.__main__ import main
from policies.model import UNKNOWN
from policies.state import SECRET, SIGNATURE, NoStateError, exported_resources

KEY = "aws:kms/key:Key"
SHUT = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}


def exported(**inputs: object) -> str:
    urn = f"urn:pulumi:aws-prod::kubeflow::kubeflow:aws:AwsCluster${KEY}::secrets"
    return json.dumps(
        {"version": 3, "deployment": {"resources": [{"urn": urn, "type": KEY, "inputs": inputs}]}}
    )


def test_resources_are_read_with_their_inputs_and_without_their_secrets() -> None:
    left = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    (key,) = exported_resources(exported(enableKeyRotation=True, token=SHUT, a=[{"b": left}]))
    assert (key.type, key.name) == (KEY, "secrets")
    assert key.inputs == {"enableKeyRotation": True, "token": SECRET, "a": [{"b": UNKNOWN}]}


def test_a_stack_is_read_with_its_outputs() -> None:
    kind = "pulumi:pulumi:Stack"
    urn = f"urn:pulumi:aws-prod::kubeflow::{kind}::kubeflow-aws-prod"
    outputs = {"cost": {"complete": True}, "adminPassword": SHUT}
    one = {"urn": urn, "type": kind, "inputs": {"a": 1}, "outputs": outputs}
    (stack,) = exported_resources(json.dumps({"deployment": {"resources": [one]}}))
    assert stack.inputs == {"cost": {"complete": True}, "adminPassword": SECRET}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"deployment": {"resources": [{}]}}', "3"])
def test_what_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(NoStateError, match="pulumi stack export"):
        exported_resources(text)


def test_a_stack_of_nothing_has_no_resources() -> None:
    assert exported_resources('{"deployment": null}') == ()


def test_a_deployed_stack_of_prod_is_sound_or_not(
    tmp_path: Path, project_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "state.json"
    asked = ["policies", "aws-prod", "--state", str(file)]
    file.write_text(exported(enableKeyRotation=True))
    assert main(asked, project_root) == 0
    assert "0 broken" in capsys.readouterr().out

    file.write_text(exported(enableKeyRotation=False))
    assert main(asked, project_root) == 1
    assert "keys-are-rotated: Key secrets" in capsys.readouterr().out

    asked[1] = "aws-dev"
    assert main(asked, project_root) == 0
    assert "keys-are-rotated: Key secrets" in capsys.readouterr().out


def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, project_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "no.json")
    assert main(["policies", "aws-prod", "--state", missing], project_root) == 1
    assert "no.json" in capsys.readouterr().err
