"""A real HSQLDB, which scripts/hsqldb brings, by JDBC."""

from pathlib import Path
from typing import Any

from data_ingestion.settings import JdbcSettings

_SYSTEM = Path("/usr/share/java/hsqldb.jar")
_OWN = Path(__file__).parents[2] / ".tools/hsqldb/usr/share/java/hsqldb.jar"
JAR = _SYSTEM if _SYSTEM.is_file() else _OWN
DRIVER = JdbcSettings(driver_jar=JAR)


def execute(connection: Any, sql: str) -> None:
    java = connection._connection
    statement = java.createStatement()
    statement.execute(sql)
    java.commit()
