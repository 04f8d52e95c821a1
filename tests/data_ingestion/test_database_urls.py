"""URLs of databases hold no password, and messages show none."""

import pytest

from data_ingestion.database_urls import expand, refuse_secrets
from data_ingestion.settings import DataSettings
from zeroskew.errors import SettingsError


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://someone:hush@host/db",
        "postgresql://someone:hu@sh@host/db",
        "postgresql://someone:hu/sh@host/db",
        "postgresql://someone:hush${NAME}@host/db",
        "postgresql://host/db?password=hush",
        "postgresql://host/db?sslmode=require&sslpassword=hush",
        "jdbc:hsqldb:mem:a;user=sa;password=hush",
        "jdbc:sqlserver://host;user=sa;Password = hush",
        "jdbc:sqlserver://host;trustStorePassword=hush",
        "jdbc:db2://host:50000/db:user=sa;password=hush;",
        "jdbc:mysql://someone:hush@host/db",
        "jdbc:oracle:thin:scott/hush@host:1521/db",
        "jdbc:snowflake://host/?private_key_file_pwd=hush",
        "jdbc:databricks://host:443;AuthMech=3;UID=token;PWD=hush",
    ],
)
def test_a_password_is_refused_wherever_it_stands(url: str) -> None:
    for setting in ({"path": url}, {"serving_log": url}):
        with pytest.raises(SettingsError, match="no password may stand") as caught:
            DataSettings(**setting)
        assert "hu" not in str(caught.value)
        assert "write ${DB_PASSWORD} in its place" in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "taxi",
        "/data/token=a/password=b.csv",
        "postgresql://someone@host:5432/db?passfile=/home/someone/.pgpass",
        "postgresql://someone:@/db?host=/tmp",
        "postgresql://someone:${NAME}@[::1]:5432/db",
        "postgresql:///db",
        "sqlite:////data/trips.db",
        "jdbc:hsqldb:mem:a;user=sa;password=",
        "jdbc:hsqldb:mem:a;user=sa;password=${NAME};shutdown=true",
        "jdbc:oracle:thin:scott/${NAME}@host:1521/db",
        "jdbc:oracle:thin:@//host:1521/db",
        "jdbc:mysql://host/db?allowPublicKeyRetrieval=true",
    ],
)
def test_what_holds_no_password_is_taken(url: str) -> None:
    refuse_secrets(url)


def test_the_environment_is_asked_when_a_url_is_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER_NAME", "a b")
    monkeypatch.setenv("DB_PASSWORD", "p@s/s?")
    target = expand("postgresql://${USER_NAME}:${DB_PASSWORD}@host/db")
    assert target.url == "postgresql://a%20b:p%40s%2Fs%3F@host/db"
    assert "p@s" not in repr(target)
    assert target.mask("p@s/s? or p%40s%2Fs%3F is wrong for a b") == "*** or *** is wrong for ***"


@pytest.mark.parametrize(
    ("url", "expanded"),
    [
        ("jdbc:x://h/d?password=${DB_PASSWORD}&ssl=true", "jdbc:x://h/d?ssl=true"),
        ("jdbc:x://h/d?user=a&password=${DB_PASSWORD}&ssl=true", "jdbc:x://h/d?user=a&ssl=true"),
        ("jdbc:x:mem:a;user=a;PASSWORD=${DB_PASSWORD}", "jdbc:x:mem:a;user=a"),
    ],
)
def test_jdbc_gets_a_password_of_any_characters_apart(
    monkeypatch: pytest.MonkeyPatch, url: str, expanded: str
) -> None:
    monkeypatch.setenv("DB_PASSWORD", "p;s&s")
    target = expand(url)
    assert (target.url, target.password) == (expanded, "p;s&s")


def test_other_variables_stand_in_the_url_of_jdbc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "tiger")
    target = expand("jdbc:oracle:thin:scott/${DB_PASSWORD}@host:1521/db")
    assert (target.url, target.password) == ("jdbc:oracle:thin:scott/tiger@host:1521/db", None)
    assert target.mask("no listener at scott/tiger@host") == "no listener at scott/***@host"
