"""Which of a hook's names stands for it: the most derived, and after that the caller's colour."""

import asyncio
import threading
from functools import partial
from typing import Any
from unittest import mock

import pytest
from asgiref.sync import markcoroutinefunction

from restflow.core.adapters import call, declare_loop_safe, hook_of, loop_safe
from restflow.core.steps import Steps, arun, run


def hooked(obj: Any, name: str = "allow") -> Steps[Any]:
    return (yield call(obj, name, "request"))


class Sync:
    def allow(self, request: str) -> str:
        return f"sync in {'main' if threading.current_thread() is threading.main_thread() else 'a'}"


class Async:
    async def aallow(self, request: str) -> str:
        return "async"


class Both(Sync, Async):
    def allow(self, request: str) -> str:
        return "sync"

    async def aallow(self, request: str) -> str:
        return "async"


class AsyncOverSync(Sync):
    async def aallow(self, request: str) -> str:
        return "async"


class SyncOverAsync(Async):
    def allow(self, request: str) -> str:
        return "sync"


class AsyncUnderTheSyncName(Both):
    async def allow(self, request: str) -> str:  # type: ignore[override]
        return "async under the sync name"


class ClassMethod:
    @classmethod
    async def allow(cls, request: str) -> str:
        return "classmethod"


class Static:
    @staticmethod
    def allow(request: str) -> str:
        return "static"


class CallableObject:
    class Allow:
        async def __call__(self, request: str) -> str:
            return "callable object"

    allow = Allow()


class Partial:
    @staticmethod
    async def _allow(prefix: str, request: str) -> str:
        return prefix

    allow = staticmethod(partial(_allow, "partial"))


class Marked:
    @markcoroutinefunction
    def allow(self, request: str) -> Any:
        return asyncio.sleep(0, "marked")


@pytest.mark.parametrize(
    ("cls", "from_sync", "from_async"),
    [
        (Sync, "sync in main", "sync in a"),
        (Async, "async", "async"),
        (Both, "sync", "async"),
        (AsyncOverSync, "async", "async"),
        (SyncOverAsync, "sync", "sync"),
        (AsyncUnderTheSyncName, "async under the sync name", "async under the sync name"),
        (ClassMethod, "classmethod", "classmethod"),
        (Static, "static", "static"),
        (CallableObject, "callable object", "callable object"),
        (Partial, "partial", "partial"),
        (Marked, "marked", "marked"),
    ],
)
def test_the_most_derived_definition_wins(cls: type, from_sync: str, from_async: str) -> None:
    assert run(hooked(cls())) == from_sync
    assert asyncio.run(arun(hooked(cls()))) == from_async


def test_a_hook_that_is_missing_names_the_class() -> None:
    with pytest.raises(AttributeError, match=r"test_hooks\.Sync defines neither deny\(\) nor ade"):
        run(hooked(Sync(), "deny"))


async def test_loop_safe_hooks_run_on_the_loop_and_only_those() -> None:
    class Safe:
        @loop_safe
        def allow(self, request: str) -> bool:
            return threading.current_thread() is threading.main_thread()

    class Overridden(Safe):
        def allow(self, request: str) -> bool:
            return threading.current_thread() is threading.main_thread()

    assert await arun(hooked(Safe())) is True
    assert await arun(hooked(Overridden())) is False  # the promise was about the other function


async def test_an_instance_attribute_counts_as_most_derived() -> None:
    async def aallow(request: str) -> str:
        return "mine"

    obj = Sync()
    obj.aallow = aallow  # type: ignore[attr-defined]
    assert await arun(hooked(obj)) == "mine"
    assert run(hooked(Sync())) == "sync in main"


def patched(self: Any, request: str) -> str:
    return "patched in the base"


async def test_patching_a_class_afterwards_is_noticed() -> None:
    class Child(Sync):
        pass

    assert await arun(hooked(Child())) == "sync in a"
    with mock.patch.object(Child, "aallow", Async.aallow, create=True):
        assert await arun(hooked(Child())) == "async"
    assert await arun(hooked(Child())) == "sync in a"
    with mock.patch.object(Sync, "allow", new=patched):
        assert await arun(hooked(Child())) == "patched in the base"


def test_decided_once_per_class() -> None:
    assert hook_of(Sync(), "allow") is hook_of(Sync(), "allow")


def test_a_subclass_does_not_inherit_its_parents_decision() -> None:
    class Parent:
        def allow(self, request: str) -> str:
            return "parent"

    class Child(Parent):
        def allow(self, request: str) -> str:
            return "child"

    assert run(hooked(Parent())) == "parent"
    assert run(hooked(Child())) == "child"


def test_objects_without_a_dict() -> None:
    class Slotted:
        __slots__ = ()

        def allow(self, request: str) -> str:
            return "slotted"

    assert run(hooked(Slotted())) == "slotted"


async def test_functions_of_other_libraries_are_declared_safe_with_a_condition() -> None:
    class Library:
        def allow(self, request: str) -> bool:
            return threading.current_thread() is threading.main_thread()

    class Subclass(Library):
        def allow(self, request: str) -> bool:
            return super().allow(request)

    declare_loop_safe(Library.allow, when=lambda self, request: request != "request")
    assert await arun(hooked(Library())) is False  # the condition says no
    declare_loop_safe(Library.allow)

    class Fresh(Library):  # decided after the declaration, as it is made at import time
        pass

    assert await arun(hooked(Fresh())) is True
    assert await arun(hooked(Subclass())) is False  # an override is another function
