"""Serializers side by side: DRF, adrf, pydantic, code written by hand, restflow.

``python benchmarks/serializers.py`` prints ratios of one run: CPU times of interleaved samples,
medians. Absolute times depend on the machine and its neighbours; only ratios are to be quoted.

What each side does, checked to give equal results before anything is measured:

*serialize*: from saved model instances with their category loaded to dicts of texts, numbers and
booleans, as a renderer wants them: UUIDs, decimals and date-times have become texts.

- DRF, adrf, restflow: ``ProductSerializer(rows, many=True).data``.
- pydantic: ``TypeAdapter(list[ProductOut])``, built beforehand, reads the attributes
  (``validate_python(rows, from_attributes=True)``) and writes (``dump_python(..., mode="json")``).
  ``pydantic, row`` does so row by row with ``model_validate`` and ``model_dump``.
- by hand: a dict display with ``str`` and ``isoformat``.

*validate*: from parsed JSON (dicts, lists, texts, numbers) to Python values, with the same limits
on both sides; texts are stripped and may not be empty.

- DRF, adrf, restflow: ``is_valid(raise_exception=True)`` and ``validated_data``.
- pydantic: ``TypeAdapter(list[OrderIn]).validate_python(data)``, or ``OrderIn.model_validate``.

restflow uses msgspec for the texts of UUIDs and date-times, or else orjson, if one is installed
(``restflow-views[fast]``).
"""

import datetime
import os
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "restflow_testing.settings")

import django

django.setup()

from rest_framework import renderers as drf_renderers  # noqa: E402
from rest_framework import serializers as drf  # noqa: E402

from restflow import serializers as ours  # noqa: E402
from restflow.renderers import JSONRenderer  # noqa: E402
from restflow_testing.models import Category, Product  # noqa: E402

FIELDS = ["id", "name", "sku", "status", "price", "stock", "in_stock", "created_at"]
SAMPLES = int(os.environ.get("SAMPLES", "15"))


def model_classes(base: Any) -> Any:
    class CategorySerializer(base.ModelSerializer):
        class Meta:
            model = Category
            fields = ["id", "name", "slug"]

    class ProductSerializer(base.ModelSerializer):
        category = CategorySerializer(read_only=True)

        class Meta:
            model = Product
            fields = [*FIELDS, "category"]

    return ProductSerializer


def input_classes(base: Any) -> Any:
    class Line(base.Serializer):
        sku = drf.UUIDField()
        quantity = drf.IntegerField(min_value=1, max_value=1000)
        price = drf.DecimalField(max_digits=10, decimal_places=2)
        note = drf.CharField(max_length=200, required=False, allow_blank=True)

    class Order(base.Serializer):
        number = drf.CharField(max_length=30)
        placed_at = drf.DateTimeField()
        status = drf.ChoiceField(choices=["open", "paid", "sent"])
        express = drf.BooleanField(default=False)
        address = Address_of(base)()
        lines = Line(many=True)

    return Order


def Address_of(base: Any) -> Any:
    class Address(base.Serializer):
        street = drf.CharField(max_length=100)
        city = drf.CharField(max_length=60)
        zip = drf.CharField(max_length=10)

    return Address


def pydantic_classes() -> tuple[Any, Any]:
    """Return the models for rows and for input: they say what the serializers say.

    Texts are stripped and may not be empty, as in DRF; rows are read from attributes.
    """
    from typing import Annotated, Literal

    from pydantic import BaseModel, ConfigDict, Field, StringConstraints

    class Out(BaseModel):
        model_config = ConfigDict(from_attributes=True)

    class CategoryOut(Out):
        id: int
        name: str
        slug: str

    class ProductOut(Out):
        id: int
        name: str
        sku: uuid.UUID
        status: str
        price: Decimal
        stock: int
        in_stock: bool
        created_at: datetime.datetime
        category: CategoryOut | None

    def text(length: int, least: int = 1) -> Any:
        kept = StringConstraints(strip_whitespace=True, min_length=least, max_length=length)
        return Annotated[str, kept]

    class LineIn(BaseModel):
        sku: uuid.UUID
        quantity: Annotated[int, Field(ge=1, le=1000)]
        price: Annotated[Decimal, Field(max_digits=10, decimal_places=2)]
        note: text(200, 0) = ""

    class AddressIn(BaseModel):
        street: text(100)
        city: text(60)
        zip: text(10)

    class OrderIn(BaseModel):
        number: text(30)
        placed_at: datetime.datetime
        status: Literal["open", "paid", "sent"]
        express: bool = False
        address: AddressIn
        lines: list[LineIn]

    return ProductOut, OrderIn


def products(count: int) -> list[Product]:
    categories = [Category(pk=n, name=f"Category {n}", slug=f"category-{n}") for n in range(1, 11)]
    moment = datetime.datetime(2024, 5, 17, 9, 30, 12, 345678, tzinfo=datetime.UTC)
    return [
        Product(
            pk=n,
            name=f"Product {n}",
            status="active",
            price=Decimal(f"{n}.90"),
            stock=n,
            created_at=moment + datetime.timedelta(seconds=n * 7919, microseconds=n),
            category=categories[n % 10],
        )
        for n in range(1, count + 1)
    ]


def orders(count: int) -> list[dict[str, Any]]:
    return [
        {
            "number": f"A-{n}",
            "placed_at": "2024-05-17T09:30:12Z",
            "status": "paid",
            "express": True,
            "address": {"street": f"{n} Elm Street", "city": "Springfield", "zip": "12345"},
            "lines": [
                {
                    "sku": str(uuid.UUID(int=n * 10 + line)),
                    "quantity": line + 1,
                    "price": "12.50",
                    "note": "leave it at the door",
                }
                for line in range(2)
            ],
        }
        for n in range(count)
    ]


