"""A database of records as an earlier version made it, with what fits of a later one's rows."""

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from beffroi import store


def make(directory: Path, version: str) -> Path:
    """Empty records of a version."""
    path = directory / "records.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    with engine.begin() as db:
        config.attributes["connection"] = db
        command.upgrade(config, version)
    engine.dispose()
    return path


def take_back(directory: Path, version: str) -> None:
    """Make the records in `directory` be of an earlier version: its tables and columns, the rows of now."""
    now, folder = directory / "records.sqlite", directory / "older"
    folder.mkdir()
    older = make(folder, version)
    with sqlite3.connect(older) as db:
        db.execute("ATTACH ? AS later", (str(now),))
        for (table,) in db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
            if table != "alembic_version":
                names = ", ".join(f'"{row[1]}"' for row in db.execute(f"PRAGMA main.table_info({table})"))
                db.execute(f"DELETE FROM main.{table}")
                db.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM later.{table}")
    db.close()
    for beside in ("-wal", "-shm"):
        now.with_name(now.name + beside).unlink(missing_ok=True)
    older.replace(now)
