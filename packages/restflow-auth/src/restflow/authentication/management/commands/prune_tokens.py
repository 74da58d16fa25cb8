"""Deletes what the model backend no longer needs to know."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone


class Command(BaseCommand):
    """``manage.py prune_tokens``, from a daily job."""

    help = "Delete blacklist entries and logins whose tokens have all expired."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare ``--batch`` and ``--database``."""
        parser.add_argument(
            "--batch", type=int, default=1000, help="rows in one transaction (1000)"
        )
        parser.add_argument("--database", default="default", help="the database's alias")

    def handle(self, *args: Any, batch: int, database: str, **options: Any) -> None:
        """Delete in batches, so that no table is locked for long."""
        from ...models import BlacklistedToken, TokenSession

        moment = timezone.now()
        for model in (BlacklistedToken, TokenSession):
            rows: Any = model._default_manager.using(database)
            count = 0
            while True:
                ended = rows.filter(expires_at__lt=moment).order_by("pk")
                keys = list(ended.values_list("pk", flat=True)[: max(batch, 1)])
                if not keys:
                    break
                count += rows.filter(pk__in=keys).delete()[0]
            self.stdout.write(f"{model._meta.verbose_name_plural}: {count}")
