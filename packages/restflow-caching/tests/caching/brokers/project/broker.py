"""dramatiq's broker."""

from __future__ import annotations

import os

import django
import dramatiq

url = os.environ["BROKER_URL"]
if url.startswith("redis"):
    from dramatiq.brokers.redis import RedisBroker

    dramatiq.set_broker(RedisBroker(url=url))
else:
    from dramatiq.brokers.rabbitmq import RabbitmqBroker

    dramatiq.set_broker(RabbitmqBroker(url=url))
django.setup()
