"""The shop's resources. Each class reads as its DRF counterpart would."""

from django.contrib.auth import get_user_model
from django.db.models import Count
from rest_framework.filters import SearchFilter
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle

from restflow.filters import RestflowFilterBackend
from restflow.pagination import FastPageNumberPagination, PageNumberPagination
from restflow.permissions import IsAdminUser
from restflow.views import (
    ActionConfig,
    AsyncAPIView,
    AsyncModelViewSet,
    AsyncReadOnlyModelViewSet,
    PostFetch,
)

from .filters import ProductFilterSet
from .models import Category, Product, Review
from .serializers import (
    CategorySerializer,
    ProductRowSerializer,
    ProductSerializer,
    ReviewSerializer,
    UserSerializer,
)


class Pages(PageNumberPagination):
    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100


class Latest(FastPageNumberPagination):
    page_size = 20


class ProductViewSet(AsyncModelViewSet):
    """The products: anybody may look, users may edit, staff may delete."""

    queryset = Product.objects.select_related("category")
    serializer_class = ProductSerializer
    pagination_class = Pages
    throttle_classes = [AnonRateThrottle]
    filter_backends = [RestflowFilterBackend, SearchFilter]
    filterset_class = ProductFilterSet
    search_fields = ["name", "sku"]
    action_configs = {
        "list": ActionConfig(response_serializer_class=ProductRowSerializer),
        "destroy": ActionConfig(permission_classes=[IsAdminUser]),
    }


class CategoryViewSet(AsyncReadOnlyModelViewSet):
    queryset = Category.objects.annotate(product_count=Count("products"))
    serializer_class = CategorySerializer
    lookup_field = "slug"


class ReviewViewSet(AsyncModelViewSet):
    queryset = Review.objects.select_related("author").order_by("-pk")
    serializer_class = ReviewSerializer
    pagination_class = Latest

    def perform_create(self, serializer):
        """A sync hook, as any DRF project has them: it runs in the request's worker thread."""
        serializer.save(author=self.request.user)


class UserViewSet(AsyncReadOnlyModelViewSet):
    queryset = get_user_model().objects.order_by("pk")
    serializer_class = UserSerializer
    permission_classes = [IsAdminUser]


class ReviewedView(AsyncAPIView):
    """The first products, each with its latest review: one query more, whatever the number."""

    latest_review = PostFetch(
        queryset=Review.objects.all(),
        to_attr="latest_review",
        values=["rating", "comment"],
        order_by=["-created_at"],
        product_id="id",
    )

    async def get(self, request):
        products = [row async for row in Product.objects.values("id", "name").order_by("id")[:5]]
        await self.latest_review.afetch(products)
        return Response(products)


class HealthView(AsyncAPIView):
    """Says that the server answers. Enters no thread at all."""

    authentication_classes = []
    permission_classes = []

    async def get(self, request):
        return Response({"status": "ok"})
