"""Certificates of the rehearsal's authority, made when first asked for."""

import ssl
import threading
from dataclasses import dataclass
from pathlib import Path

from rehearsal.cluster.pki import Pair, Wish, issue


@dataclass(frozen=True, kw_only=True)
class Authority:
    """The rehearsal's authority, as the stand-ins use it."""

    pair: Pair

    @property
    def bundle(self) -> str:
        """What those who trust it must know."""
        return self.pair.certificate

    def issue(self, wish: Wish) -> Pair:
        """A new certificate."""
        return issue(self.pair, wish)


class Contexts:
    """A TLS context per server name; Python's ssl wants files, so they lie in `folder`."""

    def __init__(self, authority: Authority, folder: Path) -> None:
        self._authority, self._folder = authority, folder
        self._known: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        folder.mkdir(mode=0o700, exist_ok=True)
        self.first = self.of("unnamed")
        self.first.sni_callback = self._choose

    def of(self, name: str) -> ssl.SSLContext:
        """The context that proves to be `name`."""
        with self._lock:
            if name not in self._known:
                self._known[name] = self._make(name)
            return self._known[name]

    def _choose(self, tls: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        if name:
            tls.context = self.of(name)

    def _make(self, name: str) -> ssl.SSLContext:
        pair = self._authority.issue(Wish(common_name=name, names=(name,)))
        file = self._folder / f"{name.replace('/', '_')}.pem"
        file.touch(mode=0o600)
        file.write_text(pair.key + pair.certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context
