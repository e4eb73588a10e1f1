"""An OpenID provider as Dex's rendered configuration says; the protocol is Authlib's."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import bcrypt
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from authlib.oidc.core.models import AuthorizationCodeMixin
from flask import Flask, Response, redirect, request
from joserfc.jwk import RSAKey

KEY = RSAKey.generate_key(2048, {"use": "sig", "kid": "of this test"}, auto_kid=False)
HOUR = 3600
PAGE = """<!doctype html><title>Log in</title><h1>Log in to Your Account</h1>
<form method="post"><input id="login" name="login" type="email"><input id="password"
name="password" type="password"><button id="submit-login">Login</button><p id="said">{said}</p>
</form>"""


class Client:
    """The one client that Dex knows, in Authlib's words."""

    def __init__(self, said: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        self.id = environment[said["idEnv"]]
        self.secret = environment[said["secretEnv"]]
        self.redirects = said["redirectURIs"]

    def get_client_id(self) -> str:
        return self.id

    def get_default_redirect_uri(self) -> str:
        return str(self.redirects[0])

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, uri: str) -> bool:
        return uri in self.redirects

    def check_client_secret(self, secret: str) -> bool:
        return secret == self.secret

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint == "token" and method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, kind: str) -> bool:
        return kind == "code"

    def check_grant_type(self, kind: str) -> bool:
        return kind == "authorization_code"


class Code(AuthorizationCodeMixin):
    """A code on its way to the client."""

    def __init__(self, email: str, payload: Any) -> None:
        self.email = email
        self.redirect_uri = payload.redirect_uri
        self.scope = payload.scope
        self.nonce: str = payload.data.get("nonce", "")
        self.auth_time = int(time.time())
        self.code_challenge = payload.data.get("code_challenge")
        self.code_challenge_method = payload.data.get("code_challenge_method")

    def get_redirect_uri(self) -> str:
        return str(self.redirect_uri)

    def get_scope(self) -> str:
        return str(self.scope)

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.auth_time


def make_provider(config: Mapping[str, Any], environment: Mapping[str, str]) -> Flask:
    """Dex's endpoints below its issuer's path, for its static clients and passwords."""
    issuer = config["issuer"]
    base = urlsplit(issuer).path
    seconds = int(str(config["expiry"]["idTokens"]).removesuffix("h")) * HOUR
    clients = {one.id: one for one in (Client(c, environment) for c in config["staticClients"])}
    people = {one["email"]: environment[one["hashFromEnv"]] for one in config["staticPasswords"]}
    codes: dict[str, Code] = {}

    class Codes(AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

        def save_authorization_code(self, code: str, asked: Any) -> None:
            codes[code] = Code(asked.user, asked.payload)

        def query_authorization_code(self, code: str, _client: Any) -> Code | None:
            return codes.get(code)

        def delete_authorization_code(self, code: Code) -> None:
            for key in [key for key, value in codes.items() if value is code]:
                del codes[key]

        def authenticate_user(self, code: Code) -> str:
            return code.email

    class Tokens(OpenIDCode):
        def exists_nonce(self, nonce: str, _request: Any) -> bool:
            return any(code.nonce == nonce for code in codes.values())

        def get_encode_header(self, _client: Client) -> dict[str, str]:
            return {"alg": "RS256", "kid": str(KEY.kid)}

        def resolve_client_private_key(self, _client: Client) -> RSAKey:
            return KEY

        def get_client_algorithm(self, _client: Client) -> str:
            return "RS256"

        def get_client_claims(self, client: Client) -> dict[str, Any]:
            now = int(time.time())
            return {"iss": issuer, "aud": [client.id], "iat": now, "exp": now + seconds}

        def generate_user_info(self, email: str, _scope: str) -> UserInfo:
            return UserInfo(sub=email, email=email, email_verified=True, name=email)

    app = Flask("dex")
    server = AuthorizationServer(app, query_client=clients.get, save_token=lambda *_: None)
    server.register_grant(Codes, [Tokens(require_nonce=False), CodeChallenge(required=True)])

    @app.get(f"{base}/auth")
    def ask() -> Response:
        return redirect(f"{base}/auth/local/login?{urlencode(request.args)}")  # type: ignore[return-value]

    @app.route(f"{base}/auth/local/login", methods=["GET", "POST"])
    def log_in() -> Any:
        if request.method == "GET":
            return PAGE.format(said="")
        email, password = request.form["login"], request.form["password"]
        known = people.get(email, "").encode()
        if not known or not bcrypt.checkpw(password.encode(), known):
            return PAGE.format(said="Invalid Email Address and password."), 401
        grant = server.get_consent_grant(end_user=email)  # type: ignore[no-untyped-call]
        return server.create_authorization_response(grant_user=email, grant=grant)

    @app.post(f"{base}/token")
    def give() -> Any:
        return server.create_token_response()

    @app.get(f"{base}/keys")
    def keys() -> dict[str, Any]:
        return {"keys": [KEY.as_dict(private=False)]}

    inner = app.wsgi_app

    def behind_tls(environ: Any, start_response: Any) -> Any:
        """The gateway ended it, or it is inside: Authlib takes plain HTTP from nobody."""
        return inner({**environ, "wsgi.url_scheme": "https"}, start_response)

    app.wsgi_app = behind_tls  # type: ignore[method-assign]  # as Flask's documentation does
    return app
