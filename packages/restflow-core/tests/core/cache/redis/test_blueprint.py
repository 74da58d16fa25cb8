"""Async connections are made as the backend's own settings say, or not at all."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import redis as library
from django.core.cache import caches
from redis.backoff import ConstantBackoff
from redis.credentials import CredentialProvider, UsernamePasswordCredentialProvider
from redis.retry import Retry

from restflow.core.cache import CacheUnavailable, backends, compatible_cache, raw_cache
from restflow.core.cache.redis.blueprint import Blueprint
from restflow_testing.services import RedisServer, free_port, unavailable


@pytest.fixture(params=["django", "django-redis"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def works(runner: asyncio.Runner, hops: list[Any]) -> Any:
    """Check that both colours reach the same server, and how many threads that took."""

    def check(*, native: bool = True) -> None:
        cache, values = raw_cache(), compatible_cache()
        cache.set("bytes", b"1")
        values.set("value", [1])
        hops.clear()
        assert runner.run(cache.aget("bytes")) == b"1"
        assert runner.run(values.aget("value")) == [1]
        assert cache.hop_free is values.hop_free is native
        assert len(hops) == (0 if native else 2)

    return check


def test_database_number_and_client_name(
    use: Any, kind: str, redis_server: RedisServer, spy: Any, works: Any, runner: asyncio.Runner
) -> None:
    use(kind, redis_server.url.replace("/0", "/5") + "?client_name=shop")
    works()
    assert spy.client.info("keyspace")["db5"]["keys"] == 2
    names = [one["name"] for one in spy.client.client_list() if int(one["id"]) != spy.own]
    assert names == ["shop", "shop"]


@pytest.fixture
def locked(redis_server: RedisServer, spy: Any) -> RedisServer:
    spy.client.execute_command("ACL", "SETUSER", "shop", "on", ">sesame", "~*", "+@all")
    spy.client.execute_command("ACL", "SETUSER", "poor", "on", ">crumb", "~*", "+get", "+set")
    spy.client.config_set("requirepass", "open")
    return redis_server


def test_passwords(use: Any, kind: str, locked: RedisServer, works: Any) -> None:
    bare = locked.url.removeprefix("redis://")
    for url in (f"redis://:open@{bare}", f"redis://shop:sesame@{bare}"):
        use(kind, url)
        works()
    if kind == "django":
        use(kind, locked.url, OPTIONS={"username": "shop", "password": "sesame"})
    else:
        url = f"{locked.url}?client_name=shop"  # django-redis knows its pools by URL
        use(kind, url, OPTIONS={"PASSWORD": "open"})
    works()


def test_a_wrong_password_is_an_outage(
    use: Any, kind: str, locked: RedisServer, runner: asyncio.Runner
) -> None:
    use(kind, locked.url.replace("redis://", "redis://shop:wrong@"))
    for _ in range(2):
        with pytest.raises(CacheUnavailable, match="AuthenticationError"):
            runner.run(raw_cache().aget("a"))
    with pytest.raises(CacheUnavailable, match="AuthenticationError"):
        raw_cache().get("a")


def test_a_user_who_may_not_even_ping(use: Any, kind: str, locked: RedisServer, works: Any) -> None:
    use(kind, locked.url.replace("redis://", "redis://poor:crumb@"))
    works()


def test_unix_sockets(use: Any, kind: str, works: Any, tmp_path: Path) -> None:
    path = tmp_path / "redis.sock"
    with RedisServer("--unixsocket", str(path)):
        while not path.exists():  # it comes after the TCP port
            threading.Event().wait(0.01)
        use(kind, f"unix://{path}?db=3")
        works()
        backends.forget()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, and a certificate for 127.0.0.1, valid for a day."""
    if shutil.which("openssl") is None:
        unavailable("no openssl program to make certificates with")
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    (folder / "extensions").write_text(
        "subjectAltName=IP:127.0.0.1\nauthorityKeyIdentifier=keyid\n"
        "keyUsage=critical,digitalSignature,keyEncipherment\n"
    )
    new = ("-nodes", "-newkey", "rsa:2048", "-days", "1")
    usage = ("-addext", "keyUsage=critical,keyCertSign")
    authority = ("-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test authority")
    openssl("req", "-x509", *new, *usage, *authority)
    openssl("req", *new[:3], "-keyout", "key.pem", "-out", "request", "-subj", "/CN=Redis")
    signing = ("-req", "-in", "request", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial")
    openssl("x509", *signing, "-days", "1", "-extfile", "extensions", "-out", "cert.pem")
    return folder


@pytest.fixture
def secure(certificates: Path) -> Iterator[RedisServer]:
    files = [str(certificates / name) for name in ("cert.pem", "key.pem", "ca.pem")]
    server = RedisServer("--port", "0", "--tls-auth-clients", "no")
    flags = ("--tls-cert-file", "--tls-key-file", "--tls-ca-cert-file")
    pairs = [part for pair in zip(flags, files, strict=True) for part in pair]
    server.arguments = (*server.arguments, "--tls-port", str(server.port), *pairs)
    with server:
        yield server
        backends.forget()


def test_tls(
    use: Any, kind: str, secure: RedisServer, certificates: Path, works: Any, runner: asyncio.Runner
) -> None:
    url = secure.url.replace("redis://", "rediss://")
    use(kind, f"{url}?ssl_ca_certs={certificates / 'ca.pem'}")
    works()

    async def large_and_many() -> None:
        cache = raw_cache()
        values = {f"k{number}": bytes([number]) * 100_000 for number in range(30)}
        await asyncio.gather(*(cache.aset(*item) for item in values.items()))
        assert await cache.aget_many(values) == list(values.values())
        found = await asyncio.gather(*map(cache.aget, values))
        assert found == list(values.values())

    runner.run(large_and_many())


def test_a_certificate_nobody_vouches_for_is_an_outage(
    use: Any, kind: str, secure: RedisServer, runner: asyncio.Runner
) -> None:
    use(kind, secure.url.replace("redis://", "rediss://"))
    with pytest.raises(CacheUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
        runner.run(raw_cache().aget("a"))


class Sentinels:
    """A primary, its replica and a sentinel that watches them."""

    def __init__(self, folder: Path) -> None:
        self.primary = RedisServer()
        self.replica = RedisServer("--replicaof", "127.0.0.1", str(self.primary.port))
        self.port = free_port()
        config = folder / "sentinel.conf"
        config.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {folder}\n"
            f"sentinel monitor shop 127.0.0.1 {self.primary.port} 1\n"
            "sentinel down-after-milliseconds shop 400\nsentinel failover-timeout shop 2000\n"
        )
        self.command = ["redis-server", str(config), "--sentinel"]

    def __enter__(self) -> Sentinels:
        self.primary.__enter__()
        self.replica.__enter__()
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(self.command, stdout=quiet, stderr=quiet)
        self.client: Any = library.Redis(port=self.port)
        self.until(lambda: self.client.sentinel_slaves("shop")[0]["flags"] == "slave")
        return self

    def until(self, done: Any) -> None:
        deadline = monotonic() + 15
        while True:
            try:
                if done():
                    return
            except (library.RedisError, IndexError, OSError):
                pass
            assert monotonic() < deadline
            threading.Event().wait(0.05)

    def __exit__(self, *_: Any) -> None:
        self.client.close()
        self.process.kill()
        self.process.wait()
        self.replica.__exit__(None, None, None)
        self.primary.__exit__(None, None, None)


@pytest.fixture
def sentinels(tmp_path: Path) -> Iterator[Sentinels]:
    with Sentinels(tmp_path) as found:
        yield found


@pytest.mark.load
def test_sentinels_are_asked_for_the_primary_and_followed(
    use: Any, sentinels: Sentinels, works: Any, runner: asyncio.Runner
) -> None:
    options = {
        "CLIENT_CLASS": "django_redis.client.SentinelClient",
        "CONNECTION_FACTORY": "django_redis.pool.SentinelConnectionFactory",
        "SENTINELS": [("127.0.0.1", 1), ("127.0.0.1", sentinels.port)],
    }
    use("django-redis", "redis://shop/0", OPTIONS=options)
    works()
    assert raw_cache().get("bytes") == b"1"
    with library.Redis(port=sentinels.primary.port) as primary:
        assert primary.dbsize() == 2
    sentinels.primary.stop()

    def moved() -> bool:
        # Some releases of redis-py cannot parse the answers of their own sentinel_master().
        command = ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", b"shop")
        return str(sentinels.replica.port) in str(sentinels.client.execute_command(*command))

    sentinels.until(moved)

    def answers() -> bool:
        try:
            runner.run(raw_cache().aset("after", b"2"))
        except CacheUnavailable:  # the replica is not promoted yet
            return False
        return True

    sentinels.until(answers)
    assert raw_cache().get("after") == b"2"
    with library.Redis(port=sentinels.replica.port) as primary:
        assert primary.dbsize() > 0
    backends.forget()


def test_everything_is_read_from_the_primary(
    use: Any, kind: str, redis: RedisServer, works: Any, runner: asyncio.Runner
) -> None:
    replica = redis.url.replace("/0", "/9")  # another database stands for a replica that lags
    use(kind, [redis.url, replica])
    caches["default"].set("by-django", [1])  # goes to the primary, as every write
    for _ in range(5):
        assert compatible_cache().get("by-django") == [1]
        assert runner.run(compatible_cache().aget("by-django")) == [1]
    works()


class OwnConnection(library.Connection):
    """A connection class of the project's own."""


def test_connections_of_the_projects_own_are_used_in_a_thread(
    use: Any, redis: RedisServer, works: Any
) -> None:
    use("django", redis.url, OPTIONS={"connection_class": OwnConnection})
    works(native=False)


class Vault(CredentialProvider):
    """Credentials from somewhere slow."""

    def get_credentials(self) -> tuple[str, str]:
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        return ("shop", "sesame")


class AsyncVault(Vault):
    async def get_credentials_async(self) -> tuple[str, str]:
        await asyncio.sleep(0)
        return ("shop", "sesame")


@pytest.mark.parametrize(
    ("provider", "native"),
    [
        (Vault(), False),
        (AsyncVault(), hasattr(CredentialProvider, "get_credentials_async")),
        (UsernamePasswordCredentialProvider("shop", "sesame"), True),
    ],
)
def test_credentials_that_would_block_are_fetched_in_a_thread(
    use: Any, locked: RedisServer, works: Any, provider: Any, native: bool
) -> None:
    use("django", locked.url, OPTIONS={"credential_provider": provider})
    works(native=native)


def test_a_callback_on_connecting_talks_to_the_sync_connection(
    use: Any, redis: RedisServer, works: Any
) -> None:
    def on_connect(connection: Any) -> None:
        connection.on_connect()
        connection.send_command("CLIENT", "SETNAME", "called")
        assert connection.read_response() in (b"OK", "OK")

    use("django", redis.url, OPTIONS={"redis_connect_func": on_connect})
    works(native=False)


def test_an_option_that_only_the_sync_side_has_is_not_dropped(
    use: Any, secure: RedisServer, certificates: Path, works: Any
) -> None:
    options = {
        "ssl_ca_certs": str(certificates / "ca.pem"),
        "ssl_ocsp_expected_cert": "",  # no OCSP in this test: the option alone decides
    }
    use("django", secure.url.replace("redis://", "rediss://"), OPTIONS=options)
    works(native=False)


def test_the_projects_retries_are_kept_while_connecting(
    use: Any, redis_server: RedisServer, runner: asyncio.Runner
) -> None:
    retry = Retry(ConstantBackoff(0.05), 60)
    use("django", redis_server.url, OPTIONS={"retry": retry, "retry_on_error": [OSError]})
    redis_server.stop()

    async def main() -> None:
        waiting = asyncio.create_task(raw_cache().aget("a"))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await asyncio.to_thread(redis_server.start)
        assert await waiting is None

    runner.run(main())


def test_a_confused_connection_is_not_used(use: Any, kind: str, runner: asyncio.Runner) -> None:
    """A server that sends one reply too many would give everybody their neighbour's."""

    async def main() -> None:
        async def confused(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"+too early\r\n")
            while data := await reader.read(65536):
                writer.write(b"+OK\r\n" * data.count(b"*"))
            writer.close()

        server = await asyncio.start_server(confused, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            use(kind, f"redis://127.0.0.1:{port}/0")
            with pytest.raises(CacheUnavailable):
                await raw_cache().aget("a")

    runner.run(main())


def test_every_setting_of_the_sync_connection_is_passed_on_or_known_not_to_matter() -> None:
    """A new release of redis-py must not bring an option that we would drop without a word."""
    from redis.connection import ConnectionPool, SSLConnection, UnixDomainSocketConnection

    from restflow.core.cache.redis.blueprint import IRRELEVANT, _parameters

    sync_only = {"ssl_ocsp_context", "ssl_ocsp_expected_cert", "ssl_validate_ocsp"}
    sync_only |= {"ssl_validate_ocsp_stapled", "ssl_ca_path", "ssl_password", "kwargs", "self"}
    for kind in (library.Connection, SSLConnection, UnixDomainSocketConnection):
        for name in _parameters(kind) - IRRELEVANT - sync_only:
            pool = ConnectionPool(connection_class=kind)
            pool.connection_kwargs[name] = None
            assert Blueprint.fits(pool), name
            if name not in ("redis_connect_func", "credential_provider", "retry"):
                pool.connection_kwargs[name] = object()
                assert Blueprint.fits(pool), name
