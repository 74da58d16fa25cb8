"""The ASGI entry point: Django's handler on warm threads, with its own middlewares on the loop.

In ``asgi.py``, in the place of Django's::

    from restflow.core.asgi import get_asgi_application

    application = get_asgi_application()
"""

from .application import get_asgi_application
from .handler import RestflowASGIHandler
from .lease import thread_lease

__all__ = ["RestflowASGIHandler", "get_asgi_application", "thread_lease"]
