"""restflow's serializers where annotations help, DRF's where they do not: a view takes both."""

from typing import Literal

from django.contrib.auth import get_user_model
from rest_framework import serializers

from restflow.serializers import ModelSerializer, Serializer

from .models import Category, Product, Review, StockChange


class CategorySerializer(ModelSerializer):
    product_count: int  # annotated by the queryset

    class Meta:
        model = Category
        fields = ["id", "name", "slug"]
        read_only_fields = ["product_count"]


class CategoryStockSerializer(Serializer):
    products: int
    pieces: int


class ProductSerializer(ModelSerializer):
    category = serializers.SlugRelatedField("slug", queryset=Category.objects.all())

    class Meta:
        model = Product
        fields = ["id", "name", "sku", "category", "price", "stock", "created_at"]


class ProductRowSerializer(ModelSerializer):
    """A row of the list: what a page of products needs."""

    category = serializers.SlugRelatedField("slug", read_only=True)

    class Meta:
        model = Product
        fields = ["id", "name", "category", "price", "stock"]


class StockChangeSerializer(ModelSerializer):
    name = serializers.ReadOnlyField(source="product.name")

    class Meta:
        model = StockChange
        fields = ["id", "product", "name", "before", "after", "at"]


class ReviewSerializer(ModelSerializer):
    author = serializers.ReadOnlyField(source="author.username")

    class Meta:
        model = Review
        fields = ["id", "product", "author", "rating", "comment", "created_at"]


class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = get_user_model()
        fields = ["id", "username", "first_name"]


class LatestReviewSerializer(Serializer):
    rating: int
    comment: str


class ReviewedSerializer(Serializer):
    id: int
    name: str
    latest_review: LatestReviewSerializer | None


class HealthSerializer(Serializer):
    status: Literal["ok"]
