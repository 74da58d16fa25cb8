"""The filter set: a declaration of what may be filtered, and one application of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple
from weakref import WeakSet

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.datastructures import MultiValueDict
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.settings import api_settings

from restflow.core.adapters import twins
from restflow.core.annotations import Declarations
from restflow.core.steps import Steps, blocking

from . import fields, relations, strict
from .compiler import Compiler
from .conditions import Child, combined, matching, not_matching
from .conf import filter_settings
from .declarations import declared_fields, explicit_fields
from .hints import engine
from .options import Options, options_of
from .parameters import Plan, Term
from .processors import Processor, processor
from .readers import BLANK, is_blank

#: Every filter set class alive, for the system checks.
classes: WeakSet[FilterSetMeta] = WeakSet()


class Applied(NamedTuple):
    """One thing that a filter set did to a queryset.

    Args:
        parameter: as the client wrote it; the function's name for a processor.
        meaning: the path and lookup, or what else it did.
        value: as it was read; None for a processor.
    """

    parameter: str
    meaning: str
    value: Any


class FilterSetMeta(type):
    """Collects the declared fields and, once the models are loaded, compiles the class."""

    explicit: dict[str, fields.Field]
    hints: Declarations
    options: Options
    _plan: Plan | None
    _processors: tuple[list[Processor], list[Processor]]

    def __new__(
        mcs, name: str, bases: tuple[type, ...], body: dict[str, Any], **kwargs: Any
    ) -> FilterSetMeta:
        kept = {key: value for key, value in body.items() if not isinstance(value, fields.Field)}
        cls = super().__new__(mcs, name, bases, kept, **kwargs)
        cls.explicit = explicit_fields(body, bases)
        cls._plan = None
        root = next((base for base in cls.__mro__ if base.__dict__.get("__root__")), cls)
        cls.hints = engine.declare(cls, body=body, roots=(root,))
        cls.options = options_of(cls)
        if root is cls:
            return cls
        classes.add(cls)
        if apps.models_ready:
            cls.plan()
        return cls

    def plan(cls) -> Plan:
        """Return what the class compiled to; a class made before the models were loaded, now.

        Raises:
            ImproperlyConfigured: a field, a lookup or an option does not fit the model.
            AnnotationError: an annotation cannot be mapped.
        """
        if cls._plan is None:
            plan = cls._compiled()
            cls._processors = (
                [processor(cls, item, "preprocessors") for item in cls.options.preprocessors],
                [processor(cls, item, "postprocessors") for item in cls.options.postprocessors],
            )
            cls._plan = plan
        return cls._plan

    def _compiled(cls) -> Plan:
        options = cls.options
        declared, left_out = declared_fields(cls, options, cls.explicit, cls.hints)
        names = fields.ordering.as_targets(options.order_fields)
        if names:
            declared[options.order_param or str(api_settings.ORDERING_PARAM)] = fields.OrderField(
                fields=names,
                default=options.default_order_fields,
                override_direction=options.override_order_direction,
            )
        return Compiler(cls, options, declared).compile(left_out)  # type: ignore[arg-type]

    @property
    def fields(cls) -> Mapping[str, fields.Field]:
        """The declared fields by name, those made from annotations and columns included."""
        return {item.field_name: item.field for item in cls.plan().parameters.values()}

    @property
    def left_out(cls) -> tuple[str, ...]:
        """Columns that ``fields = "__all__"`` skipped because they look like secrets."""
        return cls.plan().left_out


class FilterSet(metaclass=FilterSetMeta):
    """Declares filters as attributes, reads query parameters, and filters a queryset by them::

        class ProductFilterSet(FilterSet):
            name: str
            price = DecimalField(lookups=["comparison"])

            class Meta:
                model = Product

        ProductFilterSet(data={"price__lte": "9.50"}).filter_queryset(Product.objects.all())

    Args:
        data: parameters by name: a ``QueryDict``, or any mapping to texts, Python values or
            lists. ``request.query_params`` (or ``request.GET``) if it is not given.
        request: for the user's own code, and for *data*.
        known: tells which parameters others own. If given, undeclared ones are judged by
            ``Meta.unknown`` or the setting; if not, only where ``Meta.unknown`` is set.
    """

    __root__: ClassVar[bool] = True

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        request: Any = None,
        known: Callable[[str], bool] | None = None,
    ) -> None:
        if data is None and request is not None:
            data = request.query_params if hasattr(request, "query_params") else request.GET
        self.data: Mapping[str, Any] = {} if data is None else data
        self.request = request
        self._known = known
        self._terms: list[Term] | None = None
        self._errors: dict[str, list[ErrorDetail]] = {}
        self._done: list[tuple[Any, Any]] = []

    # -- reading -----------------------------------------------------------------------------

    def is_valid(self, *, raise_exception: bool = False) -> bool:
        """Read the parameters, once, and tell whether all of them could be.

        Raises:
            ValidationError: some could not, and *raise_exception* is set.
        """
        if self._terms is None:
            self._read()
        if raise_exception and self._errors:
            raise ValidationError(self._errors)
        return not self._errors

    @property
    def errors(self) -> dict[str, list[ErrorDetail]]:
        """The messages by parameter, spelled as the client sent it."""
        self.is_valid()
        return self._errors

    @property
    def validated_data(self) -> dict[str, Any]:
        """The values that were sent and could be read, by parameter."""
        self.is_valid()
        return {parameter.name: value for parameter, value in self._terms or ()}

    def _read(self) -> None:
        plan = type(self).plan()
        parameters = plan.parameters
        terms: list[Term] = []
        strange: list[str] = []
        for name, values in _sent(self.data):
            parameter = parameters.get(name)
            if parameter is None:
                strange.append(name)
                continue
            try:
                if parameter.plural:
                    value = parameter.read(values)
                    if value is BLANK:
                        continue
                else:
                    raw = values[-1] if values else None
                    if is_blank(raw):
                        continue
                    value = parameter.read(raw)
            except ValidationError as error:
                self._errors[name] = _messages(error.detail)
            else:
                terms.append((parameter, value))
        if len(terms) > 1:
            terms.sort(key=_position)  # one statement for one set of parameters
        self._terms = terms
        if plan.required:
            self._check_required(plan.required)
        if strange:
            self._judge(strange, parameters)

    def _check_required(self, names: Iterable[str]) -> None:
        sent = {parameter.name for parameter, value in self._terms or ()}
        message = str(fields.StringField().serializer_field().error_messages["required"])
        for name in names:
            if name not in sent and name not in self._errors:
                self._errors[name] = [ErrorDetail(message, code="required")]

    def _judge(self, names: list[str], known: Iterable[str]) -> None:
        """Do to undeclared parameters what the class or the project wants."""
        policy = type(self).options.unknown
        if policy is None and self._known is not None:
            policy = filter_settings.UNKNOWN
        if policy in (None, "ignore"):
            return
        names = strict.undeclared(names, self._known)
        if names and policy == "error":
            self._errors.update(strict.unknown_errors(names, known))
        elif names:
            strict.warn(type(self).__name__, names, known)

    # -- filtering ---------------------------------------------------------------------------

    def _filter_queryset(
        self, queryset: QuerySet[Any], ignore: Collection[str] = ()
    ) -> Steps[QuerySet[Any]]:
        """Return *queryset* narrowed to what the parameters ask for.

        Args:
            queryset: of the model, or of a class derived from it.
            ignore: fields or parameters that are not applied, as for the counts of a facet.

        Raises:
            ValidationError: a parameter cannot be read; it names each of them.
            KeyError: *ignore* names what the class does not have.
        """
        if self._terms is None and type(self).plan().user_code:
            yield blocking(self._read)
        self.is_valid(raise_exception=True)
        terms = self._terms or []
        if ignore:
            ignored = type(self)._ignored(ignore)
            terms = [term for term in terms if term[0].name not in ignored]
        self._done = []
        queryset = yield from self._preprocessed(queryset)
        queryset = yield from self._narrowed(queryset, terms)
        queryset = self._ordered(queryset, terms)
        for item in type(self)._processors[1]:
            queryset = item.checked((yield item.step(self, queryset)))
            self._done.append((item, None))
        return queryset

    filter_queryset, afilter_queryset = twins(_filter_queryset)

    def _scope_queryset(self, queryset: QuerySet[Any]) -> Steps[QuerySet[Any]]:
        """Return *queryset* after the pre- and postprocessors alone, as for a single object.

        No parameter is read, so none filters and none is refused.
        """
        self._done = []
        queryset = yield from self._preprocessed(queryset)
        for item in type(self)._processors[1]:
            queryset = item.checked((yield item.step(self, queryset)))
            self._done.append((item, None))
        return queryset

    scope_queryset, ascope_queryset = twins(_scope_queryset)

    @property
    def applied(self) -> tuple[Applied, ...]:
        """What the last ``filter_queryset`` did, in order; empty before it."""
        return tuple(
            Applied(item.name, "processor", None)
            if isinstance(item, Processor)
            else Applied(item.name, item.meaning, value)
            for item, value in self._done
        )

    def _preprocessed(self, queryset: QuerySet[Any]) -> Steps[QuerySet[Any]]:
        type(self).plan()
        for item in type(self)._processors[0]:
            queryset = item.checked((yield item.step(self, queryset)))
            self._done.append((item, None))
        return queryset

    def _narrowed(self, queryset: QuerySet[Any], terms: list[Term]) -> Steps[QuerySet[Any]]:
        """Return the rows of *queryset* that match *terms*, combined by the class's operator."""
        operator = type(self).options.operator
        children: list[Child] = []
        others: list[Term] = []
        for term in terms:
            parameter, value = term
            if parameter.path is not None:
                children.append((parameter.path, value))
            elif parameter.method is not None:
                made = yield parameter.method.step(self, queryset, value)
                if isinstance(made, QuerySet) and operator == "AND" and not parameter.negated:
                    queryset = made
                else:
                    children.append(_of_method(parameter, made, queryset))
            elif parameter.related is not None:
                others.append(term)
            elif parameter.condition is not None:
                condition = parameter.condition
                make = condition.negative if parameter.negated else condition.positive
                children.append(make(value, "", queryset))
        for related, inner in relations.by_relation(others)[1].items() if others else ():
            if related.scoped:
                children.append((yield from relations.scoped(related, inner, self, queryset)))
            else:
                children.append(relations.joined(related, inner, "", queryset))
        self._done.extend(term for term in terms if not term[0].orders)
        return queryset.filter(combined(children, operator)) if children else queryset

    def _ordered(self, queryset: QuerySet[Any], terms: list[Term]) -> QuerySet[Any]:
        order = type(self).plan().order
        if order is None:
            return queryset
        for parameter, value in terms:
            if parameter is order:
                self._done.append((order, value))
                return queryset.order_by(*value)
        field = order.field
        assert isinstance(field, fields.OrderField)
        if not field.default:
            return queryset
        return queryset.order_by(*(field.term(word) for word in field.default))

    @classmethod
    def _ignored(cls, ignore: Collection[str]) -> set[str]:
        """Return the parameters that *ignore* names, itself or by their field."""
        plan = cls.plan()
        wanted = {ignore} if isinstance(ignore, str) else set(ignore)
        unknown = wanted - plan.parameters.keys() - set(plan.field_names)
        if unknown:
            raise KeyError(
                f"{cls.__name__} has neither a field nor a parameter {sorted(unknown)[0]!r} to "
                "ignore."
            )
        return {
            name
            for name, parameter in plan.parameters.items()
            if name in wanted or parameter.field_name in wanted
        }


