"""One of the processes that refresh at the same time.

``python processes.py <settings as JSON>``; every line of input is a command and perhaps a token,
every line of output a list: for ``rotate``, what ten threads got that rotate the token at once.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

THREADS = 10


def say(answer: object) -> None:
    sys.stdout.write(f"{answer}\n")
    sys.stdout.flush()


def main() -> None:
    given = json.loads(sys.argv[1])
    from django.conf import settings

    jwt = given["jwt"]
    jwt["REUSE_GRACE"] = timedelta(seconds=jwt["REUSE_GRACE"])
    settings.configure(
        SECRET_KEY=given["secret"],
        DATABASES={"default": given["database"]},
        CACHES={"default": given["cache"]},
        USE_TZ=True,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "restflow.authentication",
        ],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        RESTFLOW_SETTINGS={"JWT": jwt},
    )
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    from restflow.authentication import RefreshToken, TokenError

    if given["first"]:
        call_command("migrate", verbosity=0)
        get_user_model().objects.create_user("ada", id=1, password="right-password")
    say("ready")
    barrier = Barrier(THREADS)

    def rotated(raw: str) -> str:
        token = RefreshToken.verify(raw)
        barrier.wait(60)
        try:
            return str(token.rotate())
        except TokenError as error:
            return f"refused {error.code}"

    with ThreadPoolExecutor(THREADS) as pool:
        for line in sys.stdin:
            command, _, raw = line.strip().partition(" ")
            if command == "mint":
                user = get_user_model().objects.get()
                say(json.dumps([str(RefreshToken.for_user(user))]))
            elif command == "check":
                token = RefreshToken.verify(raw)
                say(json.dumps([token.access_token.is_blacklisted()]))
            else:
                say(json.dumps(list(pool.map(rotated, [raw] * THREADS))))


if __name__ == "__main__":
    main()
