"""A login's life as a state machine: whatever happens, the model knows the answer."""

from __future__ import annotations

import time as real_time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from rest_framework.exceptions import APIException

from restflow.authentication import (
    AccessToken,
    BlacklistUnavailable,
    JWTAuthentication,
    RefreshToken,
    TokenError,
    log_out_everywhere,
)
from restflow_testing.counts import cases

from .conftest import backend

ACCESS, REFRESH, LEEWAY, GRACE = 100, 1000, 7, 5
names = count()


class Clock:
    """The time of every module that asks for it."""

    def __init__(self) -> None:
        self.now = real_time.time()

    def time(self) -> float:
        return self.now


@dataclass
class Login:
    born: float
    password: int
    revoked: bool = False


@dataclass(eq=False)
class Refresh:
    token: RefreshToken
    login: Login
    used_at: float | None = None
    successor: str = ""


@dataclass(eq=False)
class Access:
    token: AccessToken
    login: Login
    revoked: bool = field(default=False)


class Logins(RuleBasedStateMachine):
    """One user, any number of logins; ``expected`` says what should be answered."""

    refreshes = Bundle("refreshes")
    accesses = Bundle("accesses")
    kind: str

    @initialize(grace=st.booleans())
    def begin(self, grace: bool) -> None:
        from django.test import override_settings

        from .forging import jwt_settings

        self.clock = Clock()
        self.grace = GRACE if grace else 0
        self.stack = ExitStack()
        enter = self.stack.enter_context
        stamp = SimpleNamespace(time=self.clock.time)
        enter(mock.patch("restflow.authentication.claims.time", self.clock.time))
        enter(mock.patch("restflow.core.cache.local.time", self.clock.time))
        enter(mock.patch("django.core.cache.backends.base.time", stamp))
        enter(mock.patch("django.core.cache.backends.locmem.time", stamp))
        enter(
            override_settings(
                RESTFLOW_SETTINGS=jwt_settings(
                    ACCESS_TOKEN_LIFETIME=timedelta(seconds=ACCESS),
                    REFRESH_TOKEN_LIFETIME=timedelta(seconds=REFRESH),
                    REUSE_GRACE=timedelta(seconds=self.grace),
                    LEEWAY=LEEWAY,
                    **backend(self.kind),
                )
            )
        )
        cache.clear()
        self.user = get_user_model().objects.create_user(f"user{next(names)}", password="0")
        self.password = 0
        self.active = True
        self.down = False
        self.cut_off = 0.0

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()

    # -- what should be answered ---------------------------------------------------------------

    def usable(self, login: Login) -> bool:
        """Whether the user and the login are as they should be."""
        return self.active and login.password == self.password

    def alive(self, each: Any) -> bool:
        return self.clock.now < each.token.exp + LEEWAY

    def is_revoked(self, login: Login) -> bool:
        return login.revoked or int(login.born * 1000) <= self.cut_off

    # -- what happens --------------------------------------------------------------------------

    @rule(target=refreshes)
    def obtain(self) -> Refresh:
        self.clock.now += 0.002  # a login is later than what ended all before it
        token = RefreshToken.for_user(self.user)
        return Refresh(token, Login(self.clock.now, self.password))

    @rule(target=accesses, refresh=refreshes)
    def derive(self, refresh: Refresh) -> Any:
        if not self.alive(refresh):  # verify() would not have given it out
            return multiple()
        return Access(refresh.token.access_token, refresh.login)

    @rule(access=accesses)
    def authenticate(self, access: Access) -> None:
        header = {"HTTP_AUTHORIZATION": f"Bearer {access.token}"}
        request: Any = SimpleNamespace(META=header)
        try:
            user, _ = JWTAuthentication().authenticate(request)
            answer = 200
            assert user == self.user
        except APIException as error:
            answer = error.status_code
        if not self.alive(access):
            expected = 401
        elif self.down:
            expected = 503
        elif access.revoked or self.is_revoked(access.login) or not self.usable(access.login):
            expected = 401
        else:
            expected = 200
        assert answer == expected, (answer, expected)

    @rule(target=refreshes, refresh=refreshes)
    def refresh(self, refresh: Refresh) -> Any:
        """Exchange a token, used or not."""
        try:
            token = RefreshToken.verify(str(refresh.token)).rotate()
            answer = "new"
        except TokenError:
            answer = "refused"
        except BlacklistUnavailable:
            answer = "down"
        expected = self.expected_of(refresh)
        if expected == "replay":
            refresh.login.revoked = True
            expected = "refused"
        assert answer == expected, (answer, expected)
        if answer != "new":
            return multiple()
        if refresh.used_at is not None:
            assert token.jti == refresh.successor
            return multiple()
        refresh.used_at, refresh.successor = self.clock.now, token.jti
        assert token.family == refresh.token.family
        return Refresh(token, refresh.login)

    def expected_of(self, refresh: Refresh) -> str:
        if not self.alive(refresh) or not self.usable(refresh.login):
            return "refused"
        if self.down:
            return "down"
        if self.is_revoked(refresh.login):
            return "refused"
        if refresh.used_at is None:
            return "new"
        return "new" if self.clock.now < refresh.used_at + self.grace else "replay"

    @precondition(lambda self: not self.down)
    @rule(refresh=refreshes)
    def log_out(self, refresh: Refresh) -> None:
        refresh.token.blacklist()
        refresh.login.revoked = True

    @precondition(lambda self: not self.down)
    @rule(access=accesses)
    def revoke_one(self, access: Access) -> None:
        access.token.blacklist()
        access.revoked = True

    @precondition(lambda self: not self.down)
    @rule()
    def log_out_everywhere(self) -> None:
        log_out_everywhere(self.user)
        self.cut_off = self.clock.now * 1000

    @rule(seconds=st.sampled_from([1, GRACE, LEEWAY, ACCESS - 1, ACCESS, REFRESH // 2, REFRESH]))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds

    @rule()
    def change_password(self) -> None:
        self.password += 1
        self.user.set_password(str(self.password))
        self.user.save()

    @rule()
    def switch_active(self) -> None:
        self.active = not self.active
        self.user.is_active = self.active
        self.user.save()

    @precondition(lambda self: self.kind == "memory")
    @rule()
    def switch_outage(self) -> None:
        from restflow.authentication.blacklist.cache import CacheBlacklistBackend

        self.down = not self.down
        if not self.down:
            self.outage.stop()
            return

        def down(backend: Any) -> Any:
            raise BlacklistUnavailable

        self.outage = mock.patch.object(CacheBlacklistBackend, "_cache", down)
        self.outage.start()
        self.stack.callback(mock.patch.stopall)


@pytest.mark.parametrize("kind", ["memory", "model"])
def test_any_order_of_events(kind: str, db: None) -> None:
    machine = type(f"Logins_{kind}", (Logins,), {"kind": kind})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=cases(1000), stateful_step_count=30, deadline=None)
    )
