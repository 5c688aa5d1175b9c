"""How a column is written in tables.py."""

from sqlalchemy import BigInteger, Column, Integer, MetaData

metadata = MetaData()
Big = BigInteger().with_variant(Integer, "sqlite")


def column(name: str, kind: object, **options: object) -> Column[object]:
    """Return a column that may not be null unless told otherwise."""
    return Column(name, kind, **{"nullable": False, **options})  # type: ignore[arg-type]


def key(name: str, kind: object) -> Column[object]:
    """Return a primary key column whose values we make ourselves."""
    return column(name, kind, primary_key=True, autoincrement=False)
