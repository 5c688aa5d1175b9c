"""What all settings pages share: one navigation, times in the reader's zone, toasts aside."""

import pytest

pytestmark = pytest.mark.browser
SECTIONS = (
    *("people", "roles", "tokens", "sign-in"),
    *("connections", "audit", "upkeep", "account"),
)
UNDER = {
    "people/owner": "People",
    "account/code": "My account",
    "connections/new": "Connections",
    "connections/outbox": "Connections",
}


def test_every_page_has_the_same_sections_and_shows_where_one_is(page):
    for place in (*SECTIONS, *UNDER):
        page.goto(f"/settings/{place}")
        assert page.locator(".sections a").count() == len(SECTIONS), place
        here = page.locator(".sections [aria-current=page]")
        assert here.inner_text() == UNDER.get(place, page.locator("h1").inner_text())
        box = here.bounding_box()
        assert box["x"] >= 0, place
        assert box["x"] + box["width"] <= page.viewport_size["width"], place


@pytest.mark.parametrize(("zone", "offset"), [("Africa/Lagos", 1), ("Asia/Kathmandu", 5.75)])
def test_moments_are_told_in_the_readers_zone_and_titled_in_utc(
    chromium, signed_in, address, zone, offset
):
    context = chromium.new_context(storage_state=signed_in, base_url=address, timezone_id=zone)
    page = context.new_page()
    page.goto("/settings/audit")
    moment = page.locator(".deed time").first
    title, shown = moment.get_attribute("title"), moment.inner_text()
    context.close()
    assert title.endswith(" UTC")
    assert (minutes(shown) - minutes(title)) % 1440 == offset * 60


def minutes(text):
    hours, rest = text.rpartition(", ")[2].split(":")[:2]
    return 60 * int(hours) + int(rest)


def test_what_htmx_brings_later_is_told_in_the_readers_zone_too(chromium, signed_in, address):
    context = chromium.new_context(
        storage_state=signed_in, base_url=address, timezone_id="Asia/Kathmandu"
    )
    page = context.new_page()
    page.goto("/settings/audit")
    with page.expect_response("**action=flow.publish**"):
        page.get_by_label("What").select_option("flow.publish")
    page.locator(".deed", has_text="signed in").first.wait_for(state="detached")
    moment = page.locator(".deed time").first
    title, shown = moment.get_attribute("title"), moment.inner_text()
    context.close()
    assert (minutes(shown) - minutes(title)) % 1440 == 5.75 * 60


def test_a_toast_leaves_the_send_button_free(page):
    page.goto("/flows/new-order")
    page.get_by_label("Event data as JSON").fill("{")
    send = page.get_by_role("button", name="Send")
    send.click()
    page.get_by_role("alert").wait_for()
    send.click(timeout=3000)  # Playwright refuses to click what something covers


def test_the_line_does_not_come_back_from_a_stop(page):
    page.goto("/flows/new-order")
    way = page.locator(".way.ends").filter(has_text="Stop with an error")
    assert way.count() == 1
    below = way.evaluate(
        "way => getComputedStyle(way.querySelector(':scope > .line'), '::after').display"
    )
    assert below == "none"
