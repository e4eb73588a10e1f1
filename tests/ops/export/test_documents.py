"""What is written reads back as it was, by YAML 1.1 here and by kustomize in test_export."""

from hypothesis import given
from hypothesis import strategies as st

from ops.export.documents import as_yaml
from upstream.documents import read_documents

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"))) | (
    st.sampled_from(
        ["1e3", "0o7", "no", "~", "", "=", "12:30", "line\nline\n", "  two\nspaces ", "a: b"]
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=10,
)


@given(st.lists(st.dictionaries(TEXTS, VALUES, min_size=1)))
def test_every_document_reads_back_as_it_was(documents: list[dict[str, object]]) -> None:
    assert read_documents(as_yaml(documents)) == tuple(documents)


def test_text_that_another_reader_takes_for_a_number_is_quoted() -> None:
    assert as_yaml([{"a": "1e3", "b": 1000, "c": "text"}]) == '---\na: "1e3"\nb: 1000\nc: text\n'


def test_what_two_documents_share_is_written_twice() -> None:
    shared = {"name": "one"}
    assert as_yaml([{"a": shared, "b": shared}]).count("name: one") == 2
