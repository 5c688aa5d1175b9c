"""People come in by invitation, change roles and end sessions, each in a browser of their own."""

import secrets

import pytest

pytestmark = pytest.mark.browser
DESK = pytest.mark.parametrize("page", [(1440, 900)], ids=["desk"], indirect=True)
PASSWORD = "correct horse battery staple 7"


@pytest.fixture
def elsewhere(chromium, page, address):
    """Open a browser that knows nothing of the owner's, as large as theirs."""
    opened = []

    def browser():
        context = chromium.new_context(
            base_url=address, viewport=page.viewport_size, reduced_motion="reduce"
        )
        opened.append(context)
        return context.new_page()

    yield browser
    for context in opened:
        context.close()


@pytest.fixture
def email():
    return f"ada-{secrets.token_hex(3)}@example.com"


@pytest.fixture
def ada(page, elsewhere, email):
    """Invite Ada as a viewer from the page of people, and let her come in by the link."""
    page.goto("/settings/people")
    page.get_by_role("button", name="Invite people").click()
    page.get_by_label("E-mail addresses").fill(email)
    page.locator("#invite").get_by_label("Viewer").check()
    page.get_by_role("button", name="Invite", exact=True).click()
    link = page.locator("code#link-1").inner_text()
    assert page.get_by_role("listitem").filter(has_text=email).count() == 1
    hers = elsewhere()
    hers.goto(link)
    assert hers.get_by_label("E-mail").input_value() == email
    hers.get_by_label("Name").fill("Ada Lovelace")
    hers.get_by_label("Password").fill(PASSWORD)
    hers.get_by_role("button", name="Join").click()
    hers.wait_for_url("**/flows")
    return hers


def open_person(page, email):
    page.goto("/settings/people")
    page.get_by_role("link").filter(has_text=email).click()
    page.wait_for_url("**/settings/people/*")


def test_who_is_invited_comes_in_and_sees_what_a_viewer_sees(page, ada, email):
    ada.goto("/settings")
    ada.wait_for_url("**/settings/**")
    sections = ada.get_by_role("navigation", name="Settings").get_by_role("link")
    assert sections.all_inner_texts() == ["API tokens", "My account"]
    open_person(page, email)
    assert "Ada Lovelace" in page.locator("h1").inner_text()
    assert "the role Viewer" in page.locator(".rights").inner_text()


@DESK
def test_an_invitation_that_was_taken_back_lets_nobody_in(page, elsewhere, email):
    page.goto("/settings/people")
    page.get_by_role("button", name="Invite people").click()
    page.get_by_label("E-mail addresses").fill(email)
    page.locator("#invite").get_by_label("Viewer").check()
    page.get_by_role("button", name="Invite", exact=True).click()
    link = page.locator("code#link-1").inner_text()
    row = page.get_by_role("listitem").filter(has_text=email)
    row.get_by_role("button", name="Take back").click()
    row.wait_for(state="detached")
    late = elsewhere()
    late.goto(link)
    assert late.get_by_label("Password").count() == 0


@DESK
def test_a_changed_role_signs_out_at_once_and_holds_at_the_next_sign_in(page, ada, email):
    open_person(page, email)
    page.get_by_label("Viewer").uncheck()
    page.get_by_label("Builder").check()
    page.get_by_role("button", name="Save roles").click()
    page.locator(".rights").get_by_text("the role Builder").first.wait_for()
    ada.goto("/flows")
    ada.wait_for_url("**/sign-in")
    ada.get_by_label("E-mail").fill(email)
    ada.get_by_label("Password").fill(PASSWORD)
    ada.get_by_role("button", name="Sign in", exact=True).click()
    ada.wait_for_url("**/flows")
    ada.goto("/settings/connections")
    assert ada.locator("h1").inner_text() == "Connections"


@DESK
def test_a_session_is_seen_and_ended_from_another_browser(ada, elsewhere, email):
    other = elsewhere()
    other.goto("/sign-in")
    other.get_by_label("E-mail").fill(email)
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in", exact=True).click()
    other.wait_for_url("**/flows")
    ada.goto("/settings/account")
    sessions = ada.locator(".token-row")
    assert sessions.count() == 2
    there = sessions.filter(has_not_text="This browser")
    there.get_by_role("button", name="End").click()
    there.wait_for(state="detached")
    other.goto("/flows")
    other.wait_for_url("**/sign-in")
    ada.goto("/flows")
    assert ada.url.endswith("/flows")


@DESK
def test_who_is_disabled_is_out_at_once(page, ada, email):
    open_person(page, email)
    page.get_by_role("button", name="Disable …").click()
    page.locator("#disable").get_by_role("button", name="Disable").click()
    page.get_by_role("button", name="Let them in again").wait_for()
    ada.goto("/flows")
    ada.wait_for_url("**/sign-in")
