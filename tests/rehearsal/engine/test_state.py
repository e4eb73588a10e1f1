"""The state survives a kill at any byte, and keeps no secret in clear."""

import json
import os
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from rehearsal.engine.state import State
from rehearsal.errors import RehearsalError
from tests.rehearsal.engine.shapes import resource

KEY = Fernet.generate_key()


def test_what_was_put_is_there_again(tmp_path: Path) -> None:
    state = State(tmp_path, KEY)
    state.put(resource("one"))
    state.put(resource("two"))
    state.forget(resource("two"))
    assert list(State(tmp_path, KEY)) == [resource("one")]
    state.fold()
    assert list(State(tmp_path, KEY)) == [resource("one")]
    assert (tmp_path / "journal.jsonl").read_text() == ""


def test_a_journal_cut_at_any_byte_loses_at_most_its_last_step(tmp_path: Path) -> None:
    state = State(tmp_path, KEY)
    state.put(resource("one"))
    whole = len((tmp_path / "journal.jsonl").read_bytes())
    state.put(resource("two"))
    text = (tmp_path / "journal.jsonl").read_bytes()
    for cut in range(whole, len(text)):
        (tmp_path / "journal.jsonl").write_bytes(text[:cut])
        names = [one.name for one in State(tmp_path, KEY)]
        assert names in (["one"], ["one", "two"])


def test_what_is_written_after_a_cut_is_read_again(tmp_path: Path) -> None:
    State(tmp_path, KEY).put(resource("one"))
    with (tmp_path / "journal.jsonl").open("a") as journal:
        journal.write('["put", {"urn": "half')
    State(tmp_path, KEY).put(resource("two"))
    assert [one.name for one in State(tmp_path, KEY)] == ["one", "two"]


def test_no_secret_is_in_the_files(tmp_path: Path) -> None:
    state = State(tmp_path, KEY)
    state.put(resource("one", outputs={"password": "canary"}))
    assert "canary" not in (tmp_path / "journal.jsonl").read_text()
    state.fold()
    text = (tmp_path / "state.json").read_text()
    assert "canary" not in text
    assert json.loads(text)["resources"][0]["inputs"]["a"] == 1
    assert (tmp_path / "state.json").stat().st_mode & 0o077 == 0


def test_the_old_half_of_a_replacement_stays_until_it_is_gone(tmp_path: Path) -> None:
    state = State(tmp_path, KEY)
    state.put(resource("one"))
    state.set_aside(resource("one"))
    state.put(resource("one", id="new"))
    assert {one.id for one in State(tmp_path, KEY)} == {"one", "new"}
    state.forget(resource("one"))
    assert [one.id for one in State(tmp_path, KEY)] == ["new"]


def test_another_passphrase_is_said_to_be_one(tmp_path: Path) -> None:
    State(tmp_path, KEY).put(resource("one"))
    with pytest.raises(RehearsalError, match="encrypted with another passphrase"):
        State(tmp_path, Fernet.generate_key())


@pytest.mark.parametrize("text", ["{", "[]", '{"resources": [{"urn": "x"}]}', '{"resources": 1}'])
def test_a_damaged_state_is_one_clear_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)
    with pytest.raises(RehearsalError, match=r"state\.json is damaged .* removing"):
        State(tmp_path, KEY)


def test_a_damaged_journal_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_bytes(b"\xff\n")
    with pytest.raises(RehearsalError, match=r"journal\.jsonl is damaged"):
        State(tmp_path, KEY)


def test_a_line_that_a_full_disk_cut_is_no_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = State(tmp_path, KEY)
    state.put(resource("one"))
    whole = os.write
    monkeypatch.setattr(os, "write", lambda file, line: whole(file, line[: len(line) // 2]))
    with pytest.raises(OSError, match="No space left"):
        state.put(resource("two"))
    monkeypatch.undo()
    state.put(resource("three"))
    assert [one.name for one in State(tmp_path, KEY)] == ["one", "three"]
