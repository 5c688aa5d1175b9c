"""The wheel holds every file that Nexus reads at run time, and nothing that it does not."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import PurePath

import pytest

ROOMS = ("core", "plugins", "ui", "flows", "schemas")


@pytest.fixture(scope="module")
def wheel(root, files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    for path in files:
        copy = folder / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    tool = [sys.executable, "-m", "uv", "build", "--wheel", "--no-build-isolation", "--offline"]
    command = [*tool, "--python", sys.executable]
    done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next((folder / "dist").glob("*.whl"))) as archive:
        return set(archive.namelist())


def test_every_file_of_the_rooms_is_in_the_wheel(root, files, wheel):
    names = [path.relative_to(root).as_posix() for path in files]
    wanted = {f"nexus/{name}" for name in names if PurePath(name).parts[0] in ROOMS}
    assert sorted(wanted - wheel) == []
    assert {"nexus/py.typed", "nexus/app.py", "nexus/__init__.py"} <= wheel


def test_no_tests_and_no_setup_are_in_the_wheel(wheel):
    tops = {PurePath(name).parts[1] for name in wheel if name.startswith("nexus/")}
    assert tops <= {*ROOMS, "__init__.py", "app.py", "py.typed"}


def test_the_licence_goes_with_it(wheel):
    assert any(name.endswith("/LICENSE") for name in wheel)


def test_the_command_line_is_installed(root):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == {"nexus": "nexus.app:main"}
