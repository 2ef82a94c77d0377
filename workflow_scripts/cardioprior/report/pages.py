"""A page that needs nothing but itself: its template filled in, and the check that it refers to nothing outside."""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from cardioprior import atomic

FOLDER = Path(__file__).parent
STYLE, SCRIPT = "style.css", "browser.js"
BASE, PAGE, COMPARISON = "base.html.j2", "page.html.j2", "compare.html.j2"
#: files that the report's page is made from, and that of a comparison
PAGE_FILES = (BASE, PAGE, STYLE, SCRIPT)
COMPARISON_FILES = (BASE, COMPARISON, STYLE)


def write_page(path: Path, template: str, script: str = "", **values: Any) -> None:
    """Writes a template of this folder, filled in with `values`.

    script: name of the page's script, "" for none. Browsers are told to load and run nothing but what the page holds.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    environment.filters["duration"] = duration
    style, code = ((FOLDER / name).read_text(encoding="utf-8") if name else "" for name in (STYLE, script))
    policy = f"default-src 'none'; img-src data:; style-src {_allowed(style)}; script-src {_allowed(code)}"
    page = environment.get_template(template).render(style=style, script=code, policy=policy, **values)
    check_html(page)
    atomic.write_text(path, page)


def _allowed(text: str) -> str:
    """What a content security policy calls a text that stands in the page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def embedded(content: bytes, kind: str) -> str:
    """A file as a URL that holds it. kind: its media type."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def png_size(png: bytes) -> tuple[int, int]:
    """Width and height in pixels."""
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def duration(seconds: float) -> str:
    """Seconds as people say them: 7.3 s, 4 min 20 s, 5 h 12 min."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole, unit, part = (60, "min", "s") if seconds < 3600 else (3600, "h", "min")
    rest = (seconds % whole) * 60 / whole
    return f"{int(seconds // whole)} {unit} {int(rest)} {part}"


def check_html(page: str) -> None:
    """Raises ValueError if the page loads anything from outside itself, or has code in its tags."""

    class References(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            for name, value in attrs:
                if (name == "src" and not (value or "").startswith("data:")) or (name == "href" and tag == "link"):
                    raise ValueError(f"the page refers to {value}; wanted one that needs nothing else")
                if name.startswith("on") or name == "style":
                    raise ValueError(f"the page has {name}={value!r} in a tag; wanted it in its script or style")

    References().feed(page)
