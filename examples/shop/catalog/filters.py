"""What may be asked of the product list."""

from decimal import Decimal

from restflow.filters import Field, FilterSet, StringField

from .models import Product


class ProductFilterSet(FilterSet):
    name = StringField(lookups=["icontains"])
    price: Decimal = Field(lookups=["comparison"])
    category = StringField(db_field="category__slug", lookups=["in"])
    stock: int = Field(lookups=["gt"])

    class Meta:
        model = Product
        order_fields = ["price", "name", "created_at"]
        order_param = "ordering"
