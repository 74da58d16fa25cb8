"""The concrete generic views of the sync family."""

from __future__ import annotations

from rest_framework import generics as drf

from .generic import GenericAPIView
from .mixins import (
    CreateModelMixin,
    DestroyModelMixin,
    ListModelMixin,
    RetrieveModelMixin,
    UpdateModelMixin,
)


class CreateAPIView(CreateModelMixin, GenericAPIView):
    """POST creates."""

    post = drf.CreateAPIView.post


class ListAPIView(ListModelMixin, GenericAPIView):
    """GET lists."""

    get = drf.ListAPIView.get


class RetrieveAPIView(RetrieveModelMixin, GenericAPIView):
    """GET shows one object."""

    get = drf.RetrieveAPIView.get


class DestroyAPIView(DestroyModelMixin, GenericAPIView):
    """DELETE deletes one object."""

    delete = drf.DestroyAPIView.delete


class UpdateAPIView(UpdateModelMixin, GenericAPIView):
    """PUT and PATCH change one object."""

    put = drf.UpdateAPIView.put
    patch = drf.UpdateAPIView.patch


class ListCreateAPIView(ListAPIView, CreateAPIView):
    """GET lists, POST creates."""


class RetrieveUpdateAPIView(RetrieveAPIView, UpdateAPIView):
    """GET shows, PUT and PATCH change one object."""


class RetrieveDestroyAPIView(RetrieveAPIView, DestroyAPIView):
    """GET shows, DELETE deletes one object."""


class RetrieveUpdateDestroyAPIView(RetrieveAPIView, UpdateAPIView, DestroyAPIView):
    """GET shows, PUT and PATCH change, DELETE deletes one object."""
