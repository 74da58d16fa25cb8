"""Every setting that cannot work, or works less well than it seems, is named by a check."""

from __future__ import annotations

from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from django.core.checks import run_checks
from django.urls import path

from restflow.authentication import JWTAuthentication, key_ring
from restflow.authentication.checks import check_authentication, check_deployment
from restflow.views import AsyncAPIView

from .forging import private_key, public_pem

SECRET = private_key("HS256")
MEMCACHED = {"BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache", "LOCATION": "x:1"}
DUMMY = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
REDIS = {
    "BACKEND": "django.core.cache.backends.redis.RedisCache",
    "LOCATION": "redis://127.0.0.1:9",
}
FILES = {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": "/tmp"}


def ids(deploy: bool = False) -> list[str]:
    found = check_deployment() if deploy else check_authentication()
    for message in found:
        assert message.hint
        assert SECRET not in message.msg
    return [str(message.id).removeprefix("restflow.") for message in found]


@pytest.fixture
def good(settings: Any) -> Any:
    """Settings about which there is nothing to say; call it with changes."""
    settings.CACHES = {"default": REDIS, "dummy": DUMMY}

    def change(**changes: Any) -> None:
        settings.RESTFLOW_SETTINGS = {"JWT": {"SIGNING_KEY": SECRET, **changes}}

    change()
    return change


def test_nothing_to_say(good: Any) -> None:
    assert ids() == []
    assert ids(deploy=True) == []


def test_an_installed_package_is_no_use(settings: Any) -> None:
    settings.RESTFLOW_SETTINGS = {}
    assert ids() == []
    assert ids(deploy=True) == []


@pytest.mark.parametrize("listed", ["REST_FRAMEWORK", "a view", "the token views"])
def test_a_missing_key_once_jwt_is_in_use(listed: str, settings: Any, monkeypatch: Any) -> None:
    settings.RESTFLOW_SETTINGS = {}
    settings.CACHES = {"default": REDIS}
    urls = ModuleType("restflow_tests_authentication_checks")
    vars(urls)["urlpatterns"] = []
    if listed == "REST_FRAMEWORK":
        name = "restflow.authentication.JWTAuthentication"
        settings.REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": [name]}
    elif listed == "a view":

        class View(AsyncAPIView):
            authentication_classes = [JWTAuthentication]

        vars(urls)["urlpatterns"] = [path("", View.as_view())]
    else:
        from restflow.authentication.views import TokenBlacklistView

        vars(urls)["urlpatterns"] = [path("", TokenBlacklistView.as_view())]
    settings.ROOT_URLCONF = urls
    assert ids() == ["E401"]
    assert "there is no key" in check_authentication()[0].msg


CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no key": ({"SIGNING_KEY": None}, ["E401"]),
    "PEM under HS256": ({"SIGNING_KEY": public_pem("RS256")}, ["E401"]),
    "secret under RS256": ({"ALGORITHM": "RS256"}, ["E401"]),
    "no such algorithm": ({"ALGORITHM": "none"}, ["E401"]),
    "a ring that fails": ({"KEYS": lambda: 1 / 0}, ["E401"]),
    "two keys of one name": (
        {
            "KEYS": [
                {"KID": "a", "ALGORITHM": "HS256", "SIGNING_KEY": letter * 40} for letter in "xy"
            ]
        },
        ["E402"],
    ),
    "claims in each other's way": ({"USER_ID_CLAIM": "jti"}, ["E404"]),
    "one claim for two": ({"USER_ID_CLAIM": "a", "REVOKE_TOKEN_CLAIM": "a"}, ["E404"]),
    "a field not in the allowlist": ({"USER_ID_FIELD": "password"}, ["E405", "E406"]),
    "a field that is not unique": ({"USER_ID_FIELD": "email"}, ["E406"]),
    "a field that is not there": ({"USER_ID_FIELD": "uuid"}, ["E406"]),
    "the primary key": ({"USER_ID_FIELD": "pk"}, []),
    "the user name": ({"USER_ID_FIELD": "username"}, []),
    "no header types": ({"AUTH_HEADER_TYPES": ()}, ["E407"]),
    "a life of nothing": ({"ACCESS_TOKEN_LIFETIME": timedelta(0)}, ["E408"]),
    "a life in seconds": ({"REFRESH_TOKEN_LIFETIME": 300}, ["E408"]),
    "access outlives refresh": ({"ACCESS_TOKEN_LIFETIME": timedelta(days=9)}, ["W404"]),
    "negative leeway": ({"LEEWAY": -1}, ["E409"]),
    "no rate": ({"LOGIN_LIMIT_ACCOUNT": "often"}, ["E410"]),
    "no limit": ({"LOGIN_LIMIT_ACCOUNT": None, "LOGIN_LIMIT_ADDRESS": None}, []),
    "no such cache": ({"BLACKLIST_CACHE_ALIAS": "nowhere"}, ["E416"]),
    "the dummy cache": ({"BLACKLIST_CACHE_ALIAS": "dummy"}, ["E416"]),
    "blacklist off": ({"BLACKLIST_ENABLED": False}, ["W407"]),
    "blacklist off on purpose": (
        {"BLACKLIST_ENABLED": False, "ROTATE_REFRESH_TOKENS": False},
        [],
    ),
    "no blacklist": ({"BLACKLIST_BACKEND": "builtins.dict"}, ["E413"]),
    "the model": ({"BLACKLIST_BACKEND": "restflow.authentication.ModelBlacklistBackend"}, []),
    "cookies for other sites": (
        {"TRANSPORT": "cookie", "COOKIE_SAMESITE": "None", "COOKIE_SECURE": False},
        ["E412", "W405", "W406"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_settings(name: str, good: Any) -> None:
    changes, expected = CASES[name]
    good(**changes)
    assert ids() == expected


def test_the_model_without_its_app(good: Any, settings: Any) -> None:
    settings.INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
    good(BLACKLIST_BACKEND="restflow.authentication.ModelBlacklistBackend")
    assert ids() == ["E414"]


def test_caches_that_drop_entries_or_hide_outages(good: Any, settings: Any) -> None:
    settings.CACHES = {"default": FILES}
    assert ids() == ["W408"]


def test_memcached(good: Any, settings: Any) -> None:
    pytest.importorskip("pymemcache")
    settings.CACHES = {"default": MEMCACHED}
    assert ids() == ["E416"]


@pytest.mark.parametrize(
    ("key", "warnings"),
    [
        ("change-me-in-production", ["W401", "W402"]),
        ("x" * 31, ["W401"]),
        ("a-string-secret-at-least-256-bits-long", ["W402"]),
        ("Django-Insecure-" + "x" * 50, ["W402"]),
        (SECRET, []),
    ],
)
def test_keys_that_others_know(key: str, warnings: list[str], good: Any) -> None:
    good(SIGNING_KEY=key)
    assert ids() == warnings
    assert ids(deploy=True) == [each.replace("W40", "E45") for each in warnings]


def test_a_blacklist_of_one_process(good: Any, settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    assert ids() == ["W403"]
    assert ids(deploy=True) == ["E453"]
    good(BLACKLIST_ALLOW_LOCMEM=True)
    assert ids() == ids(deploy=True) == []


@pytest.mark.urls(f"{__package__}.project")
def test_views_that_need_what_is_not_there(good: Any) -> None:
    good(SIGNING_KEY=None, ALGORITHM="RS256", VERIFYING_KEY=public_pem("RS256"))
    assert ids() == ["E403", "W406", "E415"]
    good(BLACKLIST_BACKEND="restflow.authentication.ModelBlacklistBackend")
    assert ids() == ["W406"]


@pytest.mark.django_db(databases=["default", "other"])
def test_django_runs_them(settings: Any) -> None:
    settings.RESTFLOW_SETTINGS = {"JWT": {"SIGNING_KEY": "change-me-in-production"}}
    found = {message.id for message in run_checks()}
    assert {"restflow.W401", "restflow.W402", "restflow.W403"} <= found
    assert "restflow.E451" not in found
    deployed = [m.id for m in run_checks(include_deployment_checks=True)]
    assert deployed.count("restflow.E451") == deployed.count("restflow.E452") == 1


def test_asking_changes_nothing(good: Any) -> None:
    ring = key_ring()
    ids()
    assert key_ring() is ring
