"""The shop as an ASGI application: ``uvicorn shop.asgi:application``."""

import os

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler

from restflow.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
# Serves the static files too, which a real site leaves to its web server.
application = ASGIStaticFilesHandler(get_asgi_application())
