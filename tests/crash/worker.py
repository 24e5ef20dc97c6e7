"""`python -m tests.crash.worker URL`: uses a store without pause, and says on standard output what was acknowledged.

A line is "consumed CODE FAMILY", "rotated FAMILY OLD NEW", "revoked FAMILY" or "ended SESSION FAMILY", written when the
store has answered and before anything else is done.
"""

import itertools
import sys

from shared.errors import AuthplaneError
from tests.contract.examples import code, logged_in, redemption, rotation
from tests.servers.postgres import open_store


def main(url: str) -> None:
    store = open_store(url, pg_pool_max=1)
    for number in itertools.count():
        try:
            begun = logged_in(store)
            issued = code(begun)
            store.insert_code(issued)
            family = store.redeem_code(redemption(issued))
            say("consumed", issued.code_hash, family.family_id)
            for _ in range(3):
                rotated = store.rotate_refresh_token(rotation(family))
                say("rotated", family.family_id, family.token_hash, rotated.token_hash)
                family = rotated
            if number % 3 == 0:
                store.revoke_family(family.family_id, 1_800_000_020.0)
                say("revoked", family.family_id)
            elif number % 3 == 1:
                store.end_session(begun.session_id, 1_800_000_020.0)
                say("ended", begun.session_id, family.family_id)
        except AuthplaneError:
            continue  # The server is away; nothing was acknowledged.


def say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
