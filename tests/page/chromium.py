"""A headless Chromium, spoken to over its own pipe: no driver, no library, no network."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FOUND = next(filter(None, map(shutil.which, NAMES)), None)
WITHOUT = f"no {', '.join(NAMES)} on the path: the page is not looked at"
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--hide-scrollbars"),
    *("--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe"),
)
#: against a browser that hangs, no measure of speed
PATIENCE_S = 300


class Page:
    """A tab. events: what the browser said of it, in order: messages of the DevTools protocol."""

    def __init__(self, read: int, write: int) -> None:
        self._read, self._write = read, write
        self._number, self._rest, self._session = 0, b"", ""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command's result. Raises AssertionError if it fails."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._send(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
            self.events.append(answer)

    def _send(self, text: bytes) -> None:
        while text:
            text = text[os.write(self._write, text) :]

    def _next(self) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE_S
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._read], [], [], max(0, until - time.monotonic()))
            assert ready, f"the browser said nothing for {PATIENCE_S} s"
            found = os.read(self._read, 1 << 20)
            assert found, "the browser ended"
            self._rest += found
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def open(self, path: Path, width: int, height: int = 900) -> None:
        """Shows a file in a window of this size and waits until it is loaded."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        seen = len(self.events)
        self.call("Page.navigate", url=path.resolve().as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events[seen:]):
            self.events.append(self._next())

    def run(self, script: str) -> Any:
        """The value of an expression in the page, of what it promises where it is a promise."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def press(self, key: str) -> None:
        """A key, as a person presses it."""
        for kind in ("keyDown", "keyUp"):
            text = {"text": key} if len(key) == 1 and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, **KEYS.get(key, {}), **text)

    def picture(self, path: Path, whole: bool = False) -> None:
        """Writes a PNG of what is seen, or of the whole page."""
        png = self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(png))

    def complaints(self) -> list[str]:
        """Errors and warnings of the console, exceptions, and what the log says."""
        found = []
        for event in self.events:
            about = event.get("params", {})
            if event["method"] == "Runtime.exceptionThrown":
                found.append(str(about["exceptionDetails"].get("exception", about["exceptionDetails"])))
            elif event["method"] == "Log.entryAdded" and about["entry"]["level"] in ("error", "warning"):
                found.append(about["entry"]["text"])
            elif event["method"] == "Runtime.consoleAPICalled" and about["type"] in ("error", "warning", "assert"):
                found.append(str([one.get("value") for one in about["args"]]))
        return found

    def requests(self) -> list[str]:
        """Addresses that were asked for, without those that hold what they name."""
        urls = (e["params"]["request"]["url"] for e in self.events if e["method"] == "Network.requestWillBeSent")
        return [url for url in urls if not url.startswith(("data:", "blob:", "about:"))]


KEYS = {
    name: {"windowsVirtualKeyCode": code}
    for name, code in {"Tab": 9, "Enter": 13, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}.items()
}


@contextlib.contextmanager
def chromium(profile: Path) -> Iterator[Page]:
    """A tab of a browser of our own, ended afterwards. profile: folder for its files."""
    to_browser, our_write = os.pipe()
    our_read, from_browser = os.pipe()

    def in_place() -> None:
        """It reads commands from descriptor 3 and answers on 4."""
        ends = [os.dup(to_browser), os.dup(from_browser)]
        for wanted, end in zip((3, 4), ends, strict=True):
            os.dup2(end, wanted)

    process = subprocess.Popen(
        [str(FOUND), *FLAGS, f"--user-data-dir={profile}"], preexec_fn=in_place, close_fds=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    os.close(to_browser), os.close(from_browser)
    try:
        page = Page(our_read, our_write)
        yield page
        page._session = ""
        with contextlib.suppress(AssertionError, OSError):
            page.call("Browser.close")
    finally:
        os.close(our_read), os.close(our_write)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
