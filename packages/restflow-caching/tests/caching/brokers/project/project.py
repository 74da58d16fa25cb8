"""Celery's app, as Celery's own pages set it up for Django."""

from __future__ import annotations

import os

from celery import Celery

app = Celery("project", broker=os.environ["BROKER_URL"])
app.conf.broker_connection_retry_on_startup = True
app.autodiscover_tasks()
