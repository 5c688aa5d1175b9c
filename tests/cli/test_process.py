"""Exit codes, one line for each error, and a quick start, as a shell sees them."""

import json
import subprocess
import sys

WRONG = "id: wrong\nname: W\ntrigger: [{use: core.webhook}]\ndo: [{a: {call: core.nte}}]\n"


def test_done_is_zero_failed_one_wrong_use_two_found_three(process, write):
    wrong = write("wrong.yaml", WRONG)
    assert process("module", "list").code == 0
    assert process("flow", "publish", "none").code == 1
    assert process("flow", "import", wrong).code == 1
    assert process("flow", "import", "no-such-file").code == 2
    assert process("flow", "list", "--nope").code == 2
    assert process("flow", "validate", wrong).code == 3


def test_an_error_is_one_line_and_in_json_when_asked(process, write):
    wrong = write("wrong.yaml", WRONG)
    said = process("flow", "import", wrong)
    assert said.err.startswith(f"{wrong}:4:")
    assert (said.out, said.err.count("\n")) == ("", 1)
    problem = json.loads(process("flow", "import", wrong, "--json").err)
    assert (problem["line"], problem["file"], problem["step"]) == (4, wrong, "a")


def test_a_folder_that_cannot_be_used_is_one_line(process, tmp_path):
    (tmp_path / "file").write_text("x")
    said = process("token", "new", "x", "--data", str(tmp_path / "file" / "below"))
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "Traceback" not in said.err
    (tmp_path / "weak").mkdir()
    (tmp_path / "weak" / "secret.key").write_text("x")
    said = process("token", "new", "x", "--data", str(tmp_path / "weak"))
    assert (said.code, said.err.count("\n")) == (1, 1)


def test_a_database_that_is_none_is_one_line(process, tmp_path):
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "nexus.db").write_bytes(b"this is not a database" * 500)
    said = process("flow", "list", "--data", str(tmp_path / "odd"))
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "Traceback" not in said.err


def test_the_folder_comes_from_the_environment_or_from_either_place(process, tmp_path):
    process("token", "new", "x", NEXUS_DATA=str(tmp_path / "one"))
    process("--data", str(tmp_path / "two"), "token", "new", "x")
    process("token", "new", "x", "--data", str(tmp_path / "three"))
    assert all((tmp_path / name / "nexus.db").exists() for name in ("one", "two", "three"))


def test_help_loads_no_engine_and_no_web_framework():
    code = (
        "import sys, click\n"
        "from nexus.app import main\n"
        "sys.argv = ['nexus', '--help']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'flask', 'sqlalchemy', 'granian', 'yaml'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")
