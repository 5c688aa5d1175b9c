"""Secrets are sealed with a key that only the owner's process can read."""

import pytest

from nexus.core.model.problem import Refused
from nexus.core.store.vault import KEY_FILE, Vault


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path, "house")


def test_what_was_sealed_opens_again(vault):
    assert vault.open(vault.seal("s3cret ü", "hook:a"), "hook:a") == "s3cret ü"


def test_the_same_text_is_sealed_differently_each_time(vault):
    assert vault.seal("x", "a") != vault.seal("x", "a")


def test_a_seal_does_not_open_for_something_else(vault):
    with pytest.raises(Refused):
        vault.open(vault.seal("x", "hook:a"), "hook:b")


def test_a_seal_does_not_open_in_another_installation(vault, tmp_path):
    with pytest.raises(Refused) as refused:
        Vault(tmp_path, "other").open(vault.seal("x", "a"), "a")
    assert KEY_FILE in refused.value.problems[0].hint


def test_the_key_is_made_readable_by_its_owner_only(vault, tmp_path):
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_may_read_is_refused(vault, tmp_path):
    (tmp_path / KEY_FILE).chmod(0o644)
    with pytest.raises(Refused) as refused:
        Vault(tmp_path, "house")
    assert "chmod 600" in refused.value.problems[0].hint


@pytest.mark.parametrize("text", ["", "short", "00" * 32, "zz" * 32])
def test_a_weak_key_is_refused(vault, tmp_path, text):
    (tmp_path / KEY_FILE).write_text(text)
    with pytest.raises(Refused) as refused:
        Vault(tmp_path, "house")
    assert refused.value.problems[0].code == "weak_key"
