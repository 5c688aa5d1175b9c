"""What the pages show of a real installation."""

import re
import threading

import pytest

from nexus.core.model import ids


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_flows_stand_in_their_groups_with_a_switch(browser, flows):
    page = browser.get("/flows").text
    for text in ("Greet an order", "Sales", "Care", "Other flows", "3 flows, 3 on"):
        assert text in words(page)
    assert page.count('role="switch"') == 3


def test_search_finds_by_name_and_says_when_nothing_fits(browser, flows):
    assert "Always fails" not in browser.get("/flows?q=greet").text
    assert "No flow is called that" in browser.get("/flows?q=zebra").text


def test_an_empty_installation_says_how_to_begin(browser):
    assert "nexus flow import" in browser.get("/flows").text
    assert "No runs yet" in browser.get("/runs").text


def test_the_switch_turns_the_flow_and_answers_with_its_row(browser, token, nexus, owner, flows):
    headers = {"X-CSRFToken": token, "HX-Request": "true", "HX-Request-Type": "partial"}
    row = browser.post("/flows/order/turn", data={"on": "0"}, headers=headers).text
    assert 'aria-checked="false"' in row and "<html" not in row
    assert 'hx-target="#count"' in row and "3 flows, 2 on" in words(row)
    assert not next(each for each in nexus.flows.list(owner) if each.id == "order").enabled


def test_the_line_map_nests_the_steps_as_the_flow_does(browser, flows):
    page = browser.get("/flows/order").text
    for way in ("Large", "Otherwise", "For each item", "Try", "If it fails", "Nothing happens"):
        assert way in page
    assert re.findall(r'id="stop-(\w+)"', page) == [
        *("greeting", "size", "praise", "each", "line", "careful", "trouble", "sorry", "stamp")
    ]


def test_a_chosen_step_shows_its_settings_with_chips(browser, flows):
    page = browser.get("/flows/order?step=praise").text
    assert re.search(r'<span class="chip k-trigger" title="event.data.amount">amount</span>', page)
    assert "core.note" in page


def test_a_chosen_switch_shows_its_conditions(browser, flows):
    page = browser.get("/flows/order?step=size").text
    assert "nothing to set" not in page
    assert '<dt>Large</dt><dd class="code">steps.greeting.large</dd>' in page


def test_the_document_is_shown_with_line_numbers_and_every_character(browser, flows):
    page = browser.get("/flows/order?tab=yaml").text
    assert 'id="L1"' in page
    assert "Greets an order, in a way that uses every kind of step." in page


def test_versions_and_runs_have_their_tabs(browser, flows, finished):
    assert "Version 1" in browser.get("/flows/order?tab=versions").text
    assert finished in browser.get("/flows/order?tab=runs").text


def test_the_line_that_a_run_travelled_is_painted(browser, finished):
    page = browser.get(f"/flows/order?run={finished}").text
    taken = re.findall(r'class="way taken.*?way-name \w+">([^<]+)', page, re.DOTALL)
    assert "Large" in taken and "Otherwise" not in taken


def test_a_test_event_starts_a_run_and_leads_to_it(browser, token, flows):
    form = {"hook": "order", "data": '{"id": "A-9", "amount": 5, "items": []}'}
    answer = browser.post("/flows/order/test", data=form, headers={"X-CSRFToken": token})
    assert answer.status_code == 303
    assert "A-9" in browser.get(answer.location).text


def test_a_test_event_that_nobody_wants_says_so(browser, token, flows):
    form = {"hook": "order", "data": '{"amount": 0}'}
    answer = browser.post("/flows/order/test", data=form, headers={"X-CSRFToken": token})
    assert "no flow wanted it" in answer.text


def test_a_test_event_that_is_not_json_names_the_line(browser, token, flows):
    form = {"hook": "order", "data": '{"a": 1,\n  b}'}
    answer = browser.post(
        "/flows/order/test", data=form, headers={"X-CSRFToken": token, "Accept": "text/html"}
    )
    assert answer.status_code == 422
    assert "line 2" in answer.text


