"""``assert_hops``: how many executor jobs a request waits for."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Literal, TypeAlias

from .observer import Hop, observer

#: What to count: everything a request waits for, or what its view makes it wait for.
Of: TypeAlias = Literal["request", "view"]


class HopCounter:
    """The hops of one block: ``with assert_hops(1) as hops``, then ``len(hops)``, ``hops[0]``.

    Attributes:
        left_out: hops that were seen and not counted: nobody waited for them, or ``of="view"`` was
            asked for and they are Django's own.
    """

    def __init__(self, expected: int | None, of: Of) -> None:
        if of not in ("request", "view"):
            raise ValueError(f'of={of!r} is unknown; say of="request" or of="view".')
        self.expected = expected
        self.of = of
        self.left_out: list[Hop] = []
        self._seen: list[Hop] = []
        self._hops: list[Hop] | None = None

    def __len__(self) -> int:
        return len(self._counted())

    def __iter__(self) -> Iterator[Hop]:
        return iter(self._counted())

    def __getitem__(self, index: int) -> Hop:
        return self._counted()[index]

    def __enter__(self) -> HopCounter:
        observer.begin(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        observer.end(self)
        self._hops = self._counted()
        self.left_out = [hop for hop in self._seen if hop not in self._hops]
        if error is None and self.expected is not None and len(self._hops) != self.expected:
            raise AssertionError(self.report())

    async def __aenter__(self) -> HopCounter:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)

    def note(self, hop: Hop) -> None:
        """Hear of a hop that has just been asked for."""
        self._seen.append(hop)

    def report(self) -> str:
        """Return what was counted, against what was expected, with each hop's origin."""
        what = "hop" if len(self) == 1 else "hops"
        whose = " of the view" if self.of == "view" else ""
        lines = [f"{len(self)} {what}{whose}, expected {self.expected}:"]
        lines += [f"  {number}. [{hop.part}] {hop}" for number, hop in enumerate(self, 1)]
        if self.left_out:
            lines += ["not counted:"]
            lines += [
                f"  - [{hop.part}] {hop}{'' if hop.waited_for else ' (nobody waits for it)'}"
                for hop in self.left_out
            ]
        return "\n".join(lines)

    def _counted(self) -> list[Hop]:
        if self._hops is not None:
            return self._hops
        return [
            hop
            for hop in self._seen
            if hop.waited_for and (self.of == "request" or hop.part != "django")
        ]


def assert_hops(expected: int, *, of: Of = "request") -> HopCounter:
    """Fail unless *expected* executor jobs were waited for; for ``with`` and ``async with``.

    A hop is a job in a thread that somebody on the event loop waits for: ``sync_to_async``, and so
    the async ORM, ``asyncio.to_thread``, ``loop.run_in_executor``. Fire-and-forget work, and
    clean-up that nobody awaits, is none. Hops of the whole process count, whichever thread's loop
    made them; hops outside of a request too, so a view called directly is measured as well::

        async with assert_hops(1, of="view"):
            await client.get("/api/products/")

    Args:
        expected: the number of hops.
        of: ``"request"`` counts all; ``"view"`` leaves out Django's own: handlers, middleware,
            signals, the closing of the response. A sync view's own thread, the rendering of its
            response and the source of a streamed one are the view's.

    Raises:
        AssertionError: there were more or fewer; the message names what each of them ran, and who
            asked for it.
    """
    return HopCounter(expected, of)


def count_hops(*, of: Of = "request") -> HopCounter:
    """Count the hops of the block as :func:`assert_hops` does, asserting nothing."""
    return HopCounter(None, of)
