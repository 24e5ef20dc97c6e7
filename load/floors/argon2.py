"""Argon2id and nothing else, on as many threads as there are cores: `python -m load.floors.argon2 SECONDS`.

It prints how many passwords a second it can check, with the parameters that the plane has by default.
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import argon2

from services.auth.settings import AuthSettings


def main() -> None:
    """Measures and prints."""
    settings = AuthSettings.model_fields
    hasher = argon2.PasswordHasher(
        time_cost=settings["argon2_time_cost"].default,
        memory_cost=settings["argon2_memory_kib"].default,
        parallelism=settings["argon2_parallelism"].default,
    )
    known = hasher.hash("correct horse battery staple")

    def check(_: int) -> int:
        # At least one, however slow the machine and however short the time.
        hasher.verify(known, "correct horse battery staple")
        checked = 1
        while time.monotonic() < until:
            hasher.verify(known, "correct horse battery staple")
            checked += 1
        return checked

    threads, began = os.cpu_count() or 1, time.monotonic()
    until = began + float(sys.argv[1])
    with ThreadPoolExecutor(threads) as pool:
        checked = sum(pool.map(check, range(threads)))
    print(checked / (time.monotonic() - began))


if __name__ == "__main__":
    main()