def test_a_run_shows_input_output_and_attempts_of_its_steps(browser, finished):
    page = words(browser.get(f"/runs/{finished}?step=stamp").text)
    for text in ("Attempts", "Input", "Europe/Vienna", "Output", "weekday", "Finished in"):
        assert text in page
    assert "Large" in words(browser.get(f"/runs/{finished}").text)


def test_a_failed_run_says_why_and_may_be_tried_again(browser, token, nexus, owner, flows):
    run_id = nexus.inbox.send(owner, "trouble", {}).run_ids[0]
    nexus.runs.wait(owner, run_id, 10)
    page = browser.get(f"/runs/{run_id}").text
    assert "There is no tea left." in page and "out_of_stock" in page and 'id="retry"' in page
    again = browser.post(f"/runs/{run_id}/retry", headers={"X-CSRFToken": token})
    assert again.status_code == 303


def test_runs_are_filtered_and_paged(browser, nexus, owner, flows):
    for number in range(60):
        nexus.inbox.send(owner, "order", {"id": f"B-{number}", "amount": 1, "items": []})
    first = browser.get("/runs").text
    assert first.count('class="run-row"') == 50
    more = re.search(r'id="more".*?href="([^"]+)"', first, re.DOTALL).group(1)
    assert browser.get(more.replace("&amp;", "&")).text.count('class="run-row"') == 10
    assert "No run fits" in browser.get("/runs?state=cancelled").text
    assert browser.get("/runs?q=B-17").text.count('class="run-row"') == 1


def test_modules_show_what_they_bring(browser):
    page = browser.get("/modules").text
    for text in ("core.note", "http.post", "email.send", "Active"):
        assert text in page


@pytest.fixture
def waiting(nexus, owner, flows):
    run_id = nexus.inbox.send(owner, "patience", {}).run_ids[0]
    nexus.runs.wait(owner, run_id, 1)
    return run_id


def test_a_stream_sends_the_state_at_once_and_every_change_until_it_is_over(
    browser, nexus, owner, waiting
):
    stream = browser.get(f"/runs/{waiting}/live")
    assert stream.mimetype == "text/event-stream"
    events = iter(stream.response)
    first = next(events)
    assert b'data-state="waiting"' in first
    threading.Timer(0.2, nexus.runs.cancel, (owner, waiting)).start()
    told = b"".join(events)
    assert b'data-state="cancelled"' in told
    assert told.rstrip().endswith(b"event: over\ndata: .")
    stream.close()


def test_over_the_cap_a_page_still_gets_the_present_state(browser, waiting, monkeypatch):
    monkeypatch.setattr("nexus.ui.live.STREAMS", threading.BoundedSemaphore(1))
    monkeypatch.setattr("nexus.ui.live.HOLD", 0.01)
    counted = browser.get(f"/runs/{waiting}/live")
    next(iter(counted.response))
    over = browser.get(f"/runs/{waiting}/live")
    assert b'data-state="waiting"' in b"".join(over.response)
    counted.close()
    assert browser.get(f"/runs/{waiting}/live").status_code == 200


def test_streams_end_when_the_server_stops(browser, nexus, waiting):
    events = iter(browser.get(f"/runs/{waiting}/live").response)
    next(events)
    threading.Timer(0.1, nexus.pulse.stop).start()
    assert b"over" not in b"".join(events)


def test_streams_end_when_the_person_signs_out(browser, nexus, waiting):
    events = iter(browser.get(f"/runs/{waiting}/live").response)
    next(events)
    nexus.people.sign_out(nexus.people.console(), browser.get_cookie("nexus").value)
    assert len(list(events)) <= 2


def test_what_an_event_carries_is_shown_as_text_never_as_markup(browser, nexus, owner, flows):
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    receipt = nexus.inbox.send(owner, "order", {"id": evil, "amount": 1, "items": [evil]})
    page = browser.get(f"/runs/{receipt.run_ids[0]}").text
    assert "<script>alert" not in page and "<img" not in page
    assert ids.read("run", receipt.run_ids[0])
