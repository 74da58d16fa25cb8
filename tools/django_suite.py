"""Django's own tests, run with our handlers in the place of Django's.

``python tools/django_suite.py [labels and options of runtests.py]`` downloads the source
distribution of the Django that is installed, by name from the package index. Its tests of ASGI use
our ASGI handler. Its tests of middleware, sessions, CSRF, messages, authentication and languages
never use ASGI by themselves: their client's handler is replaced by one that sends each request
through our asynchronous chain of middlewares.
"""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path
from typing import Any

LABELS = (
    "asgi",
    "auth_tests.test_context_processors",
    "auth_tests.test_middleware",
    "auth_tests.test_views",
    "csrf_tests",
    "deprecation.test_middleware_mixin",
    "handlers",
    "i18n.patterns",
    "messages_tests",
    "middleware",
    "middleware_exceptions",
    "sessions_tests",
    "test_client",
)
SETTINGS = "test_sqlite"
#: These read the debug log of a chain that is sync throughout; that of an ASGI application is not.
ABOUT_SYNC_CHAINS = (
    "MiddlewareNotUsedTests.test_log",
    "MiddlewareNotUsedTests.test_log_custom_message",
    "MiddlewareSyncAsyncTests.test_async_middleware",
)


def replace() -> None:
    """Put our handlers where Django's tests look for Django's."""
    import django.core.asgi as entry
    import django.core.handlers.asgi as handlers
    import django.test.client as client
    from asgiref.sync import async_to_sync
    from django.test.runner import DiscoverRunner
    from django.test.utils import iter_test_cases  # type: ignore[attr-defined]

    from restflow.core.asgi.handler import InliningHandler, RestflowASGIHandler

    theirs: Any = client.ClientHandler

    class ClientHandler(InliningHandler, theirs):  # type: ignore[misc]
        """A sync client's handler whose middlewares are those of an ASGI application."""

        def load_middleware(self, is_async: bool = False) -> None:
            super().load_middleware(is_async=True)

        def get_response(self, request: Any) -> Any:
            return async_to_sync(self.get_response_async)(request)

    genuine = DiscoverRunner.build_suite

    def build_suite(self: DiscoverRunner, *args: Any, **kwargs: Any) -> Any:
        suite = genuine(self, *args, **kwargs)
        for test in iter_test_cases(suite):
            if test.id().endswith(ABOUT_SYNC_CHAINS):
                reason = unittest.skip("about the log of a sync chain")
                setattr(type(test), test._testMethodName, reason(lambda self: None))
        return suite

    vars(handlers)["ASGIHandler"] = vars(entry)["ASGIHandler"] = RestflowASGIHandler
    vars(client)["ClientHandler"] = ClientHandler
    DiscoverRunner.build_suite = build_suite  # type: ignore[method-assign]
    print("restflow: ASGIHandler and the test client's handler are restflow's")


def source(folder: Path) -> Path:
    """Download the source distribution of the installed Django and return its unpacked folder."""
    import django

    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(folder)]
    command += ["--quiet", "--no-binary", "Django", f"Django=={django.get_version()}"]
    subprocess.run(command, check=True)
    (archive,) = folder.glob("[dD]jango-*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def main(arguments: list[str]) -> int:
    """Run the suite and return the exit status of Django's runner."""
    if arguments[:1] == ["--inside"]:
        replace()
        sys.path.insert(0, os.getcwd())
        sys.argv = ["runtests.py", *arguments[1:]]
        runpy.run_path("runtests.py", run_name="__main__")
        return 0
    folder = Path(tempfile.mkdtemp(prefix="restflow-django-"))
    try:
        tests = source(folder) / "tests"
        options = [word for word in arguments if word.startswith("-")]
        labels = [word for word in arguments if not word.startswith("-")] or list(LABELS)
        command = [sys.executable, str(Path(__file__).resolve()), "--inside", "--parallel=1"]
        command += [f"--settings={SETTINGS}", *options, *labels]
        return subprocess.run(command, cwd=tests).returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
