"""Every command without a server: it takes the data folder's lock and works in its own process."""

import json
import re

import pytest

from nexus.core.store.lock import lock_folder

RUN = re.compile(r"run_[0-9a-z]{13}")


def run_of(said) -> str:
    return RUN.search(said.out)[0]


def test_a_flow_goes_from_a_file_to_a_version(nexus, write):
    file = write(
        "greet.yaml", "id: hi\nname: Hi\ntrigger: [{use: core.webhook}]\ndo: [{a: {set: 1}}]\n"
    )
    imported = nexus("flow", "import", file)
    assert (imported.code, imported.out) == (
        0,
        "Saved hi as a draft: nexus flow publish hi\n",
    )
    assert "draft" in nexus("flow", "list").out
    assert nexus("flow", "publish", "hi", "--note", "go").out == "Published hi as version 1.\n"
    assert "on" in nexus("flow", "list").out
    (row,) = json.loads(nexus("flow", "list", "--json").out)["rows"]
    assert (row["id"], row["live"], row["enabled"]) == ("hi", 1, True)


def test_an_exported_flow_is_the_file_that_was_imported(nexus, flows, tmp_path):
    original = (tmp_path / "greet.yaml").read_text()
    assert nexus("flow", "export", "greet").out == original
    assert nexus("flow", "export", "greet", "--version", "1").out == original
    assert json.loads(nexus("flow", "export", "greet", "--json").out)["source"] == original
    assert nexus("flow", "export", "greet", "--version", "9").code == 1


def test_validate_finds_every_problem_and_keeps_nothing(nexus, wrong, folder):
    said = nexus("flow", "validate", wrong)
    assert said.code == 3
    assert said.err.startswith(f"{wrong}:6:")
    assert "core.note" in said.err
    assert said.out == "1 flow checked, 1 problem found.\n"
    (problem,) = json.loads(nexus("flow", "validate", wrong, "--json").out)["problems"]
    assert (problem["line"], problem["step"]) == (6, "note")
    assert not folder.exists()


def test_import_saves_what_is_right_and_names_what_is_wrong(nexus, flows, wrong, tmp_path):
    said = nexus("flow", "import", str(tmp_path / "greet.yaml"), wrong)
    assert said.code == 1
    assert said.out == "Saved greet as a draft: nexus flow publish greet\n"
    assert (said.err.count("\n"), said.err.startswith(f"{wrong}:6:")) == (1, True)


def test_settings_are_set_one_by_one(nexus, flows):
    assert nexus("flow", "set", "greet", "words=Servus").code == 0
    said = nexus("flow", "set", "greet", "days=5", "--json")
    assert json.loads(said.out) == {"words": "Servus", "days": 5}
    wrong = nexus("flow", "set", "greet", "days=soon")
    assert (wrong.code, wrong.out) == (1, "")
    assert nexus("flow", "set", "greet", "days").code == 2
    assert nexus("flow", "set", "greet", "days=1", "days=2").code == 2


def test_a_flow_is_turned_off_and_on(nexus, flows):
    assert nexus("flow", "turn", "greet", "off").out == "greet is off.\n"
    assert "off" in nexus("flow", "list").out
    assert nexus("flow", "turn", "greet", "on").out == "greet is on.\n"


def test_an_event_runs_its_flow_before_the_command_ends(nexus, flows):
    said = nexus("event", "send", "-", "--hook", "greet", given='{"name": "Ada"}')
    assert said.code == 0
    assert said.out.splitlines()[1].endswith("greet: done")
    shown = nexus("run", "show", run_of(said))
    assert '{"text": "Hello Ada"}' in shown.out
    listed = nexus("run", "list", "--flow", "greet", "--state", "done")
    assert run_of(said) in listed.out
    assert nexus("run", "wait", run_of(said)).code == 0


def test_an_event_may_be_posted_by_key_and_by_url(nexus, flows, write):
    file = write("event.json", '{"name": "Ada"}')
    (row,) = [
        row
        for row in json.loads(nexus("hook", "list", "--json").out)["rows"]
        if row["name"] == "greet"
    ]
    key = row["path"].removeprefix("/hooks/")
    header = ("--header", "Idempotency-Key: one")
    first = nexus("event", "send", file, "--hook", key, *header, "--json")
    again = nexus(
        "event", "send", file, "--hook", f"http://x.example{row['path']}", *header, "--json"
    )
    assert first.code == again.code == 0
    assert json.loads(first.out)["run_ids"] == json.loads(again.out)["run_ids"]
    assert nexus("event", "send", file, "--hook", key, "--type", "text/plain").code == 1


def test_a_failed_run_is_shown_retried_and_waited_for(nexus, flows):
    said = nexus("event", "send", "-", "--hook", "greet", given="{}")
    assert "failed" in said.out
    run_id = run_of(said)
    assert "No name." in nexus("run", "show", run_id).out
    assert "stop: No name." in nexus("run", "list").out
    assert "failed" in nexus("run", "retry", run_id).out
    assert nexus("run", "wait", run_id).code == 1


def test_a_waiting_run_is_cancelled_once(nexus, flows):
    run_id = run_of(nexus("event", "send", "-", "--hook", "patient", given="{}"))
    assert nexus("run", "wait", run_id, "--timeout", "1").code == 1
    assert "waiting" in nexus("run", "show", run_id).out
    assert nexus("run", "cancel", run_id).out == f"{run_id} is cancelled.\n"
    assert nexus("run", "cancel", run_id).code == 1


