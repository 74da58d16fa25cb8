"""``manage.py restflow_cache``: cached functions, keys, wiping, counters, the outbox."""

from __future__ import annotations

import ast
import json
from argparse import ArgumentParser
from importlib import import_module
from time import perf_counter
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError

from restflow.caching.errors import CacheKeyError
from restflow.caching.registry import registry
from restflow.caching.stores import StoreUnavailable
from restflow.caching.wrapper import CachedWrapper
from restflow.core.steps import run


class Command(BaseCommand):
    """Works on functions that are imported: ``caches.py``, ``RULE_MODULES``, ``--module``."""

    help = "List cached functions, explain a key, wipe entries, show counters."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare one subcommand for each thing to do."""
        parser.add_argument(
            "--module", action="append", default=[], help="import this module first; repeatable"
        )
        commands = parser.add_subparsers(dest="action", required=True)
        commands.add_parser("list", help="cached functions, their caches and key prefixes")
        explain = commands.add_parser("explain", help="the parts of the key of one call")
        wipe = commands.add_parser("wipe", help="drop a partition of a function, or all of it")
        stats = commands.add_parser("stats", help="counters of this process, state of the caches")
        for command in (explain, wipe):
            command.add_argument("function", help="dotted name or key prefix")
        stats.add_argument("function", nargs="?", help="dotted name or key prefix")
        explain.add_argument(
            "arguments", nargs="*", help="of the call: 42, name=42; Python literals or plain text"
        )
        wipe.add_argument("partition", nargs="*", help="leading partition fields: user_id=42")
        deliver = commands.add_parser("deliver", help="do what is left in the outbox")
        deliver.add_argument("--older-than", type=float, default=30, help="seconds (30)")
        deliver.add_argument("--database", default="default", help="alias (default)")
        wipe.add_argument("--all", action="store_true", help="drop everything of the function")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the subcommand says."""
        for module in options["module"]:
            import_module(module)
        getattr(self, f"do_{options['action']}")(options)

    def do_list(self, options: dict[str, Any]) -> None:
        for wrapper in registry:
            partition, _ = wrapper.cached.builder.slots
            fields = ", ".join(slot.part.label for slot in partition) or "-"
            prefix = wrapper.cached.builder.prefix
            line = f"{wrapper.name}  cache={wrapper.cached.alias}  prefix={prefix}"
            self.stdout.write(f"{line}  partition={fields}")

    def do_explain(self, options: dict[str, Any]) -> None:
        wrapper = self.function(options["function"])
        positional, keywords = literals(options["arguments"])
        try:
            found = wrapper.explain(*positional, **keywords)
        except (CacheKeyError, TypeError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(found, indent=2))

    def do_wipe(self, options: dict[str, Any]) -> None:
        wrapper = self.function(options["function"])
        positional, partition = literals(options["partition"])
        if positional:
            raise CommandError(f"{positional[0]!r} names no partition field. Write name=value.")
        if options["all"]:
            wrapper.invalidate_all()
        elif not partition:
            raise CommandError("Name a partition (user_id=42), or give --all.")
        else:
            try:
                wrapper.delete_by_prefix(**partition)
            except CacheKeyError as error:
                raise CommandError(str(error)) from error
        if wrapper.cached.store.pending:
            raise CommandError(f"The cache {wrapper.cached.alias!r} is out of order.")
        self.stdout.write("Wiped.")

    def do_deliver(self, options: dict[str, Any]) -> None:
        if not apps.is_installed("restflow.caching.outbox"):
            raise CommandError('There is no outbox: list "restflow.caching.outbox" among the apps.')
        from restflow.caching.outbox.delivery import deliver

        done = deliver(older_than=options["older_than"], using=options["database"])
        self.stdout.write(f"Delivered {done}.")

    def do_stats(self, options: dict[str, Any]) -> None:
        chosen = [self.function(options["function"])] if options["function"] else list(registry)
        for store in {wrapper.cached.store for wrapper in chosen}:
            started = perf_counter()
            try:
                run(store.fetch("restflow-probe", ("@restflow-probe",)))
                state = f"answers in {(perf_counter() - started) * 1000:.1f} ms"
            except StoreUnavailable as error:
                state = f"out of order: {error}"
            self.stdout.write(f"cache {store.alias}: {state}")
        for wrapper in chosen:
            counts = {name: count for name, count in wrapper.stats().items() if count}
            self.stdout.write(f"{wrapper.name}: {json.dumps(counts)}")

    def function(self, name: str) -> CachedWrapper[Any, Any, Any]:
        """Return the cached function *name*.

        Raises:
            CommandError: no imported module has it.
        """
        found = registry.find(name)
        if found is None:
            raise CommandError(
                f"No cached function {name!r} is imported. Try `restflow_cache list`, and "
                f"--module if it lives in a module that is not imported at start-up."
            )
        return found


def literals(words: list[str]) -> tuple[list[Any], dict[str, Any]]:
    """Return positional and keyword arguments; words that are no Python literal stay text."""
    positional, keywords = [], {}
    for word in words:
        name, separator, value = word.partition("=")
        if separator and name.isidentifier():
            keywords[name] = _literal(value)
        else:
            positional.append(_literal(word))
    return positional, keywords


def _literal(word: str) -> Any:
    try:
        return ast.literal_eval(word)
    except (ValueError, SyntaxError):
        return word
