"""Journey 22: an admin invites the team, gives roles, rights come from templates; as people do it.

Everything goes through pages and the API of one running application; only the clock is ours.
"""

import re

from nexus.app import create_app
from nexus.core.people.invitations import LIFE

WORD = "purple kettle sings loud"
HTML = {"Accept": "text/html"}


class Browser:
    """One person's browser: it fills the token of a page into what it posts."""

    def __init__(self, app) -> None:
        self.client = app.test_client()

    def get(self, path: str):
        return self.client.get(path, headers=HTML)

    def post(self, path: str, **form):
        page = self.get("/settings/account").text
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        form |= {"csrf_token": found[1]} if found else {}
        return self.client.post(path, data=form, headers=HTML)


def test_the_team_comes_in_works_within_its_roles_and_leaves(nexus):
    app = create_app(nexus)
    owner = the_owner_comes_in(nexus, app)
    finance = finance_is_invited(app, owner)
    finance_works_within_its_role(nexus, owner, finance)
    place = an_override_wins(nexus, owner)
    finance_leaves_and_so_do_its_programs(nexus, app, owner, finance, place)
    assert owner.post("/settings/people/owner/roles", role="viewer").status_code == 409
    assert owner.post("/settings/people/owner/disable").status_code == 409, "the last owner stays"


def the_owner_comes_in(nexus, app):
    """By the one-time link; then address and password are set."""
    owner = Browser(app)
    assert owner.post("/sign-in", token=nexus.people.link()).status_code == 303
    owner.post("/settings/account", name="Tola", email="tola@example.com")
    assert owner.post("/settings/account/password", new=WORD).status_code == 303
    assert owner.get("/flows").status_code == 200
    return owner


def finance_is_invited(app, owner):
    """Each link is shown once, works once, and is bound to its address."""
    page = owner.post("/settings/people/invite", emails="Fin@Example.com", role="finance").text
    link = re.search(r"/invitation\?token=[\w-]+", page)[0]
    assert link not in owner.get("/settings/people").text
    finance = Browser(app)
    assert "fin@example.com" in finance.get(link).text and LIFE == 7 * 86_400_000_000
    token = link.partition("=")[2]
    weak = finance.post("/invitation", token=token, name="Fin", password="short")
    assert weak.status_code == 422 and "too short" in weak.text
    assert finance.post("/invitation", token=token, name="Fin", password=WORD).status_code == 303
    assert Browser(app).post("/invitation", token=token, name="X", password=WORD).status_code == 410
    again = owner.post("/settings/people/invite", emails="fin@example.com", role="it")
    assert again.status_code == 409 and "here already" in again.text
    return finance


def finance_works_within_its_role(nexus, owner, finance):
    """It sees no flows and edits none, until an owner changes the role; that holds at once."""
    flow = "id: f\nname: F\ntrigger: [{use: core.webhook}]\ndo: [{a: {set: 1}}]\n"
    nexus.flows.save(nexus.people.console(), flow, "f.yaml")
    assert finance.get("/flows").status_code == 403
    assert finance.post("/flows/f/publish").status_code == 403
    assert finance.get("/settings/people").status_code == 403
    assert finance.get("/").location == "/settings/account"
    change = {"role": "finance", "right": "flow.read", "scope": "all"}
    assert owner.post("/settings/roles", **change).status_code == 303
    assert finance.get("/flows").status_code == 200


def an_override_wins(nexus, owner):
    """What is taken from one person beats the role, and the page says why."""
    fin = next(row for row in nexus.members.list(nexus.people.console()) if row.name == "Fin")
    place = f"/settings/people/{fin.id}"
    owner.post(f"{place}/right", right="flow.read", scope="none")
    assert "taken from this person" in owner.get(place).text
    return place


def finance_leaves_and_so_do_its_programs(nexus, app, owner, finance, place):
    """A token reaches as far as it was made for, and ends with its person."""
    finance.post("/sign-in/password", email="FIN@example.com", password=WORD)
    shown = finance.post("/settings/tokens", name="report", scope="module.read", days="30").text
    secret = re.search(r"nx_[\w-]{40,}", shown)[0]
    api = {"Authorization": f"Bearer {secret}"}
    assert app.test_client().get("/api/v1/modules", headers=api).status_code == 200
    assert app.test_client().get("/api/v1/tokens", headers=api).status_code == 403
    handed = []
    nexus.members.hand_over = lambda leaver, heir: handed.append((leaver, heir))
    assert owner.post(f"{place}/disable", heir="owner").status_code == 303
    assert handed == [(place.rpartition("/")[2], "owner")]
    assert finance.get("/settings/account").status_code == 303
    assert app.test_client().get("/api/v1/modules", headers=api).status_code == 401
    back = finance.post("/sign-in/password", email="fin@example.com", password=WORD)
    assert back.status_code == 401
