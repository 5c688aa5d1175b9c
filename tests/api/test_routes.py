"""What each route of the API answers."""

import json
import re

import pytest

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
RUN = re.compile(r"run_[0-9a-z]{13}")
EVENT = re.compile(r"evt_[0-9a-z]{13}")


def test_whoami_names_the_tokens_person(ask):
    assert ask("GET", "/whoami").json == {
        "id": "owner",
        "name": "Owner",
        "roles": ["owner"],
        "client": None,
        "via": "api",
    }


def test_a_flow_is_saved_published_shown_and_exported(ask):
    text = "id: life\nname: Life\ntrigger: [{use: core.webhook}]\ndo: [{a: {set: 1}}]\n"
    saved = ask.save(text).json
    assert (saved["id"], saved["live"], saved["enabled"]) == ("life", None, False)
    version = ask("POST", "/flows/life/publish", json={"note": "go"}).json
    assert (version["number"], version["note"], version["by"]) == (1, "go", "owner")
    assert MOMENT.fullmatch(version["published"])
    shown = ask("GET", "/flows/life").json
    assert (shown["row"]["live"], shown["source"], shown["problems"]) == (1, text, [])
    assert shown["hooks"][0]["path"].startswith("/hooks/")
    exported = ask("GET", "/flows/life/export")
    assert (exported.text, exported.mimetype) == (text, "application/yaml")
    assert ask("GET", "/flows/life/export?version=1").text == text
    assert ask("GET", "/flows/life/export?version=2").status_code == 404
    assert "life" in [row["id"] for row in ask("GET", "/flows").json["rows"]]


def test_a_flow_may_be_written_in_json(ask):
    flow = {"id": "in-json", "name": "J", "trigger": [{"use": "core.webhook"}], "do": []}
    flow["do"] = [{"a": {"set": 1}}]
    assert ask.save(json.dumps(flow), "application/json").json["id"] == "in-json"


def test_a_wrong_flow_is_refused_with_every_problem_and_its_place(ask):
    text = "id: bad\nname: B\ntrigger: [{use: core.webhok}]\ndo: [{a: {call: core.nte}}]\n"
    answer = ask.save(text, file="bad.yaml")
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    problems = answer.json["problems"]
    assert [(one["file"], one["line"]) for one in problems] == [("bad.yaml", 3), ("bad.yaml", 4)]
    assert "core.note" in problems[1]["hint"]
    assert ask("GET", "/flows/bad").status_code == 404
    validated = ask("POST", "/flows/validate", data=text, content_type="application/yaml")
    assert validated.status_code == 200
    assert [one["line"] for one in validated.json["problems"]] == [3, 4]


def test_a_flow_is_turned_off_and_on(ask, greet):
    assert ask("POST", "/flows/greet/turn", json={"on": False}).json["enabled"] is False
    assert ask("POST", "/hooks/greet/events", json={}).status_code == 404
    assert ask("POST", "/flows/greet/turn", json={"on": True}).json["enabled"] is True


def test_a_draft_cannot_be_turned_on(ask):
    ask.save("id: draft\nname: D\ntrigger: [{use: core.webhook}]\ndo: [{a: {set: 1}}]\n")
    answer = ask("POST", "/flows/draft/turn", json={"on": True})
    assert (answer.status_code, answer.json["code"]) == (409, "not_published")


def test_settings_are_kept_and_hold_from_the_next_publish(ask, greet, send):
    assert ask("PUT", "/flows/greet/settings", json={"words": "Servus"}).status_code == 204
    assert ask("GET", "/flows/greet").json["settings"] == {"words": "Servus"}
    assert ask("PUT", "/flows/greet/settings", json={"words": 5}).status_code == 422
    ask("POST", "/flows/greet/publish", json={})
    view = ask("GET", f"/runs/{send('greet', {'name': 'Ada'})}").json
    assert view["steps"][-1]["output"] == {"text": "Servus Ada"}


def test_an_event_is_accepted_and_its_run_can_be_followed(ask, greet):
    receipt = ask("POST", "/hooks/greet/events", json={"name": "Ada"})
    assert receipt.status_code == 202
    assert EVENT.fullmatch(receipt.json["event_id"])
    (run_id,) = receipt.json["run_ids"]
    row = ask("GET", f"/runs/{run_id}/wait?timeout=5").json
    assert (row["id"], row["state"], row["flow_id"]) == (run_id, "done", "greet")
    assert MOMENT.fullmatch(row["started"])
    view = ask("GET", f"/runs/{run_id}").json
    assert view["event"]["id"] == row["event_id"] == receipt.json["event_id"]
    assert view["event"]["data"] == {"name": "Ada"}
    assert [step["state"] for step in view["steps"]] == ["skipped", "done"]


def test_runs_are_listed_by_pages(ask, greet, send):
    sent = [send("greet", {"name": f"P{number}"}) for number in range(3)]
    first = ask("GET", "/runs?flow=greet&limit=2").json
    assert [row["id"] for row in first["rows"]] == [sent[2], sent[1]]
    second = ask("GET", f"/runs?flow=greet&limit=2&cursor={first['cursor']}").json
    assert second["rows"][0]["id"] == sent[0]
    assert ask("GET", "/runs?flow=greet&state=cancelled").json["rows"] == []


