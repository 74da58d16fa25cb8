"""Filter sets, as a project declares and applies them."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from restflow.filters import Applied, Field, FilterSet, IntegerField, OrderField, StringField


def active(queryset: QuerySet[User]) -> QuerySet[User]:
    return queryset.filter(is_active=True)


class UserFilterSet(FilterSet):
    username: str = Field(lookups=["icontains"])
    email = StringField(lookups="text", help_text="Address.")
    old: bool = Field(method="filter_old")
    id = IntegerField(lookups={"max": "lte"})
    sort = OrderField(fields={"name": "username"}, default=["name"])

    class Meta:
        model = User
        preprocessors = [active]

    def filter_old(self, queryset: QuerySet[User], value: bool) -> Q:
        return Q(last_login__isnull=value)


class HexField(IntegerField):
    def to_internal_value(self, raw: object) -> int:
        return int(str(raw), 16)


def applied() -> tuple[Applied, ...]:
    filterset = UserFilterSet({"username": "ada"})
    if filterset.is_valid():
        users: QuerySet[User] = filterset.filter_queryset(User.objects.all(), ignore=["email"])
        users.count()
    return filterset.applied


async def found() -> list[str]:
    users = await UserFilterSet({"id__max": 7}).afilter_queryset(User.objects.all())
    return [user.username async for user in users]


def rejected() -> None:
    UserFilterSet("username=ada")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    UserFilterSet({}, requst=None)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
