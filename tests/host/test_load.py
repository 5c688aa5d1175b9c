"""Modules are found and loaded; a broken one says why and takes nothing else down."""

import subprocess
import sys

import pytest

from nexus.core.host import load
from nexus.core.model.action import Catalog

SHIPPED = ["core", "email", "github", "http"]


def problems_of(folder) -> str:
    row = next(row for row in load([folder]).modules() if row.id == folder.name)
    assert row.state == "broken"
    assert (row.actions, row.triggers) == ((), ())
    return " ".join(row.problems)


def test_the_shipped_modules_are_active():
    catalog = load()

    assert set(SHIPPED) <= set(catalog.module_names())
    assert all(row.state == "active" for row in catalog.modules() if row.id in SHIPPED)


def test_a_catalog_looks_up_by_full_name():
    catalog: Catalog = load()

    post = catalog.action("http.post")
    opened = catalog.trigger("github.issue_opened")
    assert post is not None and post.effect == "write"
    assert opened is not None and opened.types == ("github.issues.opened",)
    assert catalog.action("http.nothing") is None
    assert catalog.trigger("http.post") is None
    assert catalog.action_names() == sorted(catalog.action_names())
    assert "core.webhook" in catalog.trigger_names()


def test_a_module_says_what_its_connections_hold():
    catalog = load()

    smtp = catalog.connection("email", "smtp")

    assert smtp is not None and smtp.secrets == {"password"}
    assert catalog.connection("email", "other") is None
    assert catalog.connection("other", "smtp") is None


def test_a_folder_anywhere_is_a_module_like_any_other(make_module):
    catalog = load([make_module("acme")])

    assert "acme.greet" in catalog.action_names()
    assert "acme.received" in catalog.trigger_names()
    assert set(SHIPPED) <= set(catalog.module_names())


def test_an_installed_package_is_found_by_its_entry_point(make_module, tmp_path, monkeypatch):
    make_module("acme").rename(tmp_path / "nexus_plugin_acme")
    known = tmp_path / "nexus_plugin_acme-0.1.0.dist-info"
    known.mkdir()
    (known / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: nexus-plugin-acme\nVersion: 0.1.0\n"
    )
    (known / "entry_points.txt").write_text("[nexus.modules]\nacme = nexus_plugin_acme\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    assert load().action("acme.greet") is not None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"init": ("from nexus import Offer", "import no_such_library")}, "ModuleNotFoundError"),
        ({"init": ("return [", "raise SystemExit('away') or [")}, "SystemExit: away"),
        ({"init": ("def nexus_module()", "def nexus_modul()")}, "nexus_modul"),
        ({"init": ("def nexus_module()", "def nexus_module(more)")}, "more"),
        ({"init": ("return [actions.greet, ", "return [")}, "greet is listed but not offered"),
        ({"module__yaml": ("actions: [greet]", "actions: []")}, "greet is offered but not listed"),
        (
            {"module__yaml": ("effects: [pure]", "effects: []")},
            "effect pure, which is not permitted",
        ),
        ({"actions__py": ('effect="pure"', 'effect="pure", uses="x"')}, "x, which is not declared"),
        ({"actions__py": ("name: str", "name")}, "argument name needs a type annotation"),
        ({"actions__py": ("@action", "1/0\n@action")}, "ZeroDivisionError"),
        ({"module__yaml": ("id: acme", "id: other")}, "stands in a folder called acme"),
        ({"module__yaml": ("version: 0.1.0", "version: 1")}, "version:"),
        ({"module__yaml": ("id: acme", "id: [")}, "cannot be read"),
        ({"module__yaml": ("id: acme", "id: acme\nmore: 1")}, "more"),
        ({"module__yaml": ('nexus: ">=0.1, <1"', 'nexus: ">=7"')}, "does not run with Nexus"),
        ({"module__yaml": ("[pure]", "!!python/object/apply:os.getcwd []")}, "cannot be read"),
    ],
)
def test_a_broken_module_says_why_and_the_others_work_on(make_module, changes, words):
    folder = make_module("acme", **changes)

    assert words in problems_of(folder)
    assert set(SHIPPED) <= set(load([folder]).module_names())


def test_a_folder_without_a_manifest_is_broken(tmp_path):
    (tmp_path / "empty").mkdir()

    assert "cannot be read" in problems_of(tmp_path / "empty")


def test_a_module_cannot_take_the_place_of_another(make_module, tmp_path):
    folder = make_module("acme")
    (folder / "module.yaml").write_text((folder / "module.yaml").read_text())
    catalog = load([folder, folder])

    assert [row.id for row in catalog.modules()].count("acme") == 1


def test_the_manifest_is_read_without_running_any_code(make_module):
    from nexus.core.host import read_manifest

    folder = make_module("acme", init=("from nexus import Offer", "raise SystemExit"))

    assert read_manifest(folder).name == "Acme"


@pytest.mark.parametrize("library", ["pyreqwest", "aiosmtpd", "jsonschema", "sqlalchemy", "flask"])
def test_loading_modules_loads_no_heavy_library(library):
    code = "from nexus.core.host.load import load; load()"
    code = f"import sys; {code}; sys.exit({library!r} in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
