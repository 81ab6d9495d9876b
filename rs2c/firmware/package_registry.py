"""Whether PlatformIO's package registry can be reached, found out in seconds: PlatformIO tries for a minute."""

from __future__ import annotations

import socket
import threading
import urllib.parse
import urllib.request

HOST = "api.registry.platformio.org"
TIMEOUT_SECONDS = 2.5


def registry_reachable() -> bool:
    """Whether a connection to the registry, or to the proxy that stands before it, is accepted."""
    host, port = _address()
    accepted: list[bool] = []

    def connect() -> None:
        try:
            socket.create_connection((host, port), timeout=TIMEOUT_SECONDS).close()
            accepted.append(True)
        except OSError:
            pass

    # the time limit of a connection does not hold for the look-up of a name: that may take minutes
    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(TIMEOUT_SECONDS)
    return bool(accepted)


def _address() -> tuple[str, int]:
    proxy = urllib.request.getproxies().get("https")
    if not proxy or urllib.request.proxy_bypass(HOST):
        return HOST, 443
    parts = urllib.parse.urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    return parts.hostname or HOST, parts.port or 80
