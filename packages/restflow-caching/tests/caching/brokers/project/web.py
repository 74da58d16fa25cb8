"""The process that writes: it prints a line for each thing the test wants to know."""

from __future__ import annotations

import os
import sys
from time import monotonic, sleep
from uuid import UUID

if os.environ["KIND"] == "celery":
    import project  # noqa: F401
elif os.environ["KIND"] == "dramatiq":
    import broker  # noqa: F401

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402
from first_rules import RULE, label, neighbour, server  # noqa: E402
from goods.models import Item  # noqa: E402

from restflow.caching.dispatchers.base import Job, dispatcher_for  # noqa: E402
from restflow.caching.rules import bound_rules  # noqa: E402


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def until(what: str, count: int) -> None:
    deadline = monotonic() + 240
    while len([pid for pid in server.lrange("computed", 0, -1) if int(pid) != os.getpid()]) < count:
        assert monotonic() < deadline, f"{what}: never"
        sleep(0.02)


call_command("migrate", run_syncdb=True, verbosity=0)
say("migrated")
item = Item.objects.create(name="old", price="12.500", seen_at=timezone.now())
item.refresh_from_db()
key = (UUID(str(item.pk)), item.price, item.seen_at)
assert label(*key) == "old"
neighbour(*key)
item.name = "new"
with transaction.atomic():
    item.save()
until("a worker has done it", 1)
assert label.get_with_metadata(*key)[1]["cache_status"] == "HIT", "rewarmed"
assert label(*key) == "new"
assert neighbour.get_with_metadata(*key)[1]["cache_status"] == "HIT"
say("new")

[bound] = [each for each in bound_rules if each.rule is RULE]
message = Job(bound, dict(zip(RULE.field_mapping, key, strict=True)), None, {}).message
for _ in range(2):
    dispatcher_for(bound)[1].send(message)
until("delivered twice", 3)
assert label(*key) == "new"
say("twice")

sys.stdin.readline()  # the broker is gone now
hooks = []
dispatcher_for(bound)[1].options["timeout"] = 0.5
item.name = "newest"
started = monotonic()
with transaction.atomic():
    item.save()
    transaction.on_commit(lambda: hooks.append(1))
seconds = monotonic() - started
assert hooks == [1]
assert label.get_with_metadata(*key)[1]["cache_status"] == "HIT"
assert label(*key) == "newest"
say("inline", seconds)