def test_runs_come_in_pages(nexus, flows):
    sent = [nexus("event", "send", "-", "--hook", "greet", given='{"name": "A"}') for _ in range(2)]
    first = json.loads(nexus("run", "list", "--limit", "1", "--json").out)
    second = nexus("run", "list", "--limit", "1", "--cursor", first["cursor"])
    assert run_of(sent[0]) in second.out
    assert run_of(sent[1]) not in second.out


def test_a_hooks_secret_comes_from_standard_input(nexus, write):
    text = "id: signed\nname: S\ntrigger: [{use: core.webhook_token}]\ndo: [{a: {set: 1}}]\n"
    nexus("flow", "import", write("signed.yaml", text))
    refused = nexus("flow", "publish", "signed")
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "nexus hook secret signed" in refused.err
    assert "missing" in nexus("hook", "list").out
    assert nexus("hook", "secret", "signed", given="geheim-1234\n").code == 0
    assert nexus("flow", "publish", "signed").code == 0
    assert nexus("hook", "secret", "signed", "geheim").code == 2


def test_a_misspelt_value_of_a_connection_names_those_that_exist(nexus):
    said = nexus("connection", "set", "shop", "--module", "http", "base_ur=http://x", given="")
    assert said.code == 1
    assert "no value `base_ur`. Did you mean `base_url`?" in said.err


def test_a_connections_secrets_never_stand_on_the_command_line(nexus, write):
    url = "base_url=https://shop.example"
    words = ("connection", "set", "shop", "--module", "http", "--allow", "10.0.0.0/8")
    refused = nexus(*words, url, "secret=geheim-1234")
    assert (refused.code, "--secret-file" in refused.err) == (2, True)
    said = nexus(*words, url, "--secret-file", "-", "--json", given="secret=Bearer a=b\n")
    assert json.loads(said.out)["values"] == {"base_url": "https://shop.example"}
    assert [one["field"] for one in json.loads(said.out)["secrets"]] == ["secret"]
    file = write("secrets", "secret=geheim-1234\n")
    assert nexus(*words, url, "--secret-file", file).code == 0
    assert "10.0.0.0/8" in nexus("connection", "list").out
    assert nexus(*words, "--secret-file", "-", given="nothing").code == 2
    wrong = nexus(*words, "base=1")
    assert (wrong.code, wrong.err.count("\n")) == (1, 2)  # base is unknown, base_url is missing


def test_modules_are_made_checked_and_listed(nexus, tmp_path):
    assert "github" in nexus("module", "list").out
    made = nexus("module", "new", "acme_test", "--into", str(tmp_path))
    assert made.code == 0
    folder = tmp_path / "acme_test"
    assert nexus("module", "check", str(folder)).code == 0
    manifest = folder / "module.yaml"
    manifest.write_text(manifest.read_text().replace("version:", "vresion:"))
    wrong = nexus("module", "check", str(folder), "--json")
    assert wrong.code == 3
    assert json.loads(wrong.out)["problems"]
    assert nexus("module", "new", "acme_test", "--into", str(tmp_path)).code == 1
    assert nexus("module", "new", "Not a name").code == 1


def test_a_command_that_only_reads_makes_no_installation(nexus, folder):
    said = nexus("run", "list")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "no Nexus data in" in said.err
    assert nexus("module", "list").code == 0
    assert not folder.exists()


def test_a_token_is_printed_alone(nexus):
    assert re.fullmatch(r"nx_[\w-]+\n", nexus("token", "new", "ci").out)


def test_the_doctor_is_content_with_a_new_folder_and_makes_none(nexus, folder):
    said = nexus("doctor")
    assert (said.code, folder.exists()) == (0, False)
    assert "is not there yet" in said.out


def test_the_doctor_finds_what_needs_attention(nexus, folder, write):
    text = (
        "id: lost\nname: L\ntrigger: [{use: core.webhook}]\n"
        "do: [{a: {call: http.get, connection: nowhere, with: {url: /x}}}]\n"
    )
    nexus("flow", "import", write("lost.yaml", text))
    said = nexus("doctor")
    assert said.code == 3
    assert "the connection nowhere, which is not set" in said.out
    (folder / "secret.key").chmod(0o644)
    said = nexus("doctor", "--json")
    assert said.code == 3
    attention = [one for one in json.loads(said.out)["findings"] if one["state"] == "attention"]
    assert {"key", "installation"} == {one["what"] for one in attention}


def test_a_folder_that_another_command_holds_is_refused(nexus, folder, wrong):
    with lock_folder(folder):
        said = nexus("flow", "import", wrong)
        assert (said.code, said.err.count("\n")) == (1, 1)
        assert "already works on" in said.err


def test_a_link_is_given_only_when_somebody_serves(nexus):
    said = nexus("sign-in-link")
    assert (said.code, "nexus serve" in said.err) == (1, True)


@pytest.mark.parametrize(
    "words",
    [
        ("flow",),
        ("flow", "publish"),
        ("nope",),
        ("run", "list", "--limit", "0"),
        ("flow", "turn", "x", "maybe"),
    ],
)
def test_wrong_use_is_said_on_stderr(nexus, words):
    said = nexus(*words)
    assert (said.code, said.out) == (2, "")
    assert "Usage: " in said.err
