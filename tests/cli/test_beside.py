"""Beside a running server every command speaks to its API; it never takes the folder from it."""

import json
import re
import stat


def test_commands_speak_to_the_running_server(server, process, write, folder):
    file = write(
        "hi.yaml", "id: hi\nname: Hi\ntrigger: [{use: core.webhook}]\ndo: [{a: {set: 1}}]\n"
    )
    assert stat.S_IMODE((folder / "server.json").stat().st_mode) == 0o600
    assert process("flow", "import", file).code == 0
    assert process("flow", "publish", "hi").code == 0
    sent = process("event", "send", "-", "--hook", "hi", "--json", given="{}")
    (run_id,) = json.loads(sent.out)["run_ids"]
    assert process("run", "wait", run_id).code == 0
    path = json.loads(process("hook", "list", "--json").out)["rows"][0]["path"]
    posted = process("event", "send", "-", "--hook", f"{server}{path}", given="{}")
    assert posted.code == 0
    assert process("flow", "export", "hi").out.startswith("id: hi")
    doctor = process("doctor")
    assert (doctor.code, f"It runs at {server}" in doctor.out) == (0, True)
    link = process("sign-in-link")
    assert re.fullmatch(rf"{server}/sign-in\?token=[\w-]+\n", link.out)
    refused = process("flow", "publish", "none")
    assert (refused.code, refused.err) == (1, "There is no flow none. See `nexus flow list`.\n")
    second = process("serve", "--port", "0")
    assert second.code == 2
    second = process("serve", "--port", server.rpartition(":")[2])
    assert (second.code, second.err.count("\n")) == (1, 1)


def test_a_file_that_a_killed_server_left_is_no_server(process, folder):
    folder.mkdir()
    said = {"url": "http://127.0.0.1:9", "token": "nx_x", "pid": 1}
    (folder / "server.json").write_text(json.dumps(said))
    assert process("token", "new", "x").code == 0
    (folder / "server.json").write_text("{")
    assert process("token", "new", "x").code == 0
