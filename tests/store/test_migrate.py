"""Data of an older Nexus is brought to the present schema as a whole, or stays as it was."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select

from nexus.core.model.problem import Refused
from nexus.core.store import migrate, tables
from nexus.core.store.database import Database
from nexus.core.store.migrate import statements

STORED = Path(__file__).parent / "schema-1.sql"  # what Nexus 0.1 wrote, with one published flow
SECOND = """-- A flow can be loved; who changed it is noted by a trigger.
alter table flow add column loved integer not null default 0;
create table note (text varchar not null);
create trigger loving after update of loved on flow begin
  insert into note values ('a; b');
end;
update flow set loved = 1
"""
THIRD = "alter table note rename to remark;\n"


@pytest.fixture
def folder(tmp_path):
    """A data folder with what the first schema left there."""
    data = tmp_path / "data"
    data.mkdir()
    with sqlite3.connect(data / "nexus.db") as connection:
        connection.executescript(STORED.read_text())
    connection.close()
    return data


@pytest.fixture
def later(tmp_path, monkeypatch):
    """Make this Nexus a later one, with these migrations."""

    def later(**texts):
        files = tmp_path / "migrations"
        files.mkdir()
        for name, text in texts.items():
            (files / f"{name.removeprefix('m')}.sql").write_text(text)
        monkeypatch.setattr(migrate, "FOLDER", files)
        monkeypatch.setattr(tables, "SCHEMA_VERSION", 1 + len(texts))

    return later


def ask(path, query):
    connection = sqlite3.connect(path)
    found = connection.execute(query).fetchall()
    connection.close()
    return found


def test_the_migrations_lead_from_the_first_schema_to_the_present_one():
    names = sorted(path.name for path in migrate.FOLDER.glob("*.sql"))
    assert [int(name[:4]) for name in names] == list(range(2, tables.SCHEMA_VERSION + 1))


def test_data_of_the_first_schema_opens_and_keeps_its_installation(folder):
    Database(folder).close()
    assert ask(folder / "nexus.db", "select value from meta where name = 'schema'") == [("1",)]
    assert list(folder.glob("*.schema-*")) == [], "nothing was due, so nothing was copied"


def test_data_of_the_first_schema_is_brought_to_the_third_in_one_go(folder, later):
    before = ask(folder / "nexus.db", "select * from meta where name = 'installation'")
    later(m0002_loved_flows=SECOND, m0003_remarks=THIRD)
    database = Database(folder)
    assert database.rows(select(tables.flow.c.id)) == [("hear",)]
    database.close()
    path = folder / "nexus.db"
    assert ask(path, "select id, loved from flow") == [("hear", 1)]
    assert ask(path, "select text from remark") == [("a; b",)]
    assert ask(path, "select value from meta where name = 'schema'") == [("3",)]
    assert ask(path, "select * from meta where name = 'installation'") == before
    Database(folder).close()
    assert ask(path, "select text from remark") == [("a; b",)], "it is not done twice"


def test_a_whole_copy_of_the_data_is_left_before_the_first_change(folder, later):
    path = folder / "nexus.db"
    query = "select id, name, live from flow"
    before = ask(path, query)
    later(m0002_loved_flows=SECOND)
    Database(folder).close()
    copy = folder / "nexus.db.schema-1"
    assert ask(copy, query) == before
    assert ask(copy, "select value from meta where name = 'schema'") == [("1",)]
    assert ask(copy, "pragma integrity_check") == [("ok",)]
    assert copy.stat().st_mode & 0o777 == 0o600


def test_what_does_not_fit_changes_nothing_and_says_so(folder, later):
    later(m0002_loved_flows=SECOND, m0003_wrong="alter table nowhere add column a;\n")
    for _ in range(2):
        with pytest.raises(Refused, match=r"no such table: nowhere.*Nothing was changed") as caught:
            Database(folder)
        assert caught.value.problems[0].code == "not_migrated"
    path = folder / "nexus.db"
    assert ask(path, "select value from meta where name = 'schema'") == [("1",)]
    assert ask(path, "select name from sqlite_master where name = 'note'") == []
    assert "loved" not in {row[1] for row in ask(path, "pragma table_info(flow)")}


def test_a_new_installation_is_made_from_the_tables_alone(tmp_path, later):
    later(m0002_loved_flows="this is never read;\n")
    Database(tmp_path / "new").close()
    path = tmp_path / "new" / "nexus.db"
    assert ask(path, "select value from meta where name = 'schema'") == [("2",)]


def test_data_of_a_newer_nexus_is_refused_before_it_is_touched(folder):
    with sqlite3.connect(folder / "nexus.db") as connection:
        connection.execute("update meta set value = '7' where name = 'schema'")
        connection.execute("drop table journal")
    connection.close()
    with pytest.raises(Refused, match="newer Nexus \\(schema 7\\)"):
        Database(folder)
    assert ask(folder / "nexus.db", "select 1 from sqlite_master where name = 'journal'") == []


def test_a_file_is_split_where_its_statements_end():
    assert [one.split()[0] for one in statements(SECOND)] == ["--", "create", "create", "update"]
