"""Swagger UI and ReDoc of the demo: with nothing but the demo itself to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from ..demo import Shop
    from .chromium import Browser

pytestmark = pytest.mark.load
OPERATION = "#operations-"


def execute(browser: Browser, operation: str, **parameters: str) -> tuple[str, str]:
    """Try an operation out; return the status and the body that the page shows."""
    if not any(each.is_displayed() for each in browser.all(f"{operation} .execute")):
        browser.click(f"{operation} .opblock-summary-control")
    for name, value in parameters.items():
        browser.write(f"{operation} tr[data-param-name={name}] input", value)
    for button in browser.all(f"{operation} .btn-clear"):  # the answer of another time
        button.click()
    browser.click(f"{operation} .execute")
    answer = f"{operation} .live-responses-table .response"
    status = browser.text(f"{answer} .response-col_status")
    return status.split()[0], browser.text(f"{answer} .highlight-code")


def test_the_record_shows_requests_that_leave(browser: Browser) -> None:
    browser.open("about:blank")
    browser.driver.execute_script("fetch('https://elsewhere.example/').catch(() => {})")
    browser.wait(lambda: browser.elsewhere() == {"elsewhere.example"}, "the record")


def test_swagger_ui_asks_nobody_else_and_tries_the_list(browser: Browser, shop: Shop) -> None:
    browser.open(f"{shop.url}/api/docs/")
    status, body = execute(browser, f"{OPERATION}products-products_list", search="SKU-000042")
    assert status == "200"
    assert '"count": 1' in body
    assert browser.elsewhere() == set()


def test_swagger_ui_authorises_with_a_token(browser: Browser, shop: Shop) -> None:
    staff = {"username": "boss", "password": "keys-to-the-shop"}
    pair = httpx.post(f"{shop.url}/api/auth/token/", json=staff, timeout=30).json()
    browser.open(f"{shop.url}/api/docs/")
    users = f"{OPERATION}users-users_list"
    status, body = execute(browser, users)
    assert status == "401"
    assert '"not_authenticated"' in body

    browser.click(".scheme-container .authorize")
    browser.write("#auth-bearer-value", pair["access"])
    browser.click(".auth-container:has(#auth-bearer-value) .auth-btn-wrapper .authorize")
    browser.click(".modal-ux .close-modal")
    status, body = execute(browser, users)
    assert status == "200"
    assert '"username": "ada"' in body
    status, _ = execute(browser, f"{OPERATION}products-products_list")
    assert status == "200"
    assert browser.elsewhere() == set()


def test_redoc_asks_nobody_else(browser: Browser, shop: Shop) -> None:
    browser.open(f"{shop.url}/api/redoc/")
    browser.find("[data-section-id='tag/products']")
    assert browser.elsewhere() == set()


@pytest.mark.parametrize("page", ["/api/docs/", "/api/redoc/", "/live/", "/api/products/"])
def test_no_page_names_another_host_as_a_resource(shop: Shop, page: str) -> None:
    text = httpx.get(f"{shop.url}{page}", headers={"accept": "text/html"}, timeout=30).text
    assert 'src="http' not in text
    assert "<link" not in text or 'href="http' not in text.split("</head>")[0]
