"""The shop's resources. Each class reads as its DRF counterpart would."""

from typing import Annotated

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Count
from django.views.generic import TemplateView
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.filters import SearchFilter
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from restflow.caching import cache_status_headers
from restflow.filters import RestflowFilterBackend
from restflow.pagination import FastPageNumberPagination, PageNumberPagination
from restflow.permissions import IsAdminUser
from restflow.responses import EventStreamRenderer, NDJSONResponse, SSEResponse
from restflow.spectacular import EventStream
from restflow.throttling import AnonRateThrottle
from restflow.views import (
    ActionConfig,
    AsyncAPIView,
    AsyncModelViewSet,
    AsyncReadOnlyModelViewSet,
    PostFetch,
)

from . import stock
from .caches import stock_of
from .filters import ProductFilterSet
from .live import changes
from .models import Category, Product, Review
from .serializers import (
    CategorySerializer,
    CategoryStockSerializer,
    HealthSerializer,
    ProductRowSerializer,
    ProductSerializer,
    ReviewedSerializer,
    ReviewSerializer,
    StockChangeSerializer,
    UserSerializer,
)


class Pages(PageNumberPagination):
    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100


class Latest(FastPageNumberPagination):
    page_size = 20


class LinesRenderer(JSONRenderer):
    """Lets clients ask for what ``NDJSONResponse`` sends; writes errors as one line."""

    media_type = "application/x-ndjson"
    format = "ndjson"


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

    def perform_update(self, serializer):
        """Keep a note of the stock that changed: both are saved, or neither."""
        before = serializer.instance.stock
        with transaction.atomic():
            stock.note(serializer.save(), before)

    @extend_schema(filters=True)
    @action(detail=False, pagination_class=None, renderer_classes=[LinesRenderer])
    async def export(self, request) -> Annotated[NDJSONResponse, ProductSerializer]:
        """All products that the filters leave, one JSON object a line, read in chunks."""
        products = await self.afilter_queryset(await self.aget_queryset())
        return NDJSONResponse(products, serializer_class=ProductSerializer)


class StockChangesView(AsyncAPIView):
    """Stock changes as they happen, as Server-Sent Events.

    A first visit begins with the latest ten; one that names the last id it saw
    (``Last-Event-ID``, which browsers send when they come back) with what it missed.
    """

    permission_classes = []
    renderer_classes = [EventStreamRenderer]

    @extend_schema(
        parameters=[OpenApiParameter("Last-Event-ID", int, OpenApiParameter.HEADER)],
        responses={200: EventStream({"stock": StockChangeSerializer}), 400: ValidationError},
    )
    async def get(self, request):
        seen = stock.parse_id(SSEResponse.last_event_id(request))
        return SSEResponse(changes(seen), heartbeat=settings.SHOP_HEARTBEAT)


class SimulationView(AsyncAPIView):
    """Lets one customer come by, who buys something: there has to be news to be live."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = [AnonRateThrottle]
    response_serializer_class = StockChangeSerializer

    @extend_schema(request=None, responses={201: StockChangeSerializer})
    def post(self, request):
        """A sync handler, which runs in the request's worker thread."""
        return self.serialized_response(stock.sell_something(), status=201)


class LiveView(TemplateView):
    """The page that shows the changes: a plain Django view."""

    template_name = "shop/live.html"


class CategoryViewSet(AsyncReadOnlyModelViewSet):
    queryset = Category.objects.annotate(product_count=Count("products"))
    serializer_class = CategorySerializer
    lookup_field = "slug"

    @extend_schema(responses=CategoryStockSerializer)
    @action(detail=True)
    async def stock(self, request, slug=None):
        """What there is of the category, kept until one of its products changes."""
        category = await self.aget_object()
        found, metadata = await stock_of.aget_with_metadata(category.pk)
        return Response(found, headers=cache_status_headers(metadata))


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

    @extend_schema(responses=ReviewedSerializer(many=True))
    async def get(self, request):
        products = [row async for row in Product.objects.values("id", "name").order_by("id")[:5]]
        await self.latest_review.afetch(products)
        return Response(products)


class HealthView(AsyncAPIView):
    """Says that the server answers. Enters no thread at all."""

    authentication_classes = []
    permission_classes = []
    response_serializer_class = HealthSerializer

    async def get(self, request):
        return Response({"status": "ok"})
