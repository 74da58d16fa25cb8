"""URLs with every view of the package, and some to protect."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer
from rest_framework.views import APIView as DRFAPIView

from restflow.authentication import (
    JWTAuthentication,
    JWTCookieAuthentication,
    JWTStatelessUserAuthentication,
)
from restflow.authentication.views import (
    JWKSView,
    TokenBlacklistView,
    TokenObtainView,
    TokenRefreshView,
    TokenSessionListView,
    TokenSessionView,
)
from restflow.views import AsyncAPIView, AsyncListAPIView
from restflow_testing.models import Product


class Me(AsyncAPIView):
    authentication_classes = [JWTAuthentication]
    permission_classes = [IsAuthenticated]

    async def get(self, request: Any) -> Response:
        return Response({"id": request.user.pk})

    post = get


class DRFMe(DRFAPIView):
    authentication_classes = [JWTAuthentication]
    permission_classes = [IsAuthenticated]

    def get(self, request: Any) -> Response:
        return Response({"id": request.user.pk})


class Stateless(Me):
    authentication_classes = [JWTStatelessUserAuthentication]


class ByCookie(Me):
    authentication_classes = [JWTCookieAuthentication]


class ProductSerializer(ModelSerializer[Product]):
    class Meta:
        model = Product
        fields = ["id", "name"]


class Products(AsyncListAPIView):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    authentication_classes: list[Any] = []


class GuardedProducts(Products):
    authentication_classes = [JWTAuthentication]
    permission_classes = [IsAuthenticated]


class Sessions(TokenSessionListView):
    authentication_classes = [JWTAuthentication]


class Session(TokenSessionView):
    authentication_classes = [JWTAuthentication]


urlpatterns = [
    path("token/", TokenObtainView.as_view()),
    path("token/refresh/", TokenRefreshView.as_view()),
    path("token/blacklist/", TokenBlacklistView.as_view()),
    path("cookie/", TokenObtainView.as_view(transport="cookie")),
    path("cookie/refresh/", TokenRefreshView.as_view(transport="cookie")),
    path("cookie/blacklist/", TokenBlacklistView.as_view(transport="cookie")),
    path("jwks.json", JWKSView.as_view()),
    path("me/", Me.as_view()),
    path("drf/me/", DRFMe.as_view()),
    path("stateless/", Stateless.as_view()),
    path("by-cookie/", ByCookie.as_view()),
    path("products/", Products.as_view()),
    path("guarded/", GuardedProducts.as_view()),
    path("sessions/", Sessions.as_view()),
    path("sessions/<int:pk>/", Session.as_view()),
]