def test_a_failed_run_is_retried_from_its_step(ask, greet, send):
    run_id = send("greet", {})
    row = ask("GET", f"/runs/{run_id}/wait").json
    assert (row["state"], row["step"], row["fault"]["code"]) == ("failed", "stop", "rude")
    assert ask("POST", f"/runs/{run_id}/retry").json["state"] in ("ready", "running", "failed")
    again = ask("GET", f"/runs/{run_id}/wait?timeout=5").json
    assert again["state"] == "failed"


def test_a_waiting_run_is_cancelled_once(ask, patient, send):
    run_id = send("patient", {"name": "Job"})
    assert ask("GET", f"/runs/{run_id}/wait?timeout=0.1").json["state"] == "waiting"
    assert ask("POST", f"/runs/{run_id}/cancel").json["state"] == "cancelled"
    again = ask("POST", f"/runs/{run_id}/cancel")
    assert (again.status_code, again.json["code"]) == (409, "wrong_state")


def test_a_hooks_secret_is_set_and_never_shown(ask):
    text = "id: signed\nname: S\ntrigger: [{use: core.webhook_token}]\ndo: [{a: {set: 1}}]\n"
    ask.save(text)
    refused = ask("POST", "/flows/signed/publish", json={})
    assert (refused.status_code, refused.json["code"]) == (409, "secret_missing")
    assert ask("PUT", "/hooks/signed/secret", json={"secret": "geheim-1234"}).status_code == 204
    assert ask("POST", "/flows/signed/publish", json={}).status_code == 200
    listed = ask("GET", "/hooks")
    hook = next(row for row in listed.json["rows"] if row["name"] == "signed")
    assert (hook["signed"], hook["has_secret"]) == (True, True)
    assert "geheim" not in listed.text


def test_a_connection_is_kept_and_its_secrets_stay_hidden(ask):
    values = {"base_url": "http://127.0.0.1:1", "secret": "geheim-1234"}
    body = {"module": "http", "values": values, "allow": ["127.0.0.0/8"]}
    made = ask("PUT", "/connections/shop", json=body)
    assert made.json["values"] == {"base_url": "http://127.0.0.1:1"}
    assert made.json["secrets"][0] | {"changed": ""} == {
        "field": "secret",
        "tail": "",
        "changed": "",
    }
    shown = ask("GET", "/connections/shop")
    assert (shown.json["allow"], shown.json["module"]) == (["127.0.0.0/8"], "http")
    assert "geheim" not in shown.text + ask("GET", "/connections").text
    assert ask("GET", "/connections/none").status_code == 404
    wrong = body | {"allow": ["everywhere"]}
    assert ask("PUT", "/connections/shop", json=wrong).json["code"] == "bad_network"
    assert ask("PUT", "/connections/shop", json=body | {"module": "nope"}).status_code == 404
    assert ask("POST", "/connections/shop/turn", json={"on": False}).json["enabled"] is False
    found = ask("POST", "/connections/shop/test").json
    assert (found["health"], "unreachable" in found["says"] or "reach" in found["says"]) == (
        "broken",
        True,
    )
    assert ask("DELETE", "/connections/shop").status_code == 204
    assert ask("GET", "/connections/shop").status_code == 404


def test_every_secret_is_sealed_anew_with_a_new_key(ask):
    body = {"module": "http", "values": {"base_url": "https://a.example", "secret": "geheim-99"}}
    ask("PUT", "/connections/sealed", json=body)
    before = ask("GET", "/keys").json
    after = ask("POST", "/keys/rotate").json
    assert after["current"] != before["current"]
    assert (after["done"], after["known"], after["rotating"]) == (before["total"], 1, False)


def test_modules_say_what_their_connections_hold(ask):
    rows = ask("GET", "/modules").json["rows"]
    assert {"core", "http", "email", "github"} <= {row["id"] for row in rows}
    email = ask("GET", "/modules/email").json
    (kind,) = email["connections"]
    assert kind["fields"]["properties"]["password"]["x-secret"] is True
    assert ask("GET", "/modules/nope").status_code == 404


def test_the_doctor_names_connections_that_nobody_set(ask):
    text = (
        "id: lost\nname: L\ntrigger: [{use: core.webhook}]\n"
        "do: [{a: {call: http.get, connection: nowhere, with: {url: /x}}}]\n"
    )
    assert ask.save(text).status_code == 200
    found = ask("GET", "/doctor").json["findings"]
    said = [one["says"] for one in found if one["state"] == "attention"]
    assert "The flow lost names the connection nowhere, which is not set." in said


def test_a_new_token_works_at_once(ask, app):
    made = ask("POST", "/tokens", json={"name": "ci"})
    assert made.status_code == 201
    headers = {"Authorization": f"bearer {made.json['token']}"}
    assert app.test_client().get("/api/v1/whoami", headers=headers).json["id"] == "owner"


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer nx_wrong"}, {"Authorization": "Basic eDp5"}]
)
def test_nobody_comes_in_without_a_token(app, headers):
    answer = app.test_client().get("/api/v1/openapi.json", headers=headers)
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert "nexus token new" in answer.json["hint"]
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_page_session_is_no_token(app, nexus):
    client = app.test_client()
    client.post("/sign-in", data={"token": nexus.people.link()})
    assert client.get("/api/v1/whoami").status_code == 401


def test_the_console_cannot_be_claimed_by_a_header(app):
    headers = {"nexus.console": "owner", "X-Nexus-Console": "owner"}
    assert app.test_client().get("/api/v1/whoami", headers=headers).status_code == 401
