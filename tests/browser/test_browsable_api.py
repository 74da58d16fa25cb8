"""The browsable API of an async viewset: a person logs in, looks, and fills in the form."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from ..demo import Shop
    from .chromium import Browser

pytestmark = pytest.mark.load


PASSWORDS = {"ada": "pen-and-ink", "boss": "keys-to-the-shop"}


def log_in(browser: Browser, shop: Shop, name: str, path: str = "/api/products/") -> None:
    browser.open(f"{shop.url}{path}")
    browser.click('a[href^="/api-auth/login/"]')
    browser.write("input[name=username]", name)
    browser.write("input[name=password]", PASSWORDS[name])
    browser.click("input[type=submit]")
    browser.wait(lambda: name in browser.text(".navbar"), f"{name} in the bar")


def fill_in(browser: Browser, **values: str) -> None:
    browser.click('a[href="#post-object-form"]')
    for name, value in values.items():
        browser.write(f"#post-object-form [name={name}]", value)
    browser.choose("#post-object-form [name=category]", "Inks")
    browser.click("#post-object-form button.btn-primary")


def test_somebody_logs_in_lists_and_creates(browser: Browser, shop: Shop) -> None:
    sku = uuid4().hex[:12]
    log_in(browser, shop, "ada")
    assert '"sku"' not in browser.text(".response-info")  # rows of the list are shorter
    assert len(browser.all("#post-object-form [name=category] option")) == 12

    fill_in(browser, name="Slate pen", sku="SKU-000000", price="12.50", stock="3")
    browser.wait(lambda: "HTTP 400 Bad Request" in browser.text(".response-info"), "the answer")
    assert '"code": "validation_error"' in browser.text(".response-info")
    told = browser.text("#post-object-form .has-error .help-block")
    assert told == "product with this sku already exists."
    field = browser.find("#post-object-form [name=name]")
    assert field.get_attribute("value") == "Slate pen"  # what was typed is still there
    browser.keep(browser.folder / "validation error.png")

    fill_in(browser, name="Slate pen", sku=sku, price="12.50", stock="3")
    browser.wait(lambda: "HTTP 201 Created" in browser.text(".response-info"), "the product")
    assert f'"sku": "{sku}"' in browser.text(".response-info")

    browser.open(f"{shop.url}/api/products/?search={sku}")
    assert '"count": 1' in browser.text(".response-info")
    assert browser.elsewhere() == set()


def test_pages_are_turned_and_strangers_get_no_form(browser: Browser, shop: Shop) -> None:
    browser.open(f"{shop.url}/api/products/")
    assert not browser.all("#post-object-form")
    browser.click(".pagination a[href*='page=2']")
    browser.wait(lambda: "page=2" in browser.driver.current_url, "the second page")
    assert '"previous"' in browser.text(".response-info")


def test_staff_edit_and_delete(browser: Browser, shop: Shop) -> None:
    log_in(browser, shop, "boss", "/api/products/60/")
    browser.click('a[href="#put-object-form"]')
    browser.write("#put-object-form [name=stock]", "77")
    browser.click("#put-object-form button.btn-primary")
    browser.wait(lambda: '"stock": 77' in browser.text(".response-info"), "the new stock")
    assert "HTTP 200 OK" in browser.text(".response-info")

    browser.click("button.js-tooltip.btn-danger, button.btn-danger")
    browser.click(".modal.in form button.btn-danger")
    browser.wait(lambda: "HTTP 204 No Content" in browser.text(".response-info"), "the deletion")
    browser.open(f"{shop.url}/api/products/60/")
    assert "HTTP 404 Not Found" in browser.text(".response-info")
