"""Entity tags as they come back: a proxy that compresses writes them otherwise than they were sent.

Behind one ``"r1"`` arrives as ``"r1-gzip"`` (Caddy, Apache) or ``W/"r1"`` (nginx), and a client
gives back what it got. What a tag stands for is the same, so both headers are read as the service
wrote the tag; a weak form then compares in ``If-Match`` as the strong one does, for it names a
revision and not bytes.
"""

from __future__ import annotations

import re

from flask import Flask, request

_CODED = re.compile(r'[-;]+(?:gzip|br|zstd|deflate)"')
_WEAK = re.compile(r'\bW/(?=")')


def init_app(app: Flask) -> None:
    """Read the tags of every request."""
    app.before_request(_read_tags)


def _read_tags() -> None:
    for name in ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"):
        sent = request.environ.get(name)
        if sent is not None:
            request.environ[name] = _WEAK.sub("", _CODED.sub('"', sent))
