"""From the pool that a backend configured to an async connection of the same settings."""

from __future__ import annotations

import inspect
from typing import Any

from .line import Line
from .wire import new_reader

#: Seconds to wait for a connection or a reply where the backend names no ``socket_timeout``: an
#: outage must not stop a request for ever. redis-py 8 has the same default.
PATIENCE = 5.0

#: Settings of the sync connection that mean nothing for ours: how it parses, packs and decodes,
#: client-side caching, announcements of maintenance; ``health_check_interval`` we do ourselves.
IRRELEVANT = frozenset(
    [
        "cache",
        "cache_config",
        "command_packer",
        "connection_pool",
        "decode_responses",
        "encoder_class",
        "encoding",
        "encoding_errors",
        "event_dispatcher",
        "health_check_interval",
        "himport_registry",
        "legacy_responses",
        "maint_notifications_config",
        "maint_notifications_pool_handler",
        "maintenance_notification_hash",
        "maintenance_state",
        "orig_host_address",
        "orig_socket_connect_timeout",
        "orig_socket_timeout",
        "oss_cluster_maint_notifications_handler",
        "parser",
        "parser_class",
        "protocol",
        "socket_read_size",
        "socket_type",
    ]
)


class Blueprint:
    """Opens lines to where *pool* connects to, logged in and with its database selected.

    redis-py does the connecting: addresses, TLS, passwords, retries with backoff, Sentinel.

    Args:
        pool: a redis-py connection pool; its settings are read anew for each line.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._connection_class = _twins()[pool.connection_class]

    @staticmethod
    def fits(pool: Any) -> bool:
        """Tell whether an async connection can honour every setting of *pool*.

        A connection class of the project's own, a callback that talks to the sync connection, a
        credential provider that would block, or an option only the sync side has: those stay with
        the sync client.
        """
        connection_class = _twins().get(pool.connection_class)
        if connection_class is None:
            return False
        settings = pool.connection_kwargs
        if settings.get("redis_connect_func") is not None:
            return False
        if not _answers_async(settings.get("credential_provider")):
            return False
        given = {name for name, value in settings.items() if value is not None}
        return given - IRRELEVANT <= _parameters(connection_class)

    @property
    def patience(self) -> float:
        """Seconds to wait for a reply."""
        return float(self._pool.connection_kwargs.get("socket_timeout") or PATIENCE)

    def _settings(self) -> dict[str, Any]:
        settings = {
            name: value
            for name, value in self._pool.connection_kwargs.items()
            if name not in IRRELEVANT and value is not None
        }
        settings["protocol"] = 2
        settings.setdefault("socket_timeout", PATIENCE)
        settings.setdefault("socket_connect_timeout", settings["socket_timeout"])
        if "retry_on_error" in settings:  # redis-py appends to the list it is given
            settings["retry_on_error"] = list(settings["retry_on_error"])
        if "retry" in settings:
            settings["retry"] = _async_retry(settings["retry"])
        return settings

    async def open(self) -> Line:
        """Connect and return the line.

        Raises:
            redis.exceptions.RedisError: nobody answered in time, or the log-in was refused.
        """
        from redis.exceptions import ReadOnlyError

        settings = self._settings()
        if hasattr(self._pool, "sentinel_manager"):
            settings["host"], settings["port"] = await self._primary()
        connection = self._connection_class(**settings)
        await connection.connect()
        # From here on the connection is ours: redis-py must not close it when it lets go.
        writer, connection._reader, connection._writer = connection._writer, None, None
        line = Line(writer, new_reader(), self.patience, demoted=ReadOnlyError)
        try:
            await in_step(line)
        except BaseException:
            await line.aclose()
            raise
        return line

    async def _primary(self) -> tuple[str, int]:
        """Ask the sentinels who the primary is, and hang up on them."""
        from redis.asyncio.sentinel import Sentinel

        manager = self._pool.sentinel_manager
        addresses = []
        for client in manager.sentinels:
            known = client.connection_pool.connection_kwargs
            addresses.append((known["host"], known["port"]))
        limits = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
        sentinel: Any = Sentinel(  # type: ignore[no-untyped-call]
            addresses,
            min_other_sentinels=manager.min_other_sentinels,
            sentinel_kwargs={**limits, **manager.sentinel_kwargs},
        )
        try:
            host, port = await sentinel.discover_master(self._pool.service_name)
        finally:
            for client in sentinel.sentinels:
                await client.aclose()
        return host, port


async def in_step(line: Line) -> None:
    """Make sure that *line* is alive and that the next reply on it answers the next command.

    A reply left over from the log-in would be taken for the answer to somebody's question, and so
    on for ever after.

    Raises:
        redis.exceptions.RedisError: it is not.
    """
    from redis.exceptions import ConnectionError as RedisConnectionError
    from redis.exceptions import NoPermissionError

    mark = b"restflow-%x" % id(line)
    [answer] = await line.ask(b"*2\r\n$4\r\nPING\r\n$%d\r\n%b\r\n" % (len(mark), mark), 1)
    if answer == mark or isinstance(answer, NoPermissionError):  # an ACL may forbid PING
        return
    if isinstance(answer, Exception):
        raise answer
    raise RedisConnectionError(f"Redis answered {answer!r} to a PING: the connection is confused.")


def _twins() -> dict[Any, Any]:
    """Return the async connection class of each sync one, exactly; subclasses are user code."""
    from redis import connection as sync
    from redis import sentinel
    from redis.asyncio import connection as async_

    return {
        sync.Connection: async_.Connection,
        sync.SSLConnection: async_.SSLConnection,
        sync.UnixDomainSocketConnection: async_.UnixDomainSocketConnection,
        sentinel.SentinelManagedConnection: async_.Connection,
        sentinel.SentinelManagedSSLConnection: async_.SSLConnection,
    }


def _parameters(connection_class: type) -> set[str]:
    """Return the keyword arguments that *connection_class* and its bases name."""
    names: set[str] = set()
    for klass in connection_class.__mro__:
        if "__init__" in vars(klass) and klass is not object:
            names |= set(inspect.signature(vars(klass)["__init__"]).parameters)
    return names


def _answers_async(provider: Any) -> bool:
    from redis.credentials import CredentialProvider, UsernamePasswordCredentialProvider

    if provider is None or isinstance(provider, UsernamePasswordCredentialProvider):
        return True
    # The base class calls the sync method; redis-py 5.2 knows no other.
    inherited = getattr(CredentialProvider, "get_credentials_async", None)
    own = getattr(type(provider), "get_credentials_async", inherited)
    return inherited is not None and own is not inherited


def _async_retry(retry: Any) -> Any:
    """Return the asyncio counterpart of a sync retry policy; it runs while connecting."""
    from redis.asyncio.retry import Retry

    return Retry(retry._backoff, retry._retries)
