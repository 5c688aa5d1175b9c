"""A passkey made and used in a real Chromium, with an authenticator that it simulates."""

import pytest

pytestmark = pytest.mark.browser
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
PAGES = ("people", "roles", "tokens", "sign-in", "account", "people/owner")


@pytest.fixture
def local(chromium, signed_in, address):
    """The owner's browser at localhost: passkeys belong to a name, never to a bare address."""
    base = address.replace("127.0.0.1", "localhost")
    context = chromium.new_context(base_url=base)
    context.add_cookies([cookie | {"domain": "localhost"} for cookie in signed_in["cookies"]])
    page = context.new_page()
    developer = context.new_cdp_session(page)
    developer.send("WebAuthn.enable")
    developer.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    yield page
    context.close()


def test_a_passkey_is_made_in_my_account_and_signs_in_alone(local):
    local.goto("/settings/account")
    local.get_by_label("What to call it").fill("Key of the test")
    local.get_by_role("button", name="Add a passkey").click()
    local.get_by_text("Key of the test").wait_for()
    local.context.clear_cookies()
    local.goto("/sign-in")
    local.get_by_role("button", name="Use a passkey").click()
    local.wait_for_url("**/flows")
    local.goto("/settings/account")
    remove = local.get_by_role("listitem").filter(has_text="Key of the test")
    remove.get_by_role("button", name="Remove").click()
    local.get_by_text("Key of the test").wait_for(state="detached")


@pytest.mark.parametrize("place", PAGES)
def test_the_settings_fit_the_window_and_break_no_rule(page, place):
    page.goto(f"/settings/{place}")
    room = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(room) == 0
    assert page.locator("h1").count() == 1
