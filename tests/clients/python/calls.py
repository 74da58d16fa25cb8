"""What a script asks of the shop, by the client that openapi-python-client made of its document.

Prints what came back as one JSON object.  Arguments: the shop's URL, the SKU of a new product.
"""

import json
import sys
from http import HTTPStatus

from shop_client import AuthenticatedClient, Client
from shop_client.api.auth import auth_token_create
from shop_client.api.products import products_create, products_list
from shop_client.models import (
    AuthTokenCreateResponse200,
    PaginatedProductRowList,
    Product,
    ProductRequest,
    ProductsListOrderingItem,
    TokenObtainRequest,
    ValidationErrorEnvelope,
)

base_url, sku = sys.argv[1:]

visitor = Client(base_url=base_url, raise_on_unexpected_status=True)
credentials = TokenObtainRequest(username="ada", password="pen-and-ink")
pair = auth_token_create.sync(client=visitor, body=credentials)
assert isinstance(pair, AuthTokenCreateResponse200), pair
ada = AuthenticatedClient(base_url=base_url, token=pair.access, raise_on_unexpected_status=True)

rows = products_list.sync(client=ada)
assert isinstance(rows, PaginatedProductRowList), rows
prices: list[str] = [row.price for row in rows.results]

filtered = products_list.sync(
    client=ada,
    category_in=["inks", "erasers"],
    ordering=[ProductsListOrderingItem.VALUE_1, ProductsListOrderingItem.NAME],
)
assert isinstance(filtered, PaginatedProductRowList), filtered

answer = products_list.sync_detailed(client=ada, price_gte="cheap")
assert answer.status_code is HTTPStatus.BAD_REQUEST
refused = answer.parsed
assert isinstance(refused, ValidationErrorEnvelope), refused

pen = ProductRequest(name="Slate pen", sku=sku, category="inks", price="12.50")
created = products_create.sync(client=ada, body=pen)
assert isinstance(created, Product), created
number: int = created.id


def mistakes(pair: AuthTokenCreateResponse200, rows: PaginatedProductRowList) -> None:
    """What the document forbids is an error of types: mypy tells of an ignore without one."""
    products_list.sync(client=ada, prise="5")  # type: ignore[call-arg]
    products_list.sync(client=ada, stock_gt="many")  # type: ignore[arg-type]
    products_list.sync(client=ada, ordering=["category"])  # type: ignore[list-item]
    ProductRequest(name="Slate pen", sku=sku, category="inks")  # type: ignore[call-arg]
    ProductRequest(id=1, name="", sku="", category="", price="1")  # type: ignore[call-arg]
    assert rows.results[0].sku  # type: ignore[attr-defined]
    assert pair.password  # type: ignore[attr-defined]


json.dump(
    {
        "list": rows.to_dict(),
        "filtered": filtered.to_dict(),
        "refused": refused.to_dict(),
        "messages": refused.error.details["price__gte"],
        "created": created.to_dict(),
        "id": number,
        "next": rows.next_,
        "prices": prices,
    },
    sys.stdout,
)
