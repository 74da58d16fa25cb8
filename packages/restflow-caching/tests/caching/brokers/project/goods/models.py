"""One row to write."""

from __future__ import annotations

import uuid

from django.db import models


class Item(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=20)
    price = models.DecimalField(max_digits=9, decimal_places=3)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
