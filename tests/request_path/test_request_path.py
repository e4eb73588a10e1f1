"""From a browser to the dashboard, through what the stack renders: who gets there, and as whom.

oauth2-proxy is the real one; the gateway does what the rendered objects say (gateway.py); the
provider is set up from Dex's configuration (provider.py).
"""

import base64
import hashlib
import hmac
import re
import socket
import ssl
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from plan.machines import AUDIENCE
from tests.request_path.conftest import Way
from tests.request_path.models import OPEN, SHUT
from tests.request_path.provider import KEY as DEX_KEY
from tests.request_path.rendered import (
    ADMIN,
    CLUSTER_ISSUER,
    CLUSTER_KEY,
    DOMAIN,
    PASSWORD,
    STRANGER,
    TEAM,
)
from tests.request_path.solver import CHALLENGE

HOME = f"https://{DOMAIN}/"
SIGN_IN = f"https://{DOMAIN}/oauth2/start?rd=%2F"
COOKIE = "oauth2_proxy_kubeflow"
OTHER_TEAM = "system:serviceaccount:other:default-editor"
Headers = Callable[[], dict[str, str]]


def log_in(client: httpx.Client, password: str = PASSWORD, email: str = ADMIN) -> httpx.Response:
    """As a person does: asks for the page, follows the way to the form, fills it in."""
    form = client.get(SIGN_IN, follow_redirects=True)
    assert form.url.path == "/dex/auth/local/login", form.text
    said = {"login": email, "password": password}
    return client.post(form.url, data=said, follow_redirects=True)


def userid(page: httpx.Response) -> str:
    (found,) = re.findall(r"<p id=userid>(.*?)</p>", page.text)
    return str(found)


def test_the_pinned_program_is_the_one_that_the_stack_runs(way: Way) -> None:
    image = way.platform.container("oauth2-proxy", "oauth2-proxy")["image"]
    pinned = (Path(__file__).parents[2] / "tools" / "oauth2-proxy" / "go.mod").read_text()
    assert f"github.com/oauth2-proxy/oauth2-proxy/v7 {image.rpartition(':')[2]}" in pinned


def test_nobody_gets_in_without_a_login(way: Way) -> None:
    with way.client() as client:
        page = client.get(HOME)
    assert page.status_code == httpx.codes.FORBIDDEN
    assert "Sign in with e-mail and password" in page.text
    assert "userid" not in page.text


def test_the_generated_password_leads_to_the_dashboard_as_the_admin(way: Way) -> None:
    with way.client() as client:
        page = log_in(client)
        assert page.url == HOME
        assert page.is_success, page.text
        assert userid(page) == ADMIN
        assert client.get(f"{HOME}jupyter/").is_success
    assert page.headers["strict-transport-security"].startswith("max-age=")


def test_the_session_is_a_cookie_that_only_tls_carries(way: Way) -> None:
    with way.client() as client:
        log_in(client)
        (cookie,) = (one for one in client.cookies.jar if one.name == COOKIE)
        assert cookie.secure
        assert cookie.has_nonstandard_attr("HttpOnly")
        assert cookie.get_nonstandard_attr("SameSite", "").lower() == "lax"
        assert cookie.expires is not None


def test_a_wrong_password_stays_at_the_form(way: Way) -> None:
    with way.client() as client:
        page = log_in(client, password="12341234")
        assert page.status_code == httpx.codes.UNAUTHORIZED
        assert client.get(HOME).status_code == httpx.codes.FORBIDDEN


@pytest.mark.parametrize("header", ["kubeflow-userid", "kubeflow-groups", "x-auth-request-email"])
def test_an_identity_from_outside_is_taken_off(way: Way, header: str) -> None:
    with way.client() as client:
        assert (
            client.get(HOME, headers={header: "eve@corp.test"}).status_code == httpx.codes.FORBIDDEN
        )
        log_in(client)
        page = client.get(HOME, headers={header: "eve@corp.test"})
    assert userid(page) == ADMIN
    assert "eve@" not in page.text


def test_a_token_that_dex_did_not_sign_is_refused(way: Way) -> None:
    token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJldmUifQ."
    with way.client() as client:
        page = client.get(HOME, headers={"authorization": f"Bearer {token}"})
    assert page.status_code == httpx.codes.UNAUTHORIZED


