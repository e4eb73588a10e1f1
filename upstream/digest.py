"""The digest of a folder's content, independent of archives, compression and folder names."""

import hashlib
from pathlib import Path


def file_digest(path: Path) -> str:
    """The sha256 of one file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tree_digest(folder: Path) -> str:
    """sha256 over the byte-sorted lines `sha256(file)  relative/path` of all regular files."""
    lines = sorted(
        f"{file_digest(path)}  {path.relative_to(folder).as_posix()}\n".encode()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    )
    return hashlib.sha256(b"".join(lines)).hexdigest()


def text_digest(*parts: str) -> str:
    """sha256 over several texts, each kept apart from the next."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}:{part}".encode())
    return digest.hexdigest()
