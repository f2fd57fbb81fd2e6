"""A way to PostgreSQL on which its machine can lose its power: connections stay open, and nothing comes any more."""

from __future__ import annotations

import contextlib
import socket
import threading

from sqlalchemy import create_engine

from werkstatt.db import engine_options


class Way:
    """A proxy that a test can cut; whoever connects after the cut is served again."""

    def __init__(self, url):
        self._there = (url.host, url.port or 5432)
        self._listens = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._cut = threading.Event()
        self.engine = create_engine(
            url.set(host="127.0.0.1", port=self._listens.getsockname()[1]), **engine_options(url.drivername)
        )
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Nothing of what goes over the connections that are open now arrives any more."""
        self._cut.set()
        self._cut = threading.Event()

    def close(self) -> None:
        self.engine.dispose()
        for one in (self._listens, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listens.accept()
                there = socket.create_connection(self._there)
                self._open += [here, there]
                for ends in ((here, there), (there, here)):
                    threading.Thread(target=self._carry, args=(*ends, self._cut), daemon=True).start()

    @staticmethod
    def _carry(source: socket.socket, target: socket.socket, cut: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                if not cut.is_set():
                    target.sendall(part)
