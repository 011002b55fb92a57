"""An OpenID provider in a process of its own: pyop, a library made to be one in production.

``python openid_provider.py PORT CLIENT_SECRET``: it serves until it is stopped. Who signs in
there is chosen on its page by posting ``user``.
"""

import json
import sys
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, make_server

from Cryptodome.PublicKey import RSA
from jwkest.jwk import RSAKey
from pyop.authz_state import AuthorizationState
from pyop.exceptions import (
    InvalidAuthenticationRequest,
    InvalidClientAuthentication,
    OAuthError,
)
from pyop.provider import Provider
from pyop.subject_identifier import HashBasedSubjectIdentifierFactory
from pyop.userinfo import Userinfo

USERS = {
    "anna": {"organisation": "Ynbusiness", "leermatch_role": "advisor"},
    "bea": {"organisation": "Ynbusiness", "leermatch_role": ["staff", "researcher"]},
    "roleless": {"organisation": "Ynbusiness"},
    "homeless": {"leermatch_role": "advisor"},
    "stranger": {"organisation": "Ynbusiness", "leermatch_role": "owner"},
    "doubtful": {"organisation": "Ynbusiness", "leermatch_role": ["advisor", "administrator"]},
}


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def provider(issuer, secret):
    told = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/keys",
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
    }
    clients = {
        "leermatch": {
            "client_id": "leermatch",
            "client_secret": secret,
            "redirect_uris": ["http://localhost/aanmelden/terug"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_basic",
        }
    }
    key = RSAKey(key=RSA.generate(2048), kid="one", alg="RS256", use="sig")
    state = AuthorizationState(HashBasedSubjectIdentifierFactory("salt"))
    people = Userinfo({name: {"preferred_username": name} for name in USERS})
    # It takes no issuer without TLS; on this machine itself there is nobody between.
    safe = {name: _over_tls(value) for name, value in told.items()}
    made = Provider(key, safe, state, clients, people)
    made.configuration_information.update(told)
    return made


def _over_tls(value):
    return value.replace("http://", "https://") if isinstance(value, str) else value


def application(made):
    def answer(environ, start):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length).decode()
        try:
            status, headers, said = respond(made, environ, body)
        except (InvalidAuthenticationRequest, InvalidClientAuthentication, OAuthError) as error:
            fault = {"error": getattr(error, "oauth_error", None) or "invalid_client"}
            status, headers, said = "400 Bad Request", [], json.dumps(fault)
        start(status, [("Content-Type", "application/json"), *headers])
        return [said.encode()]

    return answer


def respond(made, environ, body):
    path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
    if path == "/.well-known/openid-configuration":
        return "200 OK", [], made.provider_configuration.to_json()
    if path == "/keys":
        return "200 OK", [], json.dumps(made.jwks)
    if path == "/token":
        http = {"Authorization": environ.get("HTTP_AUTHORIZATION")}
        return "200 OK", [], made.handle_token_request(body, http, claims_of).to_json()
    asked = made.parse_authentication_request(query)
    name = parse_qs(body)["user"][0]
    back = made.authorize(asked, name).request(asked["redirect_uri"])
    return "303 See Other", [("Location", back)], ""


def claims_of(name, _client):
    return {"preferred_username": name} | USERS[name]


def main():
    port, secret = int(sys.argv[1]), sys.argv[2]
    with make_server("127.0.0.1", port, None, handler_class=Quiet) as server:
        issuer = f"http://127.0.0.1:{server.server_port}"
        server.set_app(application(provider(issuer, secret)))
        print(issuer, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
