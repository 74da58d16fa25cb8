"""Fingerprints change with the shape, and with nothing else."""

from __future__ import annotations

from typing import Any

from django.apps.registry import Apps
from django.db import models

from restflow.caching.keys.fingerprints import model_fingerprint


def model(**fields: models.Field[Any, Any]) -> str:
    meta = type("Meta", (), {"app_label": "sketch", "apps": Apps()})
    kind = type("Sketch", (models.Model,), {**fields, "Meta": meta, "__module__": __name__})
    return model_fingerprint(kind)


def test_models() -> None:
    same = model(a=models.IntegerField(), b=models.CharField(max_length=5))
    assert same == model(b=models.CharField(max_length=5), a=models.IntegerField())
    assert same == model(a=models.IntegerField(verbose_name="A"), b=models.CharField(max_length=5))
    changed = {
        same,
        model(a=models.IntegerField()),
        model(a=models.TextField(), b=models.CharField(max_length=5)),
        model(a=models.IntegerField(null=True), b=models.CharField(max_length=5)),
        model(a=models.IntegerField(), b=models.CharField(max_length=6)),
        model(a=models.IntegerField(db_column="x"), b=models.CharField(max_length=5)),
        model(c=models.IntegerField(), b=models.CharField(max_length=5)),
    }
    assert len(changed) == 7