def by_hand(product: Product) -> dict[str, Any]:
    category = product.category
    return {
        "id": product.pk,
        "name": product.name,
        "sku": str(product.sku),
        "status": product.status,
        "price": f"{product.price:f}",
        "stock": product.stock,
        "in_stock": product.in_stock,
        "created_at": product.created_at.isoformat().replace("+00:00", "Z"),
        "category": None
        if category is None
        else {"id": category.pk, "name": category.name, "slug": category.slug},
    }


def measured(
    contenders: dict[str, Callable[[], Any]], repeat: int, reference: str = "restflow"
) -> dict[str, float]:
    """Return medians of interleaved samples, in seconds of CPU per call."""
    for call in contenders.values():
        call()
    samples: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(SAMPLES):
        for name, call in contenders.items():
            start = time.process_time()
            for _ in range(repeat):
                call()
            samples[name].append((time.process_time() - start) / repeat)
    return {name: statistics.median(values) for name, values in samples.items()}


def report(title: str, times: dict[str, float], goals: dict[str, tuple[str, float]]) -> None:
    mine = times["restflow"]
    print(f"\n{title}")
    for name, value in times.items():
        if name == "restflow":
            continue
        ratio = value / mine
        note = ""
        if name in goals:
            kind, goal = goals[name]
            shown = 1 / ratio if kind == "<=" else ratio
            good = shown <= goal if kind == "<=" else shown >= goal
            note = f"   goal {kind} {goal}: {'reached' if good else 'MISSED'} ({shown:.2f})"
        print(f"  {name:<14} {ratio:7.2f} x the time of restflow{note}")
    print(f"  (restflow: {mine * 1e6:.1f} us)")


def about() -> str:
    """Return what was measured, and in what company."""
    names = ("Django", "djangorestframework", "adrf", "pydantic", "orjson", "msgspec")
    found = []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"Python {sys.version.split()[0]}, {', '.join(found)}; load average {load}"


def checked(serializer: Any) -> Any:
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def main() -> None:
    theirs, mine = model_classes(drf), model_classes(ours)
    rows, one = products(1000), products(1)[0]
    assert mine(rows, many=True).data == theirs(rows, many=True).data
    their_input, my_input = input_classes(drf), input_classes(ours)
    data = orders(1000)
    assert checked(my_input(data=data, many=True)) == checked(their_input(data=data, many=True))
    out = {
        "DRF": lambda: theirs(rows, many=True).data,
        "by hand": lambda: [by_hand(row) for row in rows],
    }
    single = {"DRF": lambda: theirs(one).data, "by hand": lambda: by_hand(one)}
    inputs = {"DRF": lambda: checked(their_input(data=data, many=True))}
    single_input = {"DRF": lambda: checked(their_input(data=data[0]))}
    try:
        from pydantic import TypeAdapter

        product_out, order_in = pydantic_classes()
    except ImportError:
        print("pydantic is not installed: its lines are missing", file=sys.stderr)
    else:
        validate, listed = product_out.model_validate, TypeAdapter(list[product_out])
        read, write = listed.validate_python, listed.dump_python
        order_list = TypeAdapter(list[order_in])
        out["pydantic"] = lambda: write(read(rows, from_attributes=True), mode="json")
        out["pydantic, row"] = lambda: [validate(row).model_dump(mode="json") for row in rows]
        assert out["pydantic"]() == out["pydantic, row"]() == mine(rows, many=True).data
        single["pydantic"] = lambda: validate(one).model_dump(mode="json")
        inputs["pydantic"] = lambda: order_list.validate_python(data)
        found = [order.model_dump() for order in order_list.validate_python(data)]
        assert found == checked(my_input(data=data, many=True))
        single_input["pydantic"] = lambda: order_in.model_validate(data[0])
    try:
        import adrf.serializers as adrf
    except ImportError:
        print("adrf is not installed: its lines are missing", file=sys.stderr)
    else:
        class_, input_ = model_classes(adrf), input_classes(adrf)
        out["adrf"] = lambda: class_(rows, many=True).data
        single["adrf"] = lambda: class_(one).data
        inputs["adrf"] = lambda: checked(input_(data=data, many=True))
        single_input["adrf"] = lambda: checked(input_(data=data[0]))
    out["restflow"] = lambda: mine(rows, many=True).data
    single["restflow"] = lambda: mine(one).data
    inputs["restflow"] = lambda: checked(my_input(data=data, many=True))
    single_input["restflow"] = lambda: checked(my_input(data=data[0]))
    page = {
        "count": 100,
        "next": None,
        "previous": None,
        "results": mine(rows[:100], many=True).data,
    }
    render = {
        "DRF": lambda: drf_renderers.JSONRenderer().render(page),
        "restflow": lambda: JSONRenderer().render(page),
    }
    assert render["DRF"]() == render["restflow"]()
    print(about())
    report("serialize 1000 rows", measured(out, 3), {"DRF": (">=", 6), "pydantic": (">=", 3.5)})
    report("serialize one object", measured(single, 200), {"DRF": (">=", 15)})
    report("validate 1000 nested", measured(inputs, 2), {"pydantic": ("<=", 0.65)})
    report("validate one object", measured(single_input, 200), {"DRF": (">=", 12)})
    report("render a page of 100 rows", measured(render, 50), {"DRF": (">=", 5)})


if __name__ == "__main__":
    main()
