"""The audit log by mouse and by keys."""

import pytest

pytestmark = pytest.mark.browser


def test_filters_act_at_once_and_the_export_follows_them(page):
    page.goto("/settings/audit")
    before = page.locator(".deed").count()
    page.get_by_label("What").select_option("session.begin")
    page.locator(".exports a[href*='action=session.begin']").first.wait_for()
    assert 0 < page.locator(".deed").count() < before
    assert "action=session.begin" in page.url
    with page.expect_download() as saving:
        page.get_by_role("link", name="CSV").click()
    text = saving.value.path().read_text()
    assert saving.value.suggested_filename == "audit.csv"
    assert "signed in" in text and "published" not in text


def test_the_log_is_searched_and_opened_by_keys(page):
    page.goto("/settings/audit")
    page.keyboard.press("/")
    page.wait_for_function("document.activeElement.matches('[data-search]')")
    page.keyboard.type("new order")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=new**")
    page.locator(".deed summary b", has_text="Owner signed in").wait_for(state="detached")
    page.locator(".deed summary").first.focus()
    page.keyboard.press("Enter")
    page.locator(".deed details[open] .deed-facts").wait_for()


def test_the_chain_is_checked_from_the_page(page):
    page.goto("/settings/audit")
    page.get_by_role("link", name="Check the chain").click()
    page.get_by_text("All is whole and in order").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
