"""DRF's router, as in any DRF project; the viewsets behind it are async."""

from catalog.views import (
    CategoryViewSet,
    HealthView,
    LiveView,
    ProductViewSet,
    ReviewedView,
    ReviewViewSet,
    SimulationView,
    StockChangesView,
    UserViewSet,
)
from django.urls import include, path
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularRedocView,
    SpectacularSwaggerView,
)
from rest_framework.routers import DefaultRouter

from restflow.authentication.views import (
    TokenBlacklistView,
    TokenObtainView,
    TokenRefreshView,
    TokenSessionListView,
)

router = DefaultRouter()
router.register("products", ProductViewSet)
router.register("categories", CategoryViewSet)
router.register("reviews", ReviewViewSet)
router.register("users", UserViewSet)

urlpatterns = [
    path("api/", include(router.urls)),
    path("api/health/", HealthView.as_view()),
    path("api/reviewed/", ReviewedView.as_view()),
    path("api/auth/token/", TokenObtainView.as_view()),
    path("api/auth/refresh/", TokenRefreshView.as_view()),
    path("api/auth/blacklist/", TokenBlacklistView.as_view()),
    path("api/auth/sessions/", TokenSessionListView.as_view()),
    path("api/stock/changes/", StockChangesView.as_view(), name="stock-changes"),
    path("api/stock/simulation/", SimulationView.as_view(), name="stock-simulation"),
    path("live/", LiveView.as_view()),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(), name="docs"),
    path("api/redoc/", SpectacularRedocView.as_view(template_name="shop/redoc.html"), name="redoc"),
    path("api-auth/", include("rest_framework.urls")),
]

handler404 = "restflow.exceptions.handler404"
handler500 = "restflow.exceptions.handler500"
