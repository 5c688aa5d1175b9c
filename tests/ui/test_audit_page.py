"""Settings, Audit: plain sentences, filters, paging, the check, and exports."""

import csv
import io
import json
import sqlite3

import pytest

from nexus.core.people.policy import Policy


def test_the_log_reads_as_plain_sentences(browser, flows):
    page = browser.get("/settings/audit").text
    assert "Owner published" in page
    assert ", version 1" in page
    assert "Owner signed in" in page
    assert "in the browser, from 127.0.0.1" in page
    assert 'aria-current="page"' in page


def test_filters_narrow_it_and_say_when_nothing_fits(browser, flows):
    only = browser.get("/settings/audit?action=session.begin").text
    assert "Owner signed in" in only
    assert "Owner published" not in only
    assert "Nothing fits" in browser.get("/settings/audit?q=no-such-thing").text
    assert "Nothing fits" in browser.get("/settings/audit?until=2001-01-01").text
    assert browser.get("/settings/audit?since=odd").status_code == 422


def test_it_pages(browser, nexus, owner, flows):
    for number in range(60):
        nexus.tokens.make(owner, f"t{number}")
    page = browser.get("/settings/audit")
    assert "Show more" in page.text
    assert page.text.count('class="deed"') == 50


def test_the_chain_is_checked_from_the_page(browser, flows, nexus):
    assert "All is whole and in order" in browser.get("/settings/audit?check=1").text
    with sqlite3.connect(nexus.folder / "nexus.db") as thief:
        thief.execute("drop trigger audit_keeps_rows")
        thief.execute("delete from audit where seq = 2")
    assert "Row 2 is missing" in browser.get("/settings/audit?check=1").text


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_an_export_is_a_file_that_nobody_runs(kind, browser, nexus, owner, flows):
    nexus.tokens.make(owner, "=cmd|' /C calc'!A0")
    answer = browser.get(f"/settings/audit/export.{kind}?action=token")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="audit.{kind}"'
    assert "html" not in answer.mimetype
    if kind == "csv":
        (row,) = csv.DictReader(io.StringIO(answer.text))
        assert row["what"] == "Owner made the API token =cmd|' /C calc'!A0"
        assert row["object"].startswith("token:")
    else:
        assert json.loads(answer.text)["meta"]["name"].startswith("=cmd")
    assert browser.get("/settings/audit/export.exe").status_code == 404


def test_only_those_who_may_read_it_are_shown_the_way(browser, nexus, flows, monkeypatch):
    assert 'href="/settings"' in browser.get("/flows").text
    assert "/settings/audit" in browser.get("/settings", follow_redirects=True).text
    viewer = Policy().actor(id="v", name="V", roles=("viewer",), via="page")
    monkeypatch.setattr(type(nexus.people), "actor_for_session", lambda self, secret: viewer)
    page = browser.get("/settings", follow_redirects=True)
    assert page.status_code == 200
    assert "/settings/audit" not in page.text
    assert browser.get("/settings/audit").status_code == 403


def test_a_section_that_is_not_theirs_is_left_out(browser, nexus, monkeypatch):
    builder = Policy().actor(id="b", name="B", roles=("builder",), via="page")
    monkeypatch.setattr(type(nexus.people), "actor_for_session", lambda self, secret: builder)
    page = browser.get("/settings", follow_redirects=True)
    assert page.request.path == "/settings/tokens"
    assert "/settings/connections" in page.text
    assert "/settings/audit" not in page.text