def test_another_kind_of_authorization_does_not_pass_by_the_login(way: Way) -> None:
    with way.client() as client:
        page = client.get(HOME, headers={"authorization": "Basic ZXZlOmV2ZQ=="})
    assert page.status_code == httpx.codes.FORBIDDEN
    assert "userid" not in page.text


def test_a_session_that_is_over_or_spoiled_is_no_login(way: Way) -> None:
    with way.client() as client:
        log_in(client)
        (cookie,) = (one for one in client.cookies.jar if one.name == COOKIE)
        value, stamp, signature = str(cookie.value).split("|")
        spoiled = f"{value}|{stamp}|{signature[::-1]}"
        for text in (backdated(way, str(cookie.value)), spoiled):
            client.cookies.set(COOKIE, text, domain=DOMAIN, path="/")
            assert client.get(HOME).status_code == httpx.codes.FORBIDDEN


def backdated(way: Way, cookie: str) -> str:
    """The same session, as it was given yesterday."""
    value, stamp, signature = cookie.split("|")
    assert signature == signed(way, value, stamp), "else it is refused for that"
    yesterday = str(int(stamp) - 25 * 3600)
    return f"{value}|{yesterday}|{signed(way, value, yesterday)}"


def signed(way: Way, value: str, stamp: str) -> str:
    """As oauth2-proxy signs a cookie."""
    secret = way.platform.environment(
        way.platform.container("oauth2-proxy", "oauth2-proxy"), "oauth2-proxy"
    )["OAUTH2_PROXY_COOKIE_SECRET"]
    found = hmac.new(secret.encode(), f"{COOKIE}{value}{stamp}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(found.digest()).decode()


def test_an_address_of_another_domain_does_not_get_in(way: Way) -> None:
    with way.client() as client:
        page = log_in(client, email=STRANGER)
        assert page.status_code == httpx.codes.FORBIDDEN
        assert COOKIE not in client.cookies
        assert client.get(HOME).status_code == httpx.codes.FORBIDDEN


def test_an_api_gets_a_status_and_no_page(way: Way) -> None:
    with way.client() as client:
        page = client.get(
            f"{HOME}pipeline/apis/v2beta1/pipelines", headers={"accept": "application/json"}
        )
        assert page.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)


def test_plain_http_only_leads_to_https(way: Way) -> None:
    with way.client() as client:
        page = client.get(f"http://{DOMAIN}/pipeline/?a=1")
    assert page.status_code == httpx.codes.MOVED_PERMANENTLY
    assert page.headers["location"] == f"https://{DOMAIN}/pipeline/?a=1"


def test_plain_http_at_another_host_still_asks_for_a_login(way: Way) -> None:
    with way.client() as client:
        page = client.get(f"http://iris.vision.{DOMAIN}/")
    assert page.status_code == httpx.codes.FORBIDDEN


@pytest.mark.parametrize("host", ["elsewhere.test", "evil-ml.corp.test.attacker.test"])
def test_another_host_has_no_route(way: Way, host: str) -> None:
    with way.client() as client:
        page = client.get(HOME, headers={"host": host})
    assert page.status_code == httpx.codes.NOT_FOUND


def test_the_certificate_is_for_the_domain_and_for_models(way: Way) -> None:
    with way.client() as client:
        assert client.get(f"https://iris.vision.{DOMAIN}/").status_code
    with (
        way.client() as client,
        pytest.raises(httpx.ConnectError, match="certificate is not valid for"),
    ):
        client.get(f"https://iris.other.{DOMAIN}/")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_tls_fails(way: Way, version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context(cafile=str(way.trusted))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", way.https)) as plain,
        pytest.raises(ssl.SSLError, match=r"(?i)protocol.version|unsupported protocol"),
    ):
        context.wrap_socket(plain, server_hostname=DOMAIN)


def test_lets_encrypt_is_answered_without_a_login_and_nothing_else_is(http01: Way) -> None:
    with http01.client() as client:
        answer = client.get(f"http://{DOMAIN}{CHALLENGE}")
        assert answer.is_success
        assert "a-token" in answer.text
        for other in ("/", "/pipeline/", f"{CHALLENGE}/../../..", CHALLENGE.replace("a-", "b-")):
            page = client.get(f"http://{DOMAIN}{other}")
            assert page.status_code == httpx.codes.MOVED_PERMANENTLY
        assert client.get(HOME).status_code == httpx.codes.FORBIDDEN
        assert userid(log_in(client)) == ADMIN


