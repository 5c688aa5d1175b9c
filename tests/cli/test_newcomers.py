"""What a newcomer does wrong first: each is told what, where, and what to do."""

import pytest

FLOW = """id: hear
settings: {grace_days: {type: integer, default: 3}}
trigger: [{use: core.webhook}]
do: [{keep: {set: 1}}]
"""


@pytest.fixture
def told(process, write):
    """Run a command on an installation with one flow; return its error."""
    process("flow", "import", write("hear.yaml", FLOW))

    def told(*words):
        said = process(*words)
        assert said.code == 1
        assert "Traceback" not in said.err
        return said.err

    return told


def test_a_setting_that_is_misspelt(told):
    error = told("flow", "set", "hear", "grce_days=4")
    assert error == "The flow hear has no setting `grce_days`. Did you mean `grace_days`?\n"


def test_a_setting_that_looks_like_none(told):
    assert "Its settings are `grace_days`." in told("flow", "set", "hear", "x=4")


def test_a_connection_without_what_it_needs_and_with_a_misspelt_value(told):
    lines = told("connection", "set", "mail", "--module", "email", "trasport=folder").splitlines()
    assert lines[0] == "The connection takes no value `trasport`. Did you mean `transport`?"
    assert lines[1].startswith("The connection needs a value for `from`.")


def test_a_secret_that_did_not_come(told):
    assert "No secret came on standard input." in told("hook", "secret", "hear")


def test_an_event_that_is_no_json_names_its_file(told, write):
    file = write("event.json", "{a: 1}")
    assert told("event", "send", file, "--hook", "hear").startswith(f"{file}:1:2: ")
