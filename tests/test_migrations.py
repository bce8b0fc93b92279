"""A process that starts does not load the migrations when the schema is the newest already."""

from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

from handrail.database import MIGRATIONS, open_database


def test_the_last_file_by_name_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    last = max(file.name for file in (MIGRATIONS / "versions").glob("v[0-9]*.py"))
    assert ScriptDirectory.from_config(config).get_current_head() == last[1:5]


def test_an_older_schema_is_brought_to_the_newest(tmp_path: Path) -> None:
    file = tmp_path / "older.db"
    with sa.create_engine(f"sqlite:///{file}").begin() as connection:
        connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    with open_database(f"sqlite:///{file}").reading() as connection:
        assert sa.inspect(connection).has_table("evidence_events")
