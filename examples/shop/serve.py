"""Set the shop up and serve it; with ``--check``, ask it everything and stop."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

GUIDE = """
The shop is open: {base}

  {base}/api/                                   every resource; open it in a browser
  {base}/api/products/?price__lte=5&category=inks&ordering=-price
  {base}/api/products/?prise=5                  a typo, answered with a suggestion
  {base}/api/products/?page=3&page_size=5
  {base}/api/categories/inks/stock/             kept until a product of it changes: Cache-Status
  {base}/api/health/                            an async view that enters no thread
  {base}/live/                                  stock changes as they happen
  {base}/api/docs/  {base}/api/redoc/           the API described: Swagger UI and ReDoc

  curl '{base}/api/products/export/?category=inks'      one JSON object a line
  curl -N {base}/api/stock/changes/
  curl -H 'Content-Type: application/json' \\
       -d '{{"username": "ada", "password": "pen-and-ink"}}' {base}/api/auth/token/
  curl -H 'Authorization: Bearer ...' -H 'Content-Type: application/json' \\
       -d '{{"name": "Oak ruler", "price": "x"}}' {base}/api/products/

Users: ada / pen-and-ink, and boss / keys-to-the-shop, who is staff.  Stop with Ctrl-C.
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="walk through every endpoint, stop")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--products", type=int, default=10_000, help="how many to seed")
    options = parser.parse_args()
    if not options.check:
        set_up(options.products)
        serve(options.port)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SHOP_DATABASE"] = str(Path(folder) / "shop.sqlite3")
        set_up(options.products)
        from walk import walk

        return walk()


def set_up(products):
    import django
    from django.core.management import call_command

    django.setup()
    call_command("check")
    call_command("migrate", verbosity=0)
    call_command("seed", products=products)


def serve(port):
    import uvicorn

    print(GUIDE.format(base=f"http://127.0.0.1:{port}"))
    uvicorn.run(
        "shop.asgi:application",
        host="127.0.0.1",
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=1,  # streams would never end by themselves
    )


if __name__ == "__main__":
    sys.exit(main())
