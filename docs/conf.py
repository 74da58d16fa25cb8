"""Sphinx configuration: one site for all distributions, built offline."""

from __future__ import annotations

import sys
from pathlib import Path

import django
from django.conf import settings

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
from tree import distributions

# The reference imports what it documents, models included.
apps = [each.source.rglob("apps.py") for each in distributions().values()]
settings.configure(
    SECRET_KEY="for-one-build-only-and-long-enough-to-sign-with",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "rest_framework",
        *(f"restflow.{path.parent.name}" for paths in apps for path in paths),
    ],
)
django.setup()

project = "restflow"
copyright = "2026, the restflow maintainers"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "restflow"
html_copy_source = False
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
