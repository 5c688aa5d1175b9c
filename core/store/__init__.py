"""The database: tables, the group committer, history. SQLAlchemy lives only here."""
