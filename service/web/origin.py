"""Where a request came from, judged by the request as it arrived, before any proxy is believed."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from flask import Flask, request

from service.running import Carried
from service.settings import Settings, is_loopback
from service.web.logs import log

_PASSED_ON = (
    *("HTTP_X_FORWARDED", "HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP", "HTTP_X_ORIGINAL_"),
    *("HTTP_X_CLIENT_IP", "HTTP_X_CLUSTER_CLIENT_IP", "HTTP_TRUE_CLIENT_IP", "HTTP_CLIENT_IP"),
    *("HTTP_CF_", "HTTP_CDN_LOOP", "HTTP_FASTLY_", "HTTP_X_ENVOY_", "HTTP_X_AMZN_", "HTTP_X_ARR_"),
    *("HTTP_X_AZURE_", "HTTP_FLY_", "HTTP_X_CLOUD_TRACE_CONTEXT", "HTTP_X_PROXYUSER_IP"),
)
"""How headers begin that a proxy adds to what it passes on; no browser or program sends them."""
_PORT = re.compile(r":[0-9]*$")
_NEAR = [
    ip_network(each)
    for each in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
]
"""This machine and what networks of one's own are made of (RFC 1918, 4193, 4291)."""
_NETWORK = 64
"""Bits of an IPv6 address that tell whose it is: the rest is its owner's to choose."""


class _Once:
    """Lets one caller through, ever."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def first(self) -> bool:
        """Return whether nobody asked before."""
        return self._lock.acquire(blocking=False)


_said: Carried[_Once] = Carried("proxy_seen")


def init_app(app: Flask, settings: Settings) -> None:
    """Say once in the log that there is a proxy where none is set: its callers look like one."""
    _said.give(app, _Once())
    if not settings.proxy:
        app.before_request(_tell_of_proxy)


def _tell_of_proxy() -> None:
    header = _header_of_a_proxy(request.environ)
    if header and _said().first():
        log.warning(
            "proxy_not_set", header=header, setting="LEERMATCH_PROXY", see="docs/operate.md"
        )


def _header_of_a_proxy(environ: Mapping[str, Any]) -> str:
    """Return a header that a proxy added, as it is written; empty when there is none."""
    found = next((name for name in environ if name.startswith(_PASSED_ON)), "")
    return found.removeprefix("HTTP_").replace("_", "-").title()


def host_of() -> str:
    """Return the name in the request, without a port."""
    return _PORT.sub("", request.environ.get("HTTP_HOST", ""))


def from_this_machine() -> bool:
    """Return whether the request at hand was made on the machine that answers it.

    To a service behind a proxy on the same machine everybody comes from this machine. So what a
    proxy passed on was not, by the headers that it adds, whether or not proxies are believed here;
    and who forges such a header only shuts himself out. A proxy that adds nothing at all, and asks
    for this machine's own name, cannot be told from a browser on it: what must not be open to the
    world may not rest on this alone.
    """
    if _header_of_a_proxy(request.environ):
        return False
    return is_loopback(request.remote_addr) and is_loopback(host_of() or "localhost")


def counted_address(proxies: int) -> str:
    """Return under which address the request at hand is counted; never whom to trust.

    Where ``proxies`` are set it is what the last of them saw. Where none is, and the connection
    comes from this machine or its own network, what a proxy says after all keeps its callers
    apart: without it one who is refused would shut out all others. Of IPv6 the network counts.
    """
    address = request.remote_addr or ""
    if not proxies and _is_near(address):
        said = request.headers.get("X-Forwarded-For") or request.headers.get("X-Real-IP") or ""
        with suppress(ValueError):
            address = str(ip_address(said.rpartition(",")[2].strip().strip("[]")))
    with suppress(ValueError):
        if isinstance(ip_address(address), IPv6Address):
            return str(ip_network((address, _NETWORK), strict=False))
    return address


def _is_near(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in _NEAR)
