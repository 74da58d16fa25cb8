"""Swagger UI and ReDoc of the demo: with nothing but the demo itself to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from .chromium import Browser
    from .conftest import Shop

pytestmark = pytest.mark.load
OPERATION = "#operations-products-products_list"


def test_the_record_shows_requests_that_leave(browser: Browser) -> None:
    browser.open("about:blank")
    browser.driver.execute_script("fetch('https://elsewhere.example/').catch(() => {})")
    browser.wait(lambda: browser.elsewhere() == {"elsewhere.example"}, "the record")


def test_swagger_ui_asks_nobody_else_and_tries_the_list(browser: Browser, shop: Shop) -> None:
    browser.open(f"{shop.url}/api/docs/")
    browser.find(f"{OPERATION} .opblock-summary")
    browser.click(f"{OPERATION} .opblock-summary-control")
    browser.write(f"{OPERATION} tr[data-param-name=search] input", "SKU-000042")
    browser.click(f"{OPERATION} .execute")
    answer = f"{OPERATION} .live-responses-table .response"
    browser.wait(lambda: browser.text(f"{answer} .response-col_status").startswith("200"), "200")
    assert '"count": 1' in browser.text(f"{answer} .highlight-code")
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
