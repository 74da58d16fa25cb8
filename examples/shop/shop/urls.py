"""DRF's router, as in any DRF project; the viewsets behind it are async."""

from catalog.views import (
    CategoryViewSet,
    HealthView,
    ProductViewSet,
    ReviewedView,
    ReviewViewSet,
    UserViewSet,
)
from django.urls import include, path
from rest_framework.routers import DefaultRouter

router = DefaultRouter()
router.register("products", ProductViewSet)
router.register("categories", CategoryViewSet)
router.register("reviews", ReviewViewSet)
router.register("users", UserViewSet)

urlpatterns = [
    path("api/", include(router.urls)),
    path("api/health/", HealthView.as_view()),
    path("api/reviewed/", ReviewedView.as_view()),
    path("api-auth/", include("rest_framework.urls")),
]

handler404 = "restflow.exceptions.handler404"
handler500 = "restflow.exceptions.handler500"
