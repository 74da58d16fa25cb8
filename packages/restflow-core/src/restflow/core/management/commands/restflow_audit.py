"""``manage.py restflow_audit``: the hops of every URL, who causes them, and the remedy."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from restflow.core.audit import Cost, Endpoint, endpoints, move_of, project_costs, total
from restflow.core.audit.costs import dotted
from restflow.core.audit.views import class_of


class Command(BaseCommand):
    """Reads the project as it is configured; makes no request and imports no library."""

    help = "Show how many thread hops each URL makes under ASGI, who causes them, and the remedy."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what to show and what to hold."""
        parser.add_argument("prefix", nargs="?", default="", help="routes that begin so: /api/")
        parser.add_argument("--json", action="store_true", help="for programs")
        parser.add_argument(
            "--budget", type=int, help="fail when a URL makes more hops under restflow's handler"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Audit, write, and hold the budget.

        Raises:
            CommandError: a URL is above the budget, or a middleware cannot be imported.
        """
        try:
            shared = project_costs()
        except ImportError as error:
            raise CommandError(f"MIDDLEWARE: {error}") from error
        found = list(endpoints(options["prefix"]))
        write = self.write_json if options["json"] else self.write_text
        write(shared, found)
        budget = options["budget"]
        if budget is not None:
            above = [each.route for each in found if total([*shared, *each.costs])[1] > budget]
            if above:
                raise CommandError(f"Above the budget of {budget}: {', '.join(above)}")

    def write_json(self, shared: list[Cost], found: list[Endpoint]) -> None:
        self.stdout.write(json.dumps(as_data(shared, found), indent=2))

    def write_text(self, shared: list[Cost], found: list[Endpoint]) -> None:
        django, restflow = total(shared)
        self.stdout.write(
            self.style.MIGRATE_HEADING(
                f"Every request: {hops(django)} under Django's handler, {restflow} under restflow's"
            )
        )
        self.write_costs(shared)
        for endpoint in found:
            django, restflow = total([*shared, *endpoint.costs])
            view = dotted(class_of(endpoint.view) or endpoint.view)
            self.stdout.write("")
            self.stdout.write(self.style.MIGRATE_HEADING(f"{endpoint.route}  {view}"))
            self.stdout.write(
                f"  {hops(django)} under Django's handler, {restflow} under restflow's"
            )
            self.write_costs(endpoint.costs)
            self.write_move(endpoint)
        if any(cost.django > cost.restflow for cost in shared):
            self.stdout.write("")
            self.stdout.write("restflow's handler: restflow.core.asgi, in your asgi.py.")

    def write_costs(self, costs: Iterable[Cost]) -> None:
        for cost in costs:
            figures = f"{cost.django} -> {cost.restflow}"
            self.stdout.write(f"  {figures:>8}  {cost.kind:<10}  {cost.cause}: {cost.why}")
            if cost.remedy:
                self.stdout.write(f"{'':24}{cost.remedy}")

    def write_move(self, endpoint: Endpoint) -> None:
        move = move_of(endpoint.view)
        if move is None:
            return
        if move.obstacles:
            self.stdout.write(f"  could move to {move.base}, after a change:")
        else:
            self.stdout.write(f"  can move to {move.base}")
        for obstacle in move.obstacles:
            self.stdout.write(f"    - {obstacle}")
        if move.kept:
            self.stdout.write(f"    - as they are, in the view's one hop: {', '.join(move.kept)}")
        for note in move.notes:
            self.stdout.write(f"    - {note}")


def hops(count: int) -> str:
    """Return a number of hops in words."""
    return f"{count} hop" if count == 1 else f"{count} hops"


def as_data(shared: list[Cost], found: list[Endpoint]) -> dict[str, Any]:
    """Return the audit as what ``json`` can write."""
    return {
        "every_request": [asdict(cost) for cost in shared],
        "urls": [
            {
                "route": endpoint.route,
                "name": endpoint.name,
                "view": dotted(class_of(endpoint.view) or endpoint.view),
                "hops": dict(
                    zip(("django", "restflow"), total([*shared, *endpoint.costs]), strict=True)
                ),
                "costs": [asdict(cost) for cost in endpoint.costs],
                "move": move and asdict(move),
            }
            for endpoint in found
            for move in [move_of(endpoint.view)]
        ],
    }
