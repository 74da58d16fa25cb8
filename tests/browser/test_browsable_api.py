"""The browsable API of an async viewset: a person logs in, looks, and fills in the form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .chromium import Browser
    from .conftest import Shop

pytestmark = pytest.mark.load


def log_in(browser: Browser, shop: Shop) -> None:
    browser.open(f"{shop.url}/api/products/")
    browser.click('a[href^="/api-auth/login/"]')
    browser.write("input[name=username]", "ada")
    browser.write("input[name=password]", "pen-and-ink")
    browser.click("input[type=submit]")
    browser.wait(lambda: "ada" in browser.text(".navbar"), "ada's name in the bar")


def fill_in(browser: Browser, **values: str) -> None:
    browser.click('a[href="#post-object-form"]')
    for name, value in values.items():
        browser.write(f"#post-object-form [name={name}]", value)
    browser.choose("#post-object-form [name=category]", "Inks")
    browser.click("#post-object-form button.btn-primary")


def test_somebody_logs_in_lists_and_creates(browser: Browser, shop: Shop) -> None:
    log_in(browser, shop)
    assert '"count": 60' in browser.text(".response-info")

    fill_in(browser, name="Slate pen", sku="SKU-000000", price="12.50", stock="3")
    browser.wait(lambda: "HTTP 400 Bad Request" in browser.text(".response-info"), "the answer")
    assert '"code": "validation_error"' in browser.text(".response-info")
    told = browser.text("#post-object-form .has-error .help-block")
    assert told == "product with this sku already exists."
    field = browser.find("#post-object-form [name=name]")
    assert field.get_attribute("value") == "Slate pen"  # what was typed is still there
    browser.keep(browser.folder / "validation error.png")

    fill_in(browser, name="Slate pen", sku="NEW-1", price="12.50", stock="3")
    browser.wait(lambda: "HTTP 201 Created" in browser.text(".response-info"), "the product")
    assert '"sku": "NEW-1"' in browser.text(".response-info")

    browser.open(f"{shop.url}/api/products/?search=NEW-1")
    assert '"count": 1' in browser.text(".response-info")
    assert browser.elsewhere() == set()


def test_pages_are_turned_and_strangers_get_no_form(browser: Browser, shop: Shop) -> None:
    browser.open(f"{shop.url}/api/products/")
    assert not browser.all("#post-object-form")
    browser.click(".pagination a[href*='page=2']")
    browser.wait(lambda: "page=2" in browser.driver.current_url, "the second page")
    assert '"previous"' in browser.text(".response-info")
