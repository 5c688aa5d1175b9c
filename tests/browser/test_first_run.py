"""The first five minutes of a person: sign in, look at a flow, send an event, watch it run."""

import json

import pytest

pytestmark = pytest.mark.browser
WIDE = 800


def send_order(page, order: str, price: int) -> None:
    """Send a test event from the page of the flow New order, as a person does."""
    page.goto("/flows/new-order")
    data = {
        "id": order,
        "customer": {"name": "Ada", "email": "ada@example.com"},
        "items": [{"name": "Tea", "price": price, "count": 1}],
    }
    page.get_by_label("Event data as JSON").fill(json.dumps(data))
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/runs/run_*")


def test_an_event_sent_from_the_flows_page_turns_its_run_green_while_one_watches(page):
    page.goto("/flows")
    page.get_by_role("link", name="New order").click()
    page.wait_for_url("**/flows/new-order")
    assert page.get_by_text("How big is it?").is_visible()
    send_order(page, "T-1", 450)
    page.locator("[data-state=waiting]").wait_for()
    assert page.get_by_text("This page follows the run").is_visible()
    page.locator("[data-state=done]").wait_for()
    assert "Done" in page.locator("#run-state").inner_text()
    assert page.get_by_text("This page follows the run").count() == 0


def test_a_run_is_cancelled_after_asking(page):
    send_order(page, "T-2", 450)
    page.locator("[data-state=waiting]").wait_for()
    page.get_by_role("button", name="Cancel run").click()
    page.get_by_role("button", name="Cancel the run").click()
    page.locator("[data-state=cancelled]").wait_for()


def test_a_flow_is_switched_off_and_on_without_leaving_the_page(page):
    page.goto("/flows")
    switch = page.get_by_role("switch", name="Team chat is on")
    switch.click()
    page.locator("#flow-team-chat [aria-checked=false]").wait_for()
    switch.click()
    page.locator("#flow-team-chat [aria-checked=true]").wait_for()


def test_the_slash_key_searches_as_one_types(page):
    page.goto("/flows")
    page.wait_for_function("window.htmx !== undefined")
    page.keyboard.press("/")
    page.locator("[data-search]:focus").wait_for()
    page.keyboard.type("github")
    page.locator("#flow-team-chat").wait_for(state="detached")
    assert page.locator(".flow-row").count() == 1


def test_steps_are_reached_by_keys_opened_and_closed(page):
    page.goto("/flows/new-order")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".settings").wait_for()
    assert "step=" in page.url
    page.keyboard.press("Escape")
    page.locator(".settings").wait_for(state="detached")
    assert "step=" not in page.url


def test_json_that_is_not_json_is_answered_in_place(page):
    page.goto("/flows/new-order")
    page.get_by_label("Event data as JSON").fill('{"a": 1,\n b}')
    page.get_by_role("button", name="Send").click()
    page.get_by_role("alert").wait_for()
    assert "line 2" in page.get_by_role("alert").inner_text()
    assert page.url.endswith("/flows/new-order")


def test_dark_is_kept_from_page_to_page(page):
    page.goto("/flows")
    page.get_by_role("button", name="Switch between light and dark").click()
    page.goto("/runs")
    assert page.locator("html").get_attribute("data-theme") == "dark"


@pytest.mark.parametrize(
    "path",
    [
        "/flows",
        "/flows/new-order",
        "/flows/new-order?tab=yaml",
        "/flows/new-order?tab=versions",
        "/flows/new-order?tab=runs",
        "/flows/new-order?step=post",
        "/runs",
        "/modules",
    ],
)
def test_no_page_is_wider_than_its_window_or_says_an_error(page, path):
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("main").inner_text().strip()


def test_the_way_that_a_run_took_is_painted_on_the_flow(page):
    send_order(page, "T-3", 90_000)
    page.locator("[data-state=done]").wait_for()
    page.locator(".step-row", has_text="Add it up").click()
    page.locator(".step-row[aria-current]", has_text="Add it up").wait_for()
    page.get_by_role("link", name="Show on flow").click()
    page.locator(".way.taken", has_text="Big order").wait_for()
    if page.viewport_size["width"] > WIDE:
        page.locator(".stop.painted").first.wait_for()
