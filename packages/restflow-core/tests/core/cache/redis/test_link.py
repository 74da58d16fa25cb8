"""Asking in both colours when servers, clients and callers misbehave."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis as library

from restflow.core.cache import CacheUnavailable, backends, compatible_cache, raw_cache
from restflow.core.cache.redis import link as link_module
from restflow.core.cache.redis import loops
from restflow.core.cache.redis.link import ClientLink, ClusterLink, PoolLink
from restflow_testing.counts import cases
from restflow_testing.services import RedisServer, free_port


class CountingRedis(library.Redis):
    """A client of the project's own."""

    commands: list[Any] = []

    def execute_command(self, *args: Any, **options: Any) -> Any:
        self.commands.append(args[0])
        return super().execute_command(*args, **options)


class ClusterFactory:
    """What a project writes to put django-redis on a cluster."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options

    def connect(self, url: str) -> Any:
        return library.RedisCluster.from_url(url)

    def disconnect(self, client: Any) -> None:
        client.close()


@pytest.fixture(params=["django", "django-redis"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def link() -> Any:
    found = backends.redis_link("default")
    assert found is not None
    return found


def test_an_error_among_several_replies_shifts_none(
    use: Any, kind: str, redis: RedisServer, runner: asyncio.Runner
) -> None:
    use(kind, redis.url)
    commands = [
        (b"SET", "link-text", b"abc"),
        (b"INCR", "link-text"),
        (b"GET", "link-text"),
        (b"NO-SUCH-COMMAND",),
        (b"DEL", "link-text"),
    ]

    async def aask(*commands: Any) -> Any:
        return await link().aask(*commands)

    for replies in (link().ask(*commands), runner.run(aask(*commands))):
        assert [replies[index] for index in (0, 2, 4)] == [b"OK", b"abc", 1]
        assert [str(replies[index])[:7] for index in (1, 3)] == ["value i", "unknown"]
        assert link().ask((b"ECHO", b"next")) == [b"next"]
        assert runner.run(aask((b"ECHO", b"next"))) == [b"next"]


def test_a_demoted_primary_is_left(
    use: Any, kind: str, redis_server: RedisServer, spy: Any, runner: asyncio.Runner
) -> None:
    use(kind, redis_server.url)
    cache = raw_cache()
    runner.run(cache.aset("a", b"1"))
    cache.set("a", b"1")
    before = {one["id"] for one in spy.client.client_list()}
    spy.client.execute_command("REPLICAOF", "127.0.0.1", "1")
    for attempt in (lambda: cache.set("a", b"2"), lambda: runner.run(cache.aset("a", b"2"))):
        with pytest.raises(CacheUnavailable, match="ReadOnlyError"):
            attempt()
    spy.client.execute_command("REPLICAOF", "NO", "ONE")
    cache.set("a", b"3")
    assert runner.run(cache.aget("a")) == b"3"
    ours = {one["id"] for one in spy.client.client_list()} - {str(spy.own)}
    assert ours.isdisjoint(before)  # new connections find out anew who the primary is


def test_a_retired_line_is_not_taken_up_again(
    use: Any, kind: str, redis_server: RedisServer, freezing: Any, runner: asyncio.Runner
) -> None:
    use(kind, redis_server.url)

    async def main() -> None:
        cache = raw_cache()
        await cache.aset("a", b"1")
        lines = loops.rooms[asyncio.get_running_loop()].lines
        first = lines[link()]
        freezing.freeze(redis_server)
        before = asyncio.create_task(cache.aget("a"))
        await asyncio.sleep(0.02)
        first.retire()
        after = asyncio.create_task(cache.aget("a"))
        await asyncio.sleep(0.02)
        freezing.thaw(redis_server)
        assert await asyncio.gather(before, after) == [b"1", b"1"]
        assert lines[link()] is not first
        assert first.closed

    runner.run(main())


class Interrupted(BaseException):
    pass


@contextmanager
def interrupted_after(seconds: float) -> Iterator[None]:
    """Raise :class:`Interrupted` in the main thread, as a signal of the operating system does."""

    def interrupt(*_: Any) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_an_interrupted_thread_leaves_no_reply_to_the_next_one(
    use: Any, kind: str, redis_server: RedisServer, freezing: Any
) -> None:
    use(kind, redis_server.url)
    cache = raw_cache()
    cache.set_many({"mine": b"mine", "next": b"next"})
    freezing.freeze(redis_server)
    with pytest.raises(Interrupted), interrupted_after(0.1):
        cache.get("mine")
    freezing.thaw(redis_server)
    assert cache.get("next") == b"next"


def test_an_interruption_between_asking_and_reading_is_no_different(
    use: Any,
    kind: str,
    redis_server: RedisServer,
    freezing: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(kind, redis_server.url)
    cache = raw_cache()
    cache.set_many({"mine": b"mine", "next": b"next"})
    freezing.freeze(redis_server)

    def interrupted(*_: Any, **__: Any) -> Any:
        monkeypatch.undo()
        raise Interrupted

    monkeypatch.setattr(library.Connection, "read_response", interrupted)
    with pytest.raises(Interrupted):
        cache.get("mine")
    later = threading.Timer(0.2, freezing.thaw, [redis_server])
    later.start()
    assert cache.get("next") == b"next"
    later.join()


def test_a_storm_of_cancellations(
    use: Any, kind: str, redis: RedisServer, runner: asyncio.Runner
) -> None:
    use(kind, redis.url)
    raw_cache().set_many({f"k{number}": b"%d" % number for number in range(50)})

    async def storm() -> None:
        cache = raw_cache()

        async def read(number: int) -> None:
            while True:
                assert await cache.aget(f"k{number}") == b"%d" % number
                assert await cache.aincr(f"n{number}") > 0

        for _ in range(cases(40)):
            tasks = [asyncio.create_task(read(number)) for number in range(50)]
            await asyncio.sleep(0.005)
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            assert {type(one) for one in outcomes} == {asyncio.CancelledError}
            assert await cache.aget_many(["k7", "none"]) == [b"7", None]

    runner.run(storm())


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_server_that_hangs_is_an_outage_after_the_deadline(
    use: Any, redis_server: RedisServer, freezing: Any, runner: asyncio.Runner, colour: str
) -> None:
    use("django", redis_server.url, OPTIONS={"socket_timeout": 0.2})

    def get() -> Any:
        return raw_cache().get("a") if colour == "sync" else runner.run(raw_cache().aget("a"))

    raw_cache().set("a", b"1")
    assert get() == b"1"
    freezing.freeze(redis_server)
    for _ in range(2):  # on the connection at hand, and while making a new one
        with pytest.raises(CacheUnavailable, match="TimeoutError"):
            get()
    freezing.thaw(redis_server)
    assert get() == b"1"


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_no_timeout_in_the_settings_is_no_endless_wait(
    use: Any,
    redis_server: RedisServer,
    freezing: Any,
    runner: asyncio.Runner,
    colour: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link_module, "PATIENCE", 0.2)
    monkeypatch.setattr("restflow.core.cache.redis.blueprint.PATIENCE", 0.2)
    options = {"socket_timeout": None, "socket_connect_timeout": None}
    use("django", redis_server.url, OPTIONS=options)
    raw_cache().set("a", b"1")
    freezing.freeze(redis_server)
    with pytest.raises(CacheUnavailable, match="TimeoutError"):
        raw_cache().get("a") if colour == "sync" else runner.run(raw_cache().aget("a"))
    freezing.thaw(redis_server)


def test_a_blocking_pool_and_its_limit_are_kept_when_it_gets_a_timeout(
    use: Any, redis: RedisServer
) -> None:
    options = {
        "pool_class": "redis.BlockingConnectionPool",
        "max_connections": 2,
        "socket_timeout": None,
    }
    use("django", redis.url, OPTIONS=options)
    raw_cache().set("a", b"1")
    pool = link()._pool
    assert (type(pool), pool.max_connections) == (library.BlockingConnectionPool, 2)
    assert pool.connection_kwargs["socket_timeout"] == 5


def test_client_side_caching_never_answers_for_the_server(
    use: Any, redis: RedisServer, runner: asyncio.Runner
) -> None:
    from redis.cache import CacheConfig

    use("django", redis.url, OPTIONS={"protocol": 3, "cache_config": CacheConfig()})
    cache = raw_cache()
    for number in range(3):
        runner.run(cache.aset("a", b"%d" % number))
        assert cache.get("a") == b"%d" % number == runner.run(cache.aget("a"))


def test_a_client_that_decodes_still_gives_us_bytes(
    use: Any, kind: str, redis: RedisServer, runner: asyncio.Runner
) -> None:
    more = {"decode_responses": True}
    use(kind, redis.url, OPTIONS=more if kind == "django" else {"CONNECTION_POOL_KWARGS": more})
    raw_cache().set("a", b"\xff")
    assert raw_cache().get("a") == b"\xff" == runner.run(raw_cache().aget("a"))


class Proxy:
    """Passes bytes on to a Redis until it is told to swallow those of its present connections."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._swallowed: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def swallow(self) -> None:
        self._swallowed |= {sock for pair in self._pairs for sock in pair}

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._target))
            self._pairs.append((near, far))
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(source, target), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                if source not in self._swallowed:
                    target.sendall(data)
            if source not in self._swallowed:
                target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for pair in self._pairs:
            for sock in pair:
                sock.close()


