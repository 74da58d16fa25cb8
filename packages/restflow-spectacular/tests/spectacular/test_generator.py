"""Documents for single users, and output that does not change by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.test import override_settings
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings, spectacular_settings
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from restflow.permissions import BasePermission, IsAdminUser
from restflow.serializers import ModelSerializer
from restflow.spectacular import RestflowSchemaGenerator
from restflow.spectacular.checks import check_schema
from restflow.views import ActionConfig, AsyncModelViewSet
from restflow_testing.models import Product

from .documents import document


class ProductSerializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name", "status", "price"]


class OnlyAsync(BasePermission):
    async def ahas_permission(self, request: Any, view: Any) -> bool:
        return bool(request.user.is_staff)


class ProductViewSet(AsyncModelViewSet):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    action_configs = {
        "create": ActionConfig(permission_classes=[IsAdminUser]),
        "list": ActionConfig(permission_classes=[OnlyAsync]),
    }


urlpatterns = [
    path("x/", ProductViewSet.as_view({"get": "list", "post": "create"})),
    path("x/<int:pk>/", ProductViewSet.as_view({"get": "retrieve"})),
]


def asked_by(user: Any) -> Request:
    request = Request(APIRequestFactory().get("/schema/"))
    request.user = user
    return request


@pytest.mark.parametrize(
    ("user", "paths"),
    [(AnonymousUser(), {"/x/{id}/"}), (User(is_staff=True), {"/x/", "/x/{id}/"})],
)
def test_a_document_shows_what_its_reader_may_call(user: Any, paths: set[str]) -> None:
    made = document(urlpatterns, request=asked_by(user))
    assert set(made["paths"]) == paths


def test_another_generator_does_not_and_a_check_says_so() -> None:
    made = document(urlpatterns, request=asked_by(AnonymousUser()), generator=SchemaGenerator)
    assert "/x/" in made["paths"]
    ours = {"DEFAULT_SCHEMA_CLASS": "restflow.spectacular.RestflowAutoSchema"}
    with override_settings(REST_FRAMEWORK=ours), patched_settings({}):
        assert check_schema() == []
        before = spectacular_settings.SERVE_PUBLIC, spectacular_settings.DEFAULT_GENERATOR_CLASS
        try:
            spectacular_settings.SERVE_PUBLIC = False
            assert [message.id for message in check_schema()] == ["restflow.W501"]
            spectacular_settings.DEFAULT_GENERATOR_CLASS = RestflowSchemaGenerator
            assert check_schema() == []
        finally:
            spectacular_settings.SERVE_PUBLIC, spectacular_settings.DEFAULT_GENERATOR_CLASS = before
    assert check_schema() == []


TWICE = """
import json, sys
sys.path[:0] = {path!r}
import django
from django.conf import settings
settings.configure(
    SECRET_KEY="for-one-process-only-and-long-enough-to-sign-with",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework",
                    "drf_spectacular", "restflow_testing"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    ROOT_URLCONF="routes",
    REST_FRAMEWORK={{
        "DEFAULT_SCHEMA_CLASS": "restflow.spectacular.RestflowAutoSchema",
        "EXCEPTION_HANDLER": "restflow.exceptions.exception_handler",
    }},
)
django.setup()
import types
from django.urls import path
from restflow.serializers import ModelSerializer
from restflow.views import AsyncModelViewSet
from restflow_testing.models import Product

class ProductSerializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name", "status", "tags", "category"]

class ProductViewSet(AsyncModelViewSet):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer

routes = sys.modules["routes"] = types.ModuleType("routes")
detail = {{"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"}}
routes.urlpatterns = [
    path("x/", ProductViewSet.as_view({{"get": "list", "post": "create"}})),
    path("x/<int:pk>/", ProductViewSet.as_view(detail)),
]
from django.core.management import call_command
call_command("spectacular", "--validate", "--fail-on-warn")
"""


def test_output_is_the_same_in_every_process() -> None:
    code = TWICE.format(path=sys.path)
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            timeout=120,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=False,
        )
        for seed in ("1", "2")
    ]
    assert [run.returncode for run in runs] == [0, 0], runs[0].stderr.decode()
    assert runs[0].stdout == runs[1].stdout
    assert b"/x/{id}/" in runs[0].stdout
