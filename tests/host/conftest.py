"""Module folders on disk, made for a test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nexus.core.host import scaffold


@pytest.fixture
def make_module(tmp_path: Path) -> Callable[..., Path]:
    """Scaffold a module and change some of its files."""

    def make(name: str = "acme", **changes: tuple[str, str]) -> Path:
        scaffold(name, tmp_path)
        for file, (old, new) in changes.items():
            path = tmp_path / name / (file.replace("__", ".") if file != "init" else "__init__.py")
            text = path.read_text("utf-8")
            assert old in text, f"{old!r} is not in {path}"
            path.write_text(text.replace(old, new), "utf-8")
        return tmp_path / name

    return make
