"""Run as a script: one of the two APIs on a real server, with a database of its own.

``python served.py drf|ours runserver|uvicorn PORT DATABASE``
"""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import django
from django.conf import settings
from django.test.utils import override_settings


def set_up(stack: str, database: str) -> None:
    """Configure Django on the tests' settings and fill the database."""
    from restflow_testing import settings as testing

    options = {name: getattr(testing, name) for name in dir(testing) if name.isupper()}
    default = testing._sqlite("served") | {"NAME": database}
    settings.configure(**options | {"DATABASES": {"default": default}, "ALLOWED_HOSTS": ["*"]})
    django.setup()
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    fill()
    sys.path.insert(0, str(Path(__file__).parent))
    import project

    override_settings(ROOT_URLCONF=project.build(getattr(project, stack.upper()))).enable()


def fill() -> None:
    from django.contrib.auth import get_user_model

    from restflow_testing.models import Category, Product

    users = get_user_model().objects
    users.create_user("ada", password="pen-and-ink", is_staff=True)
    users.create_user("sleeper", password="asleep", is_active=False)
    rulers = Category.objects.create(name="Rulers", slug="rulers")
    for number in range(1, 9):
        Product.objects.create(
            pk=number,
            name=f"Pen {number % 3}",
            price=Decimal(number * 4),
            category=rulers if number % 2 else None,
            released_on=date(2026, 1, number),
        )


def main(stack: str, server: str, port: str, database: str) -> None:
    set_up(stack, database)
    if server == "uvicorn":
        import uvicorn
        from django.core.asgi import get_asgi_application

        uvicorn.run(get_asgi_application(), port=int(port), log_level="critical", lifespan="off")
    else:
        from django.core.servers.basehttp import get_internal_wsgi_application, run

        run("127.0.0.1", int(port), get_internal_wsgi_application(), threading=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
