"""The live page: events arrive, signs of life keep the connection, and nothing is missed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
import pytest

from .proxy import Proxy

if TYPE_CHECKING:
    from ..demo import Shop
    from .chromium import Browser

pytestmark = pytest.mark.load
PATIENCE = 5  # seconds of silence after which the proxy hangs up


def watch(browser: Browser, url: str) -> None:
    browser.open(f"{url}/live/")
    browser.wait(lambda: state(browser) == "open", "the stream")


def state(browser: Browser) -> str | None:
    return browser.find("#state").get_attribute("data-state")


def seen(browser: Browser) -> list[int]:
    """The ids of the changes on the page, in the order in which they came."""
    lines = browser.all("#changes li")
    return [int(line.get_attribute("data-id") or 0) for line in reversed(lines)]


def sell(shop: Shop) -> int:
    """Let a customer in, past the proxy; return the id of the change."""
    answer = httpx.post(f"{shop.url}/api/stock/simulation/", timeout=30)
    assert answer.status_code == 201
    number: int = answer.json()["id"]
    return number


def test_changes_arrive(browser: Browser, shop: Shop) -> None:
    watch(browser, shop.url)
    before = len(seen(browser))
    browser.click("#one")
    browser.wait(lambda: len(seen(browser)) > before, "the customer's change")

    answer = httpx.patch(
        f"{shop.url}/api/products/7/", json={"stock": 1234}, auth=("ada", "pen-and-ink"), timeout=30
    )
    assert answer.status_code == 200
    browser.wait(lambda: "→ 1234" in browser.text("#changes li:first-child"), "the new stock")
    assert browser.find("#changes li:first-child").get_attribute("data-product") == "7"
    assert browser.elsewhere() == set()


def test_signs_of_life_keep_the_connection(
    browser: Browser, open_shop: Callable[[float], Shop]
) -> None:
    """The proxy between hangs up twice on the stream that is silent, never on the other one."""
    alive, silent = open_shop(0.5), open_shop(600)
    with Proxy(alive.port, PATIENCE) as kept, Proxy(silent.port, PATIENCE) as ended:
        watch(browser, kept.url)
        first = browser.driver.current_window_handle
        browser.driver.switch_to.new_window("tab")
        watch(browser, ended.url)
        browser.wait(lambda: int(browser.text("#connections")) > 2, "two hang-ups", seconds=120)
        browser.driver.switch_to.window(first)
        assert (browser.text("#connections"), state(browser)) == ("1", "open")
        number = sell(alive)
        browser.wait(lambda: number in seen(browser), "a change after all that silence")


def test_who_comes_back_gets_what_was_missed(browser: Browser, shop: Shop) -> None:
    with Proxy(shop.port, patience=600) as proxy:
        watch(browser, proxy.url)
        last = sell(shop)
        browser.wait(lambda: last in seen(browser), "a change")
        before = seen(browser)

        proxy.cut()
        browser.wait(lambda: state(browser) == "connecting", "the page to notice")
        missed = [sell(shop) for _ in range(12)]  # more than a first visit begins with
        assert seen(browser) == before

        proxy.mend()
        browser.wait(lambda: missed[-1] in seen(browser), "what was missed")
        assert seen(browser) == [*before, *missed]  # each once, in order
        assert browser.text("#connections") == "2"