@pytest.fixture
def proxy(redis: RedisServer) -> Iterator[Proxy]:
    found = Proxy(redis.port)
    yield found
    backends.forget()
    found.close()


def test_a_connection_that_died_without_a_word_is_noticed_before_it_is_used(
    use: Any, proxy: Proxy, runner: asyncio.Runner
) -> None:
    options = {"health_check_interval": 0.1, "socket_timeout": 0.3}
    use("django", f"redis://127.0.0.1:{proxy.port}/0", OPTIONS=options)

    async def main() -> None:
        cache = raw_cache()
        await cache.aset("a", b"1")
        proxy.swallow()
        await asyncio.sleep(0.15)
        assert await asyncio.gather(*(cache.aget("a") for _ in range(5))) == [b"1"] * 5

    runner.run(main())


def test_without_a_health_check_the_first_who_asks_pays(
    use: Any, proxy: Proxy, runner: asyncio.Runner
) -> None:
    use("django", f"redis://127.0.0.1:{proxy.port}/0", OPTIONS={"socket_timeout": 0.3})

    async def main() -> None:
        cache = raw_cache()
        await cache.aset("a", b"1")
        proxy.swallow()
        with pytest.raises(CacheUnavailable):
            await cache.aget("a")
        assert await cache.aget("a") == b"1"

    runner.run(main())


