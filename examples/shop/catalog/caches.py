"""What is kept, and which rows it depends on. Imported at start-up in every process."""

from django.db.models import Count, Sum

from restflow.caching import ArgsKeyField, InvalidationRule, KeyConstructor, cache_result

from .models import Product


class CategoryKey(KeyConstructor):
    category = ArgsKeyField("category_id", partition=True)

    class Meta:
        namespace = "categories"


@cache_result(
    CategoryKey,
    ttl=3600,
    invalidates_on=[
        InvalidationRule(Product, {"category_id": "category_id"}, watch_fields=["stock"])
    ],
)
async def stock_of(category_id: int):
    """What the shop has of one category: computed once, until one of its products changes."""
    products = Product.objects.filter(category_id=category_id)
    return await products.aaggregate(products=Count("pk"), pieces=Sum("stock", default=0))
