"""Signatures and nothing else, on one thread: `python -m load.floors.signing SECONDS`.

It prints a line for each: its name, how many a second are made, and how many are checked.
"""

import os
import sys
import time
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

_MESSAGE = os.urandom(400)


def main() -> None:
    """Measures and prints."""
    seconds = float(sys.argv[1]) / 4
    curve, number = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
    ecdsa, pkcs1, sha256 = ec.ECDSA(hashes.SHA256()), padding.PKCS1v15(), hashes.SHA256()
    by_curve, by_number = curve.sign(_MESSAGE, ecdsa), number.sign(_MESSAGE, pkcs1, sha256)
    curve_public, number_public = curve.public_key(), number.public_key()
    es256 = (
        _rate(lambda: curve.sign(_MESSAGE, ecdsa), seconds),
        _rate(lambda: curve_public.verify(by_curve, _MESSAGE, ecdsa), seconds),
    )
    rs256 = (
        _rate(lambda: number.sign(_MESSAGE, pkcs1, sha256), seconds),
        _rate(lambda: number_public.verify(by_number, _MESSAGE, pkcs1, sha256), seconds),
    )
    for name, (signed, checked) in {"ES256": es256, "RS256": rs256}.items():
        print(name, signed, checked)


def _rate(work: Callable[[], object], seconds: float) -> float:
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        work()
        count += 1
    return count / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
