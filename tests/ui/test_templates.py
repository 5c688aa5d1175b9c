"""Rules that every template, script and style keeps; a machine checks them."""

import re
from pathlib import Path

import pytest

from nexus.ui import icons

UI = Path(icons.__file__).parent
TEMPLATES = sorted((UI / "templates").rglob("*.html"))
BANNED = {
    "unescaped text": r"\|\s*safe\b|Markup\(|autoescape false",
    "an inline script": r"<script(?![^>]*\bsrc=)",
    "an inline style": r"<style|\sstyle=",
    "an inline handler": r"\son[a-z]+\s*=|hx-on|javascript:|\bjs:",
    "plain hx-headers, which htmx 4 does not inherit": r"hx-headers=",
    "a foreign address": r"https?://",
    "an unquoted attribute": r"<[a-z][^>]*\s[a-z-]+=\{\{",
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
@pytest.mark.parametrize("what", BANNED)
def test_no_template_holds(path, what):
    assert re.findall(BANNED[what], path.read_text()) == []


def test_headers_that_htmx_4_does_not_send_are_never_read():
    for path in UI.rglob("*.py"):
        assert not re.search(r"htmx\.(trigger|trigger_name|target|prompt)\b", path.read_text()), (
            path
        )


def test_every_icon_that_pages_name_is_in_the_sprite():
    named = {kind[0] for kind in icons.KINDS.values()}
    for path in TEMPLATES:
        named |= set(re.findall(r'icon\("([a-z0-9-]+)"', path.read_text()))
        named |= set(re.findall(r'glyph\("([a-z0-9-]+)"', path.read_text()))
    assert named - icons.names() == set()


def test_an_icon_or_family_that_nobody_knows_is_drawn_as_a_box():
    assert icons.known("no-such-icon") == "box"
    assert icons.family("no-such-family") == "it"


def test_everything_vendored_has_its_licence_and_version_beside_it():
    vendor = UI / "static" / "vendor"
    told = (vendor / "README.md").read_text()
    for path in vendor.rglob("*"):
        if path.suffix in (".js", ".woff2", ".svg"):
            assert path.name in told or path.name.split("-latin")[0] in told
            assert any(path.parent.glob("LICENSE*"))


def light_and_dark() -> dict[str, dict[str, str]]:
    text = (UI / "static" / "tokens.css").read_text()
    light, dark = text.split("@media (prefers-color-scheme:dark)")
    found = r"--([a-z0-9-]+):(#[0-9A-Fa-f]{6})"
    return {"light": dict(re.findall(found, light)), "dark": dict(re.findall(found, dark))}


def brightness(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


FAMILIES = sorted(icons.FAMILIES)
PAIRS = [
    *((ink, paper) for ink in ("ink", "ink-2", "ink-3") for paper in ("paper", "surface")),
    *((f"k-{name}", f"k-{name}-soft") for name in FAMILIES),
    *((name, f"{name}-soft") for name in ("ok", "run", "wait", "fail", "skip")),
    ("on-brand", "brand"),
    ("nav-ink-2", "nav"),
    ("fail", "surface"),
    ("wait", "surface"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read_on_its_background(theme):
    colours = light_and_dark()[theme]
    for ink, paper in PAIRS:
        one, two = sorted((brightness(colours[ink]), brightness(colours[paper])))
        assert (two + 0.05) / (one + 0.05) >= 4.5, (theme, ink, paper)
