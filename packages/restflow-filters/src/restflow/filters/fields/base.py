"""What every filter field shares: how it is declared, and how its values are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q
from django.utils.functional import Promise

from ..lookups import Lookups
from ..readers import Reader, SerializerField, checked, is_user_code, reader_of

#: A path with its lookup, or a function that makes the condition from a value.
FilterBy: TypeAlias = str | Callable[[Any], Q | Mapping[str, Any]]


class Arguments:
    """What a field was declared with."""

    def __init__(
        self,
        *,
        lookups: Lookups = None,
        db_field: str | None = None,
        filter_by: FilterBy | None = None,
        method: str | Callable[..., Any] | None = None,
        allow_negate: bool | None = None,
        computed: bool = False,
        required: bool = False,
        separator: str | None = ",",
        label: str | Promise | None = None,
        help_text: str | Promise | None = None,
        **options: Any,
    ) -> None:
        self.lookups = lookups
        self.db_field = db_field
        self.filter_by = filter_by
        self.method = method
        self.allow_negate = allow_negate
        self.computed = computed
        self.required = required
        self.separator = separator
        self.label = label
        self.help_text = help_text
        self.options = options

    def arguments(self) -> dict[str, Any]:
        """Return what would make an equal field, for a class or options that differ."""
        given = {key: value for key, value in vars(self).items() if key != "options"}
        return {**given, **self.options}


class Field(Arguments):
    """One filter: a base parameter, its lookup variants, and their negations.

    ``Field(...)`` itself has no type: it takes the one of the annotation it stands beside.
    A subclass sets ``serializer_class`` to the DRF field that reads its values.

    Args:
        lookups: what the parameter can be compared by besides equality: lookup names, category
            names, ``"__all__"``, or a map of the client's words to lookups (``{"max": "lte"}``).
        db_field: path to the column; the field's own name if not given.
        filter_by: what the base parameter means: a path with its lookup, or a callable that takes
            the value and returns a ``Q`` or a dict of conditions.
        method: name of a method of the filter set, ``(self, queryset, value)``, or a function
            ``(filterset, queryset, value)``. It returns a queryset or a ``Q`` and may be async.
        allow_negate: whether ``name!`` exists; ``Meta.allow_negate`` if not given.
        computed: ``db_field`` names an annotation that a preprocessor adds, not a column.
        required: a request without the parameter is refused.
        separator: splits a value into the items of a list; None: one item for each value sent.
        label, help_text: words for people; the help text goes into the OpenAPI description.
        options: what the DRF field takes: ``min_value``, ``max_length``, ``validators``...
    """

    serializer_class: ClassVar[type[SerializerField] | None] = None
    #: Options that every field of the class starts with.
    defaults: ClassVar[Mapping[str, Any]] = {}
    #: Which columns hold such values; see ``restflow.filters.model_fields``.
    family: ClassVar[str] = "any"
    #: Its OpenAPI schema, before bounds.
    schema: ClassVar[Mapping[str, Any]] = {"type": "string"}
    #: One value is a list, so the base parameter is one.
    plural: ClassVar[bool] = False

    if TYPE_CHECKING:
        # Beside an annotation it stands where a value of the annotated type would:
        # `name: str = Field(...)`.
        def __new__(cls, *args: Any, **arguments: Any) -> Any: ...

    def serializer_field(self, bounds: Mapping[str, Any] | None = None) -> SerializerField:
        """Return the DRF field that reads one value.

        Args:
            bounds: options that the column implies; the tighter of two numeric bounds is kept.

        Raises:
            ImproperlyConfigured: the DRF field does not take the options.
        """
        if self.serializer_class is None:
            raise ImproperlyConfigured(
                f"{type(self).__name__}() has no type; annotate the attribute, or use "
                "StringField, IntegerField..."
            )
        options = {**self.defaults, **tightest(bounds or {}, self.options)}
        if self.required:
            options.setdefault("required", True)
        try:
            return self.serializer_class(**options)
        except (TypeError, AssertionError, ValueError) as error:
            raise ImproperlyConfigured(f"{type(self).__name__}(...): {error}") from error

    def reader(self, field: SerializerField) -> Reader:
        """Return what reads one sent value with *field*, made by :meth:`serializer_field`."""
        if overrides(type(self), "to_internal_value"):
            return self.to_internal_value
        return reader_of(field) if self.serializer_class is type(field) else checked(field)

    def runs_user_code(self, field: SerializerField) -> bool:
        """Tell whether reading a value may block: it runs code that is not the library's."""
        return overrides(type(self), "to_internal_value") or is_user_code(field)

    def to_internal_value(self, raw: Any) -> Any:
        """Return the value for what the client sent; override it for a reading of your own.

        Raises:
            rest_framework.exceptions.ValidationError: it cannot be read.
        """
        return checked(self.serializer_field())(raw)

    def item_schema(self, field: SerializerField) -> dict[str, Any]:
        """Return the OpenAPI schema of one value."""
        schema = dict(self.schema)
        for key, name in _SCHEMA_BOUNDS:
            bound = getattr(field, key, None)
            if isinstance(bound, (int, float)) and not isinstance(bound, bool):
                schema[name] = bound
        return schema


_SCHEMA_BOUNDS = (
    ("min_value", "minimum"),
    ("max_value", "maximum"),
    ("min_length", "minLength"),
    ("max_length", "maxLength"),
)


def overrides(cls: type, name: str) -> bool:
    """Tell whether *cls*, a subclass of :class:`Field`, has a *name* of its own."""
    return getattr(cls, name) is not getattr(Field, name)


def tightest(bounds: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return *options* over *bounds*; of two upper or lower bounds the stricter."""
    merged = {**bounds, **options}
    for key, pick in (("min_value", max), ("max_value", min), ("max_digits", min)):
        if bounds.get(key) is not None and options.get(key) is not None:
            merged[key] = pick(bounds[key], options[key])
    return merged
