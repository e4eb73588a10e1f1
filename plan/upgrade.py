"""What an operator must know about going from one release of Kubeflow to another. Pure."""

from collections.abc import Mapping

from upstream.advice import Note


def upgrade_words(
    running: str | None, planned: str, notes: Mapping[str, tuple[Note, ...]]
) -> str | None:
    """A line per note of every release on the way; None when the release stays or is the first.

    `notes` are by release, oldest first.
    """
    if running is None or running == planned:
        return None
    known = list(notes)
    if running not in known:
        return (
            f"the cluster runs Kubeflow {running}, which this checkout does not know: "
            f"nobody can tell what going to {planned} means"
        )
    if known.index(running) > known.index(planned):
        return (
            f"going back from Kubeflow {running} to {planned}: nobody tests the way back, and what "
            "the newer release has written (stored versions of objects, databases) stays as it is"
        )
    way = known[known.index(running) + 1 : known.index(planned) + 1]
    lines = [
        f"  {release}: {note.text} [{note.source}]" for release in way for note in notes[release]
    ]
    return "\n".join([f"upgrade of Kubeflow from {running} to {planned}:", *lines])