def _sent(data: Mapping[str, Any]) -> Iterable[tuple[str, Sequence[Any]]]:
    """Return what was sent: names and all their values."""
    if isinstance(data, MultiValueDict):
        return data.lists()
    return _listed(data)


def _listed(data: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[Any]]]:
    for name, value in data.items():
        yield name, [value]


def _position(term: Term) -> int:
    return term[0].index


def _messages(detail: Any) -> list[ErrorDetail]:
    """Return the messages in *detail*, whatever shape a field gave them."""
    if isinstance(detail, Mapping):
        return [message for part in detail.values() for message in _messages(part)]
    if isinstance(detail, (list, tuple)):
        return [message for part in detail for message in _messages(part)]
    code = detail.code if isinstance(detail, ErrorDetail) else "invalid"
    return [ErrorDetail(strict.encodable(str(detail)), code)]  # it may quote what was sent


def _of_method(parameter: Any, made: Any, queryset: QuerySet[Any]) -> Child:
    """Return the condition that a method's answer stands for."""
    if isinstance(made, QuerySet):
        found = Exists(made.order_by().filter(pk=OuterRef("pk")))
        return ~found if parameter.negated else found
    if getattr(made, "conditional", False):
        make = not_matching if parameter.negated else matching
        return make(made, queryset)
    raise ImproperlyConfigured(
        f"The method {parameter.method.name} returned {type(made).__name__}; return a queryset "
        "or a Q."
    )