def program_token(**claims: object) -> dict[str, str]:
    """What `kubectl create token` gives, with its header."""
    said = {
        "iss": CLUSTER_ISSUER,
        "sub": f"system:serviceaccount:{TEAM}:default-editor",
        "aud": [AUDIENCE],
        **claims,
    }
    return bearer(CLUSTER_KEY, said)


def persons_token(email: str, key: RSAKey = DEX_KEY) -> dict[str, str]:
    """What Dex gives who logs in, with its header."""
    return bearer(key, {"iss": f"{HOME}dex", "sub": email, "email": email})


def bearer(key: RSAKey, claims: dict[str, object]) -> dict[str, str]:
    said = {"exp": int(time.time()) + 600, **claims}
    return {"authorization": f"Bearer {jwt.encode({'alg': 'RS256', 'kid': key.kid}, said, key)}"}


def test_a_program_gets_in_with_a_token_of_the_cluster_as_its_account(way: Way) -> None:
    with way.client() as client:
        page = client.get(f"{HOME}pipeline/apis/v2beta1/runs", headers=program_token())
    assert page.is_success
    assert userid(page) == f"system:serviceaccount:{TEAM}:default-editor"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": ["https://kubernetes.default.svc.cluster.local"]},
        {"exp": 1},
        {"iss": "https://elsewhere.test"},
    ],
    ids=["a pod's own token", "an old one", "another cluster's"],
)
def test_another_token_does_not_get_in(way: Way, claims: dict[str, object]) -> None:
    with way.client() as client:
        page = client.get(HOME, headers=program_token(**claims))
    assert page.status_code == httpx.codes.UNAUTHORIZED


# Tokens are made where they are used: one made at collection has expired by then.
@pytest.mark.parametrize("headers", [dict, program_token, partial(persons_token, STRANGER)])
def test_a_public_model_answers_anybody(way: Way, headers: Headers) -> None:
    with way.client() as client:
        page = client.get(f"https://{OPEN}.{TEAM}.{DOMAIN}/v1/models", headers=headers())
    assert page.is_success
    assert "/v1/models" in page.text


@pytest.mark.parametrize("header", ["kubeflow-userid", "kubeflow-groups", "x-auth-request-email"])
def test_where_nobody_logs_in_nobody_is_named(way: Way, header: str) -> None:
    """A login puts its own name in the place of a forged one; here there is none to do that."""
    with way.client() as client:
        page = client.get(f"https://{OPEN}.{TEAM}.{DOMAIN}/v1/models", headers={header: ADMIN})
    assert page.is_success
    assert header not in page.text
    assert ADMIN not in page.text


@pytest.mark.parametrize("headers", [program_token, partial(persons_token, ADMIN)])
def test_a_model_answers_its_teams_people_and_programs(way: Way, headers: Headers) -> None:
    with way.client() as client:
        page = client.get(f"https://{SHUT}.{TEAM}.{DOMAIN}/v1/models", headers=headers())
    assert page.is_success, page.text
    assert "/v1/models" in page.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (partial(program_token, sub=OTHER_TEAM), httpx.codes.FORBIDDEN),
        (partial(program_token, sub=ADMIN), httpx.codes.FORBIDDEN),
        (partial(persons_token, STRANGER), httpx.codes.FORBIDDEN),
        (partial(persons_token, ADMIN, CLUSTER_KEY), httpx.codes.UNAUTHORIZED),
        (partial(dict, {"kubeflow-userid": ADMIN}), httpx.codes.FORBIDDEN),
    ],
    ids=["another team", "the owner's name", "a stranger", "signed by another", "a header"],
)
def test_a_model_answers_nobody_else(way: Way, headers: Headers, status: int) -> None:
    with way.client() as client:
        page = client.get(f"https://{SHUT}.{TEAM}.{DOMAIN}/v1/models", headers=headers())
    assert page.status_code == status
    assert "id=userid" not in page.text
