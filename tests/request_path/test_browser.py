"""The same way in a real browser: what a person sees, types and ends at.

Needs Debian's `chromium` and `chromium-driver`, or a Chrome with its driver, on PATH.
"""

import base64
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support import expected_conditions as expect
from selenium.webdriver.support.wait import WebDriverWait

from tests.request_path.conftest import Way
from tests.request_path.models import SHUT
from tests.request_path.rendered import ADMIN, DOMAIN, PASSWORD, STRANGER, TEAM
from tests.request_path.solver import CHALLENGE
from tests.request_path.test_request_path import COOKIE, backdated

HOME = f"https://{DOMAIN}/"
INVITED = "Sign in with e-mail and password"
SECONDS = 20
BROWSERS = ("chromium", "google-chrome")


@pytest.fixture
def browser(way: Way, tmp_path: Path) -> Iterator[WebDriver]:
    with browsing(way, tmp_path) as opened:
        yield opened


@contextmanager
def browsing(way: Way, folder: Path) -> Iterator[WebDriver]:
    """A browser for which the domain is the gateway on loopback, and that trusts its key."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which("chromedriver")
    if not (program and driver):
        pytest.skip("no chromium and chromedriver on PATH (Debian: chromium chromium-driver)")
    options = Options()
    options.binary_location = program
    model = f"{SHUT}.{TEAM}.{DOMAIN}"
    for argument in (
        "--headless=new",
        "--no-sandbox",  # root may not have one
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=900,600",
        f"--user-data-dir={folder / 'profile'}",
        "--host-resolver-rules="
        + ",".join(
            (
                *(f"MAP {host}:443 127.0.0.1:{way.https}" for host in (DOMAIN, model)),
                f"MAP {DOMAIN}:80 127.0.0.1:{way.http}",
                "MAP * ~NOTFOUND,EXCLUDE 127.0.0.1",
            )
        ),
        f"--ignore-certificate-errors-spki-list={fingerprint(way)}",
    ):
        options.add_argument(argument)
    opened = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield opened
    finally:
        opened.quit()


def fingerprint(way: Way) -> str:
    """What Chromium calls the public key of the gateway's certificate."""
    certificate = x509.load_pem_x509_certificate(way.served.read_bytes())
    key = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    digest = hashes.Hash(hashes.SHA256())
    digest.update(key)
    return base64.b64encode(digest.finalize()).decode()


def wait(browser: WebDriver) -> "WebDriverWait[WebDriver]":
    return WebDriverWait(browser, SECONDS)


def go_to_the_form(browser: WebDriver) -> None:
    browser.get(HOME)
    wait(browser).until(expect.element_to_be_clickable((By.CSS_SELECTOR, "button"))).click()
    wait(browser).until(expect.presence_of_element_located((By.ID, "submit-login")))


def fill_in(browser: WebDriver, password: str, email: str = ADMIN) -> None:
    browser.find_element(By.ID, "login").send_keys(email)
    browser.find_element(By.ID, "password").send_keys(password)
    browser.find_element(By.ID, "submit-login").click()


def text(browser: WebDriver) -> str:
    return browser.find_element(By.TAG_NAME, "body").text


def test_a_person_logs_in_with_the_generated_password(browser: WebDriver) -> None:
    browser.get(HOME)
    assert INVITED in text(browser)
    assert "A model has no login" not in text(browser)
    go_to_the_form(browser)
    fill_in(browser, PASSWORD)
    shown = wait(browser).until(expect.presence_of_element_located((By.ID, "userid")))
    assert shown.text == ADMIN
    assert browser.current_url == HOME
    (cookie,) = (one for one in browser.get_cookies() if one["name"] == COOKIE)
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")


def test_a_person_with_a_wrong_password_stays_outside(browser: WebDriver) -> None:
    go_to_the_form(browser)
    fill_in(browser, "12341234")
    said = wait(browser).until(expect.text_to_be_present_in_element((By.ID, "said"), "Invalid"))
    assert said
    browser.get(HOME)
    assert INVITED in text(browser)


def test_plain_http_ends_at_https(browser: WebDriver) -> None:
    browser.get(f"http://{DOMAIN}/")
    assert browser.current_url == HOME


def test_a_models_address_has_no_login_and_leads_to_the_platforms(
    browser: WebDriver,
) -> None:
    browser.get(f"https://{SHUT}.{TEAM}.{DOMAIN}/v1/models")
    assert "A model has no login: it is called with a token." in text(browser)
    assert "Log in with an address of corp.test." in text(browser)
    wait(browser).until(expect.element_to_be_clickable((By.CSS_SELECTOR, "button"))).click()
    wait(browser).until(expect.presence_of_element_located((By.ID, "submit-login")))
    fill_in(browser, PASSWORD)
    wait(browser).until(expect.presence_of_element_located((By.ID, "userid")))
    assert browser.current_url == HOME
    browser.get(f"https://{SHUT}.{TEAM}.{DOMAIN}/v1/models")
    assert "A model has no login" in text(browser), "the session is the domain's alone"


def test_a_person_cannot_say_who_they_are(browser: WebDriver) -> None:
    browser.execute_cdp_cmd("Network.enable", {})
    forged = {"headers": {"kubeflow-userid": "eve@corp.test"}}
    browser.execute_cdp_cmd("Network.setExtraHTTPHeaders", forged)
    browser.get(HOME)
    assert INVITED in text(browser)
    go_to_the_form(browser)
    fill_in(browser, PASSWORD)
    shown = wait(browser).until(expect.presence_of_element_located((By.ID, "userid")))
    assert shown.text == ADMIN
    assert "eve@" not in text(browser)


def test_a_person_of_another_domain_stays_outside(browser: WebDriver) -> None:
    go_to_the_form(browser)
    fill_in(browser, PASSWORD, STRANGER)
    place = (By.CLASS_NAME, "status-code")
    assert wait(browser).until(expect.text_to_be_present_in_element(place, "403"))
    browser.get(HOME)
    assert INVITED in text(browser)


def test_a_session_ends(browser: WebDriver, way: Way) -> None:
    go_to_the_form(browser)
    fill_in(browser, PASSWORD)
    wait(browser).until(expect.presence_of_element_located((By.ID, "userid")))
    (cookie,) = (one for one in browser.get_cookies() if one["name"] == COOKIE)
    browser.delete_cookie(COOKIE)
    browser.add_cookie({**cookie, "value": backdated(way, cookie["value"])})
    browser.get(HOME)
    assert INVITED in text(browser)


def test_lets_encrypts_question_needs_no_login(http01: Way, tmp_path: Path) -> None:
    with browsing(http01, tmp_path) as browser:
        browser.get(f"http://{DOMAIN}{CHALLENGE}")
        assert browser.current_url == f"http://{DOMAIN}{CHALLENGE}"
        assert CHALLENGE in text(browser)
        browser.get(f"http://{DOMAIN}/")
        assert browser.current_url == HOME
        assert INVITED in text(browser)
