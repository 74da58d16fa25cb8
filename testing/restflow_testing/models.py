"""Models for every suite: a small shop, and each kind of primary key and inheritance."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.conf import settings
from django.db import models


class Category(models.Model):
    name = models.CharField(max_length=80)
    slug = models.SlugField(unique=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="children"
    )

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    name = models.CharField(max_length=40, unique=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        RETIRED = "retired", "Retired"

    name = models.CharField(max_length=120)
    sku = models.UUIDField(default=uuid.uuid4, unique=True)
    description = models.TextField(blank=True, default="")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    price = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("1.00"))
    weight = models.FloatField(null=True, blank=True)
    stock = models.PositiveIntegerField(default=0)
    in_stock = models.BooleanField(default=True)
    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.SET_NULL, related_name="products"
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="products")
    attributes = models.JSONField(default=dict, blank=True)
    homepage = models.URLField(blank=True, default="")
    contact = models.EmailField(blank=True, default="")
    origin = models.GenericIPAddressField(null=True, blank=True)
    warranty = models.DurationField(null=True, blank=True)
    released_on = models.DateField(null=True, blank=True)
    opens_at = models.TimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The name with its status: something to serialize that is no column."""
        return f"{self.name} ({self.status})"


class Review(models.Model):
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="reviews")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="reviews",
    )
    rating = models.PositiveSmallIntegerField(default=5)
    comment = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.rating}/5"


class ActiveProduct(Product):
    """A proxy: same table, other class."""

    class Meta:
        proxy = True
        ordering = ["pk"]


class Book(Product):
    """A multi-table child: one object, two rows."""

    pages = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["pk"]


class Parcel(models.Model):
    """A UUID for a primary key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    address = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.address


class Country(models.Model):
    """A string for a primary key."""

    code = models.CharField(max_length=2, primary_key=True)
    name = models.CharField(max_length=80)

    class Meta:
        verbose_name_plural = "countries"

    def __str__(self) -> str:
        return self.name


class StockLevel(models.Model):
    """Two columns for a primary key."""

    pk = models.CompositePrimaryKey("warehouse", "shelf")
    warehouse = models.CharField(max_length=20)
    shelf = models.IntegerField()
    amount = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.warehouse}/{self.shelf}"
