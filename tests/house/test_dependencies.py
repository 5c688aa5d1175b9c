"""What is installed is what is locked, what is locked is what pyproject asks for, and the heavy
libraries load only when they are used."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HEAVY = {
    "acme",
    "alembic",
    "argon2",
    "authlib",
    "httpx",
    "joserfc",
    "jsonschema",
    "msal",
    "openai",
    "playwright",
    "psycopg",
    "pyhanko",
    "pyreqwest",
    "redis",
    "requests",
    "rq",
    "segno",
    "stripe",
    "weasyprint",
    "webauthn",
}
HOSTS = re.compile(
    r"pypi\.(org|python)|pythonhosted|registry\.(npmjs|yarnpkg)|" r"(extra-)?index-url|crates\.io"
)


def locked(root, name: str) -> dict[str, str]:
    """Return name → version of the lines that hold on this machine."""
    lines = re.findall(r"^[a-z0-9].*==.*$", (root / name).read_text(), re.MULTILINE)
    found = [Requirement(line.rstrip(" \\")) for line in lines]
    return {
        canonicalize_name(one.name): next(iter(one.specifier)).version
        for one in found
        if one.marker is None or one.marker.evaluate()
    }


def asked(root, group: str | None) -> list[Requirement]:
    project = tomllib.loads((root / "pyproject.toml").read_text())
    lines = project["dependency-groups"][group] if group else project["project"]["dependencies"]
    found = [Requirement(line) for line in lines if isinstance(line, str)]
    return [one for one in found if one.marker is None or one.marker.evaluate()]


@pytest.mark.parametrize(
    ("group", "lock"),
    [
        (None, "requirements.lock"),
        (None, "requirements-dev.lock"),
        ("dev", "requirements-dev.lock"),
        ("tools", "requirements-dev.lock"),
        ("tools", "requirements-tools.lock"),
    ],
)
def test_every_dependency_is_locked_in_a_version_that_was_asked_for(root, group, lock):
    versions = locked(root, lock)
    unmet = [
        str(one)
        for one in asked(root, group)
        if versions.get(canonicalize_name(one.name)) not in one.specifier
    ]
    assert unmet == []


def test_the_locks_agree(root):
    development = locked(root, "requirements-dev.lock")
    for lock in ("requirements.lock", "requirements-tools.lock"):
        assert locked(root, lock).items() <= development.items()


def test_what_is_installed_is_what_is_locked(root):
    installed = {canonicalize_name(one.metadata["Name"]): one.version for one in distributions()}
    installed.pop("nexus", None)
    assert installed == locked(root, "requirements-dev.lock")


def test_no_committed_file_names_a_package_registry(root, files):
    named = [
        f"{path.relative_to(root)}: {found[0]}"
        for path in files
        if path.name != "test_dependencies.py"
        and (found := HOSTS.search(path.read_bytes().decode(errors="replace")))
    ]
    assert named == []


def test_every_locked_file_has_its_hash(root):
    for lock in root.glob("requirements*.lock"):
        entries = re.split(r"\n(?=[a-z0-9])", lock.read_text())
        assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_heavy_libraries_load_on_first_use():
    modules = "nexus.app, nexus.core.nexus, nexus.ui.web, sys"
    code = f"import {modules}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY & set(done.stdout.split()) == set()


def test_the_process_that_only_watches_loads_no_web_framework_and_no_database():
    code = "import nexus.app, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"flask", "sqlalchemy", "lark", "uvloop"} & set(done.stdout.split()) == set()
