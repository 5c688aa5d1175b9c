"""`nexus module new`: a folder that passes `nexus module check`, ready to be changed."""

import re
from pathlib import Path
from string import Template

from nexus.core.host import starter
from nexus.core.host.load import place_of, shipped
from nexus.core.model.problem import Problem, Refused

ID = re.compile(r"[a-z][a-z0-9_]{1,39}")


def scaffold(name: str, parent: Path) -> list[Path]:
    """Write a new module into `parent/<name>` and return the files.

    Inside Nexus's own plugins folder its test goes to tests/modules, as for every module there;
    anywhere else the folder is a project of its own that pip can install.

    Raises:
        Refused: When the name is no id, or the folder or a module of that name exists.
    """
    _check(name, parent)
    place = place_of(parent / name)
    words = {
        "id": name,
        "name": name.replace("_", " ").capitalize(),
        "package": place.package,
        "dashed": name.replace("_", "-"),
    }
    written = []
    for path, text in _files(name, place.folder).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(text).substitute(words), "utf-8")
        written.append(path)
    return written


def _files(name: str, folder: Path) -> dict[Path, str]:
    files = {
        folder / "module.yaml": starter.MANIFEST,
        folder / "__init__.py": starter.INIT,
        folder / "actions.py": starter.ACTIONS,
        folder / "triggers.py": starter.TRIGGERS,
    }
    if folder.parent == shipped():
        tests = shipped().parent / "tests" / "modules" / name
        return files | {tests / f"test_{name}.py": starter.TEST}
    return files | {
        folder / "tests" / f"test_{name}.py": starter.TEST,
        folder / "tests" / "conftest.py": starter.CONFTEST,
        folder / "pyproject.toml": starter.PROJECT,
    }


def _check(name: str, parent: Path) -> None:
    if not ID.fullmatch(name):
        raise _refused(
            "bad_name",
            f"{name!r} cannot be a module's name.",
            "lower-case letters, digits and _, 2 to 40 long, a letter first",
            "Try something like acme_crm.",
        )
    if (shipped() / name).exists():
        hint = "Choose another name."
        raise _refused("name_taken", f"Nexus comes with a module {name} already.", "", hint)
    if (parent / name).exists():
        hint = "Choose another name, or remove the folder."
        raise _refused("exists", f"{parent / name} exists already.", "", hint)


def _refused(code: str, title: str, expected: str, hint: str) -> Refused:
    return Refused(Problem(code=code, title=title, expected=expected, hint=hint))
