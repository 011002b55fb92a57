"""Browsers and programs that opened the link with which a service on this machine opens."""

from http.cookies import SimpleCookie

from flask import Response
from flask.testing import FlaskClient

from service.access import local_link


def cookie_of(app, port=80):
    """Return name and value of the cookie that the link of an application gives."""
    answer = Response()
    with app.test_request_context(base_url=f"http://localhost:{port}"):
        local_link.give_cookie(answer)
    (cookie,) = SimpleCookie(answer.headers["Set-Cookie"]).values()
    return cookie.key, cookie.value


class OpenedClient(FlaskClient):
    """A client that opened the link, where nobody signs in."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        settings = self.application.extensions.get("leermatch.settings")
        if settings is not None and settings.auth == "none":
            self.set_cookie(*cookie_of(self.application))
