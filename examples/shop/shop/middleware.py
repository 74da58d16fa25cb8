"""Every page of the shop is served from here alone: nothing is fetched from other hosts."""

from asgiref.sync import iscoroutinefunction
from django.utils.decorators import sync_and_async_middleware

POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",
        "script-src 'self' 'unsafe-inline'",  # the pages' own scripts, written into them
        "style-src 'self' 'unsafe-inline'",
        "worker-src blob:",  # ReDoc's search
        "frame-ancestors 'none'",
    ]
)


@sync_and_async_middleware
def content_security_policy(get_response):
    """Send ``Content-Security-Policy`` with every answer."""

    def policed(response):
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    async def amiddleware(request):
        return policed(await get_response(request))

    def middleware(request):
        return policed(get_response(request))

    return amiddleware if iscoroutinefunction(get_response) else middleware
