"""``Dispatcher``, the registry of dispatchers, and the way from a commit to one of them."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from importlib import import_module
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from restflow.core.steps import Steps, run

from .. import receipts
from ..conf import caching_settings
from ..errors import DeclarationError
from .context import restored_context
from .messages import encode

if TYPE_CHECKING:
    from ..rules.binding import BoundRule, Values
    from ..rules.change import Change
    from ..rules.firing import Firing

__all__ = ["Dispatcher", "Job", "dispatch", "register_dispatcher"]

logger = logging.getLogger("restflow.caching")


class Job:
    """What one rule has to do after one commit.

    Args:
        bound: the rule with its function.
        values: of its mapping; ``None`` for everything.
        change: the row.
        context: registered ambient state at the time of the write.
    """

    def __init__(
        self,
        bound: BoundRule,
        values: Values,
        change: Change | None,
        context: Mapping[str, Any],
        receipt: Any = None,
    ) -> None:
        self.bound = bound
        self.values = values
        self.change = change
        self.context = context
        self.receipt = receipt

    @property
    def message(self) -> str:
        """The job as text, for a worker elsewhere: ``receive(message)`` does it there.

        Raises:
            TypeError: a value is of a type that no message can carry.
        """
        return encode(self)

    def run(self) -> None:
        """Do it here and now, in this thread."""
        with restored_context(self.context):
            run(self.steps())

    def steps(self, *, on_loop: bool = False) -> Steps[None]:
        """The decision behind :meth:`run`, without the ambient state."""
        yield from self.bound.work(self.values, self.change, on_loop=on_loop)
        yield from receipts.settled(self)

    @classmethod
    def of(cls, firing: Firing) -> Job:
        """Return the job of a hook that the commit has called."""
        return cls(firing.bound, firing.values, firing.change, firing.context, firing.receipt)


class Dispatcher:
    """Base of dispatchers. One of your own defines :meth:`dispatch`.

    It is called after the commit, in the thread that has written, never on an event loop. Whatever
    it raises means that the job was not taken: then it is done on the spot.

    Args:
        options: of ``DISPATCHER_SETTINGS`` for its name, with those of the rule over them.
    """

    #: Other processes do the work, and have to know the rule.
    remote = False
    #: ``dispatch`` returns when the work is done: what it raises is an error of the work.
    at_once = False

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = dict(options)

    def dispatch(self, job: Job) -> None:
        """Have *job* done: call ``job.run()``, or take ``job.message`` to where ``receive`` is."""
        raise NotImplementedError(f"{type(self).__name__} must define dispatch(job).")


#: Dotted paths, so that nothing is imported that is not used.
_registered: dict[str, Any] = {
    "inline": f"{__package__}.local.InlineDispatcher",
    "threadpool": f"{__package__}.local.ThreadPoolDispatcher",
    "asyncio": f"{__package__}.local.AsyncioDispatcher",
    "celery": f"{__package__}.celery.CeleryDispatcher",
    "django_rq": f"{__package__}.django_rq.DjangoRQDispatcher",
    "django_q": f"{__package__}.django_q.DjangoQDispatcher",
    "dramatiq": f"{__package__}.dramatiq.DramatiqDispatcher",
    "django_tasks": f"{__package__}.django_tasks.DjangoTasksDispatcher",
}
_made: WeakKeyDictionary[BoundRule, Dispatcher] = WeakKeyDictionary()


def register_dispatcher(name: str, dispatcher: Any) -> None:
    """Make *dispatcher* known as *name*, for ``InvalidationRule(dispatcher=name)`` and settings.

    Args:
        name: what rules and ``DEFAULT_DISPATCHER`` call it.
        dispatcher: a :class:`Dispatcher` class, its dotted path, or an object.
    """
    _registered[name] = dispatcher
    _made.clear()


def dispatcher_for(bound: BoundRule) -> tuple[str, Dispatcher]:
    """Return what the rule of *bound* names, made with its options, and its name.

    Raises:
        DeclarationError: there is no such dispatcher.
    """
    rule = bound.rule
    choice = caching_settings.DEFAULT_DISPATCHER if rule.dispatcher is None else rule.dispatcher
    known = _made.get(bound)
    if known is not None:
        return str(choice), known
    made = _make(choice, rule.dispatcher_config)
    _made[bound] = made
    return str(choice), made


def _make(choice: Any, own: Mapping[str, Any]) -> Dispatcher:
    found = _registered.get(choice, choice) if isinstance(choice, str) else choice
    if isinstance(found, str):
        if "." not in found:
            raise DeclarationError(
                f"There is no dispatcher {choice!r}. Name one of {', '.join(sorted(_registered))}, "
                f"or give the dotted path of yours."
            )
        try:
            found = import_string(found)
        except ImportError as error:
            raise DeclarationError(
                f"The dispatcher {choice!r} cannot be imported: {error}"
            ) from error
    if isinstance(found, type):
        shared = (
            caching_settings.DISPATCHER_SETTINGS.get(choice, {}) if isinstance(choice, str) else {}
        )
        found = found({**shared, **own})
    if not hasattr(found, "dispatch"):
        raise DeclarationError(f"The dispatcher {choice!r} has no method dispatch(job).")
    dispatcher: Dispatcher = found
    return dispatcher


class Outage:
    """What is known of a dispatcher that does not take jobs: until when not to ask it again."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._until: dict[str, float] = {}

    def lasts(self, name: str) -> bool:
        """Tell whether *name* failed so lately that asking again would only cost time."""
        return monotonic() < self._until.get(name, 0)

    def begins(self, name: str, error: BaseException, seconds: float) -> None:
        """Note that *name* failed; the first failure is logged."""
        with self._lock:
            first = name not in self._until
            self._until[name] = monotonic() + seconds
        if first:
            logger.error(
                "The dispatcher %r does not take invalidations, they happen inline: %r", name, error
            )

    def ends(self, name: str) -> None:
        """Note that *name* took a job."""
        if self._until.pop(name, None) is not None:
            logger.warning("The dispatcher %r takes invalidations again.", name)

    def forget(self) -> None:
        self._until.clear()


outage = Outage()
#: Seconds between two attempts to reach a broker that is down.
PAUSE = 10.0


def dispatch(firing: Firing) -> None:
    """Hand the work of *firing* to the dispatcher of its rule, or do it here if that fails."""
    job, bound = Job.of(firing), firing.bound
    name, dispatcher = dispatcher_for(bound)
    if getattr(dispatcher, "at_once", False):
        dispatcher.dispatch(job)
        return
    # A rule that came after start-up may be unknown in a worker, which would refuse it.
    unknown = bound.late and getattr(dispatcher, "remote", False)
    if unknown or outage.lasts(name):
        job.run()
        return
    try:
        dispatcher.dispatch(job)
    except Exception as error:
        outage.begins(name, error, float(dispatcher.options.get("retry_after", PAUSE)))
        job.run()
    else:
        outage.ends(name)
        if getattr(dispatcher, "remote", False):
            receipts.passed_on(job)


def needs(module: str, line: str, name: str) -> Any:
    """Import an optional library.

    Raises:
        ImportError: it is absent; the message says what to install.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"The dispatcher {name!r} needs {module}: pip install '{line}'"
        ) from error


def forget(*, setting: str = "RESTFLOW_SETTINGS", **kwargs: Any) -> None:
    """Make dispatchers anew, under other settings."""
    if setting == "RESTFLOW_SETTINGS":
        _made.clear()
        outage.forget()


setting_changed.connect(forget)
os.register_at_fork(after_in_child=forget)
