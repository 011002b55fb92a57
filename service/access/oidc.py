"""Signing in with an organisation's own OpenID provider: code flow with state, nonce and PKCE.

The provider tells who somebody is in the ID token. The claim ``leermatch_role`` (one of the roles,
or a list of which exactly one is a role) and the claim ``organisation`` say what they may do and
for whom; both names can be set. Who lacks one of them is known to the provider and not to us.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask
from joserfc.errors import JoseError
from werkzeug.wrappers import Response

from service.caller import ROLES
from service.errors import ServiceError
from service.running import Carried
from service.settings import Settings
from service.store.sessions import Person
from service.web.logs import frames_of, log

SECONDS_TO_WAIT = 5
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""Signatures that need the provider's own key: not ``none``, and none with a shared secret."""
_NAMES = ("preferred_username", "email", "name", "sub")


class Refused(ServiceError):
    """The provider did not vouch for anybody, or not in a way that can be trusted."""


class Silent(ServiceError):
    """The provider does not answer."""


class Unknown(ServiceError):
    """The provider vouches for somebody who has no role here."""


class Provider:
    """The provider of an application, found by its issuer."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        issuer = settings.oidc_issuer.rstrip("/")
        self._settings = settings
        self._client = OAuth(app).register(
            "provider",
            client_id=settings.oidc_client,
            client_secret=settings.oidc_secret,
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid profile email",
                "code_challenge_method": "S256",
                "default_timeout": SECONDS_TO_WAIT,
            },
        )

    def send(self, back: str) -> Response:
        """Send the browser to the provider, to come back at an address; Silent."""
        try:
            self._look()
            sent: Response = self._client.authorize_redirect(back)
        except (requests.RequestException, ValueError, RuntimeError) as error:
            raise self._silent(error) from error
        return sent

    def receive(self) -> Person:
        """Return for whom the provider vouches in the request at hand; Refused, Silent, Unknown."""
        try:
            self._look()
            issuer = {"essential": True, "value": self._client.server_metadata["issuer"]}
            token = self._client.authorize_access_token(claims_options={"iss": issuer})
        except (OAuthError, JoseError) as error:
            log.warning("sign_in_refused", reason="provider", **frames_of(error))
            raise Refused from error
        except (requests.RequestException, ValueError, RuntimeError) as error:
            raise self._silent(error) from error
        claims = token.get("userinfo")
        if not claims:
            log.warning("sign_in_refused", reason="no_id_token")
            raise Refused
        return self._person(claims)

    def _look(self) -> None:
        """Read what the provider says of itself, once, and hold it to who it should be."""
        told = self._client.load_server_metadata()
        if told.get("issuer") != self._settings.oidc_issuer:
            told.clear()
            raise ValueError("another issuer")
        told["id_token_signing_alg_values_supported"] = ALGORITHMS

    def _person(self, claims: Mapping[str, Any]) -> Person:
        said = claims.get(self._settings.oidc_role_claim)
        named = said if isinstance(said, list) else [said]
        roles = [role for role in ROLES if role in named]
        organisation = claims.get(self._settings.oidc_organisation_claim)
        name = next((claims[each] for each in _NAMES if claims.get(each)), None)
        if len(roles) != 1 or not _is_name(organisation) or not _is_name(name):
            log.warning("sign_in_refused", reason="no_role")
            raise Unknown
        return Person("oidc", str(name), str(organisation), roles[0])

    def _silent(self, error: Exception) -> Silent:
        log.error("provider_unavailable", **frames_of(error))
        return Silent()


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and 0 < len(value.strip()) <= 80


current_provider: Carried[Provider] = Carried("oidc")


def init_app(app: Flask, settings: Settings) -> None:
    """Let an application sign people in with its provider."""
    current_provider.give(app, Provider(app, settings))
