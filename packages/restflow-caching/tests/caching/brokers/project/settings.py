"""Settings of the web process and of the workers; what differs comes from the environment."""

from __future__ import annotations

import os
from importlib.util import find_spec

BROKER, KIND, QUEUE = os.environ["BROKER_URL"], os.environ["KIND"], os.environ["QUEUE"]
SECRET_KEY = "for-the-test-suite-only-and-long-enough-to-sign-with"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["DATABASE"],
        "OPTIONS": {"timeout": 60, "transaction_mode": "IMMEDIATE"},
    }
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ["CACHE_URL"],
    }
}
APPS = {"django_rq": ["django_rq"], "django_q": ["django_q"], "django_tasks": ["django_tasks_db"]}
INSTALLED_APPS = ["django.contrib.contenttypes", "restflow.caching", "goods", *APPS.get(KIND, [])]
if KIND == "django_tasks" and find_spec("django.tasks") is None:
    INSTALLED_APPS.append("django_tasks")
# Workers import in another order, and know neighbours that the web process does not.
RULES = ["first_rules", "second_rules"]
RESTFLOW_SETTINGS = {"CACHING": {"RULE_MODULES": RULES[:: int(os.environ.get("ORDER", "1"))]}}
RQ_QUEUES = {name: {"URL": BROKER} for name in ("default", QUEUE)}
Q_CLUSTER = {
    "name": QUEUE,
    "redis": BROKER,
    "workers": 1,
    "scheduler": False,
    "timeout": 60,
    "retry": 120,
    "log_level": "WARNING",
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": [QUEUE]}}
