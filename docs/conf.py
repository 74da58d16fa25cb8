"""Sphinx configuration: one site for all distributions, built offline."""

from __future__ import annotations

import sys
from pathlib import Path

import django
from django.conf import settings

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
from tree import distributions

# The reference imports what it documents, models included.
apps = [
    ".".join(path.parent.relative_to(each.source.parent).parts)
    for each in distributions().values()
    for path in each.source.rglob("apps.py")
]
settings.configure(
    SECRET_KEY="for-one-build-only-and-long-enough-to-sign-with",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "rest_framework",
        *apps,
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
