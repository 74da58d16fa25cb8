"""The URL configuration of tests that name none of their own (``@pytest.mark.urls``)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
