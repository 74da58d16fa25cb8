"""Headless Chromium by selenium: waits that poll, and a record of what the page asked for."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import DEVNULL
from typing import TypeVar
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

T = TypeVar("T")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1000",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # there is nothing outside
]
SECONDS = 30


class Browser:
    """One Chromium, from ``with`` to its end.

    Args:
        profile: an empty folder for its profile.
        picture: where to save what it shows at the end.
    """

    def __init__(self, profile: Path, picture: Path) -> None:
        self._picture = picture
        self.folder = picture.parent
        self._options = webdriver.ChromeOptions()
        self._options.binary_location = shutil.which("chromium") or ""
        for flag in [*FLAGS, f"--user-data-dir={profile}"]:
            self._options.add_argument(flag)
        self._options.set_capability("goog:loggingPrefs", {"performance": "ALL"})

    def __enter__(self) -> Browser:
        os.environ["SE_OFFLINE"] = "true"  # selenium fetches no driver and reports no use
        service = Service(shutil.which("chromedriver"), log_output=DEVNULL)
        self.driver = webdriver.Chrome(options=self._options, service=service)
        self.driver.set_page_load_timeout(2 * SECONDS)
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self.keep(self._picture)
        finally:
            self.driver.quit()

    def open(self, url: str) -> None:
        self.driver.get(url)

    def keep(self, path: Path) -> None:
        """Save a picture of what is to be seen now."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(path))

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def wait(self, condition: Callable[[], T], what: str, seconds: float = SECONDS) -> T:
        """Return the first true result of *condition*; fail with *what* after *seconds*."""
        passing = (NoSuchElementException, StaleElementReferenceException)
        waiting = WebDriverWait(self.driver, seconds, 0.1, ignored_exceptions=passing)
        return waiting.until(lambda driver: condition(), f"waited in vain for {what}")

    def find(self, selector: str) -> WebElement:
        """The first visible element for *selector*, when it has come."""
        return self.wait(
            lambda: next((each for each in self.all(selector) if each.is_displayed()), None),
            selector,
        )

    def click(self, selector: str) -> None:
        element = self.find(selector)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def write(self, selector: str, text: str) -> None:
        element = self.find(selector)
        element.clear()
        element.send_keys(text)

    def choose(self, selector: str, text: str) -> None:
        Select(self.find(selector)).select_by_visible_text(text)

    def text(self, selector: str) -> str:
        return self.find(selector).text

    def elsewhere(self) -> set[str]:
        """The hosts other than ours that something was asked of since the last call.

        What the page's own policy forbade was never sent, and does not count.
        """
        hosts: dict[str, str] = {}
        for entry in self.driver.get_log("performance"):
            event = json.loads(entry["message"])["message"]
            detail = event["params"]
            if event["method"] == "Network.requestWillBeSent":
                address = urlsplit(detail["request"]["url"])
                if address.scheme in ("http", "https", "ws", "wss"):
                    hosts[detail["requestId"]] = address.hostname or ""
            elif event["method"] == "Network.loadingFailed" and detail.get("blockedReason"):
                hosts.pop(detail["requestId"], None)
        return set(hosts.values()) - {"127.0.0.1"}
