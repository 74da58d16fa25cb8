"""``APIConformanceTestCase``: what a project says in its OpenAPI document is what it does."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar
from unittest import SkipTest

from .bridge import ASGIBridge, rolled_back
from .cases import AsyncAPITestCase
from .document import Document, Operation, joined
from .filtered import filter_problems
from .generated import fuzzed, generated_operations
from .provocations import asked, credentials, provocations

#: Checks of schemathesis that DRF, by its design, fails. It ignores unknown parameters and members
#: and takes ``1`` for ``"1"``; and no schema knows which rows exist, or which names are taken.
NOT_CHECKED = (
    "negative_data_rejection",
    "positive_data_acceptance",
    "use_after_free",
    "ensure_resource_availability",
    "object_level_authorization",
)


class APIConformanceTestCase(AsyncAPITestCase):
    """Holds a project against its own document; subclass it, and that is all::

        class TestConformance(APIConformanceTestCase):
            pass

    Runs under ``manage.py test`` and pytest. Needs drf-spectacular with a schema class that
    documents errors, as restflow-spectacular's does, and schemathesis:
    ``pip install 'restflow-core[conformance]'``. What a request changes is rolled back after it.

    Attributes:
        examples: generated requests per operation.
        seconds: for generated requests, shared out among the operations.
        exclude: operations to leave alone, ``"GET /slow/"``, wherever requests are made.
        not_checked: names of schemathesis' checks to leave out.
        generator_arguments: of drf-spectacular's generator: ``{"urlconf": "shop.api"}``.
    """

    examples: ClassVar[int] = 50
    seconds: ClassVar[float] = 60.0
    exclude: ClassVar[tuple[str, ...]] = ()
    not_checked: ClassVar[tuple[str, ...]] = NOT_CHECKED
    generator_arguments: ClassVar[Mapping[str, Any]] = {}

    __test__ = False  # for pytest, where a test module imports the base

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__test__" not in vars(cls):
            cls.__test__ = True

    @classmethod
    def setUpClass(cls) -> None:
        if cls is APIConformanceTestCase:  # for unittest
            raise SkipTest("a base class; subclass it")
        super().setUpClass()

    def get_headers(self) -> dict[str, str]:
        """Return what identifies a user who may do everything: ``{"Authorization": ...}``.

        Called after ``setUp``; without it the requests are anonymous, and most are refused.
        """
        return {}

    def get_document(self) -> Document:
        """Return the document to test."""
        return Document.of_project(**self.generator_arguments)

    # -- the tests -----------------------------------------------------------------------------

    def test_document(self) -> None:
        """It is valid, the generator has nothing to warn of, and it comes out the same again."""
        assert self.get_document().contents == self.get_document().contents, "it changes"

    def test_filter_parameters(self) -> None:
        """Lists document exactly the parameters that their filter sets take."""
        problems = list(filter_problems(self.get_document(), **self.generator_arguments))
        assert not problems, joined(problems)

    def test_errors(self) -> None:
        """Errors that every operation can be brought to are documented, and look as documented."""
        document, bridge = self.get_document(), ASGIBridge()
        problems: list[str] = []
        for operation in self._included(document):
            for headers, body in provocations(operation, self.get_headers()):
                with rolled_back():
                    problems += asked(document, operation, bridge, headers, body)
        assert not problems, joined(problems)

    def test_operations(self) -> None:
        """No generated request is answered otherwise than documented, or by a server error."""
        until = time.monotonic() + self.seconds
        document = self.get_document()
        included = {str(operation): operation for operation in self._included(document)}
        problems: list[str] = []
        waiting = len(included)
        for generated in generated_operations(document, ASGIBridge()):
            operation = included.get(str(generated))
            if operation is None:
                continue
            # Each gets its share, so that a slow machine asks less of all, not nothing of the last.
            share = max(1.0, (until - time.monotonic()) / waiting)
            waiting -= 1
            not_checked = set(self.not_checked)
            if len(credentials(operation)) > 1:
                # It spoils the credentials of one scheme and sends the others', which are right.
                not_checked.add("ignored_auth")
            headers = self.get_headers()
            problems += fuzzed(generated, headers, self.examples, not_checked, share)
        assert not problems, joined(problems)

    def _included(self, document: Document) -> list[Operation]:
        unknown = set(self.exclude) - {str(operation) for operation in document.operations}
        assert not unknown, f"exclude names what is not documented: {', '.join(sorted(unknown))}"
        return [one for one in document.operations if str(one) not in self.exclude]
