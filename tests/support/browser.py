"""A headless Chromium of this machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, sync_playwright

# What distributions call it.
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """The path of the browser. Without one the test is skipped, but not in CI, where nobody would notice."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        reason = f"no browser: none of {', '.join(_NAMES)} is on PATH (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@contextmanager
def browser_page(*, timeout_seconds: float) -> Iterator[Page]:
    """One page, so tall that nothing has to be scrolled; what it waits for has to come within the timeout."""
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        page = browser.new_page(viewport={"width": 1440, "height": 2000})
        page.set_default_timeout(timeout_seconds * 1000)
        yield page
        browser.close()