def test_a_client_class_of_the_projects_own_is_used(
    use: Any, redis: RedisServer, runner: asyncio.Runner, hops: list[Any]
) -> None:
    use("django-redis", redis.url, OPTIONS={"REDIS_CLIENT_CLASS": f"{__name__}.CountingRedis"})
    CountingRedis.commands.clear()
    assert type(link()) is ClientLink
    cache = raw_cache()
    runner.run(cache.aset("a", b"\xff", 60_000))
    assert runner.run(cache.aadd("a", b"2")) is False
    assert runner.run(cache.aget_many(["a", "b"])) == [b"\xff", None]
    assert runner.run(cache.aincr("n", ttl_ms=60_000)) == 1
    assert runner.run(cache.adelete("a", "n")) == 2
    values = compatible_cache()
    values.set_many({"v": {"x": 1}, "w": 7}, 60)
    assert values.get_many(["v", "w"]) == {"v": {"x": 1}, "w": 7}
    assert (values.incr("w"), values.touch("w", None), values.has_key("x")) == (8, True, False)
    assert CountingRedis.commands.count("SET") == 4
    assert not cache.hop_free
    assert len(hops) == 5
    assert not loops.rooms


@pytest.fixture(scope="module")
def cluster() -> Iterator[RedisServer]:
    bus = ("--cluster-port", str(free_port()))  # by default 10,000 higher: not always a port
    with RedisServer("--cluster-enabled", "yes", *bus) as server:
        client = library.Redis.from_url(server.url)
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        while client.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
            threading.Event().wait(0.05)
        client.close()
        yield server


def test_on_a_cluster_keys_of_one_operation_may_lie_in_several_slots(
    use: Any, cluster: RedisServer, runner: asyncio.Runner, hops: list[Any]
) -> None:
    use("django-redis", cluster.url, OPTIONS={"CONNECTION_FACTORY": f"{__name__}.ClusterFactory"})
    assert type(link()) is ClusterLink
    cache = raw_cache()
    values = {f"k{number}": b"%d" % number for number in range(20)}
    runner.run(cache.aset_many(values, 60_000))
    assert runner.run(cache.aget_many([*values, "none"])) == [*values.values(), None]
    assert cache.incr("n", 3, ttl_ms=60_000) == 3
    assert cache.add("k1", b"x") is False
    assert cache.replace("k1", b"1", b"one") is True
    assert cache.discard("k2", b"2") is True
    assert cache.delete(*values) == 19
    assert len(hops) == 2
    ours = compatible_cache()
    ours.set_many({"a": 1, "b": [2]}, 60)
    assert ours.get_many(["a", "b", "c"]) == {"a": 1, "b": [2]}
    ours.delete_many(["a", "b"])
    assert ours.get("a") is None
    backends.shared("default").client.get_client().close()


def test_a_pool_that_is_exhausted_is_an_outage_and_recovers(use: Any, redis: RedisServer) -> None:
    use("django", redis.url, OPTIONS={"max_connections": 1})
    raw_cache().set("a", b"1")
    pool = link()._pool
    taken = link()._take()
    with pytest.raises(CacheUnavailable):
        raw_cache().get("a")
    pool.release(taken)
    assert raw_cache().get("a") == b"1"


def test_plain_pools_are_linked_natively(use: Any, kind: str, redis: RedisServer) -> None:
    use(kind, redis.url)
    assert type(link()) is PoolLink
    assert link().native
    assert link() is link()
