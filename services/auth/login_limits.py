"""How many wrong passwords there may be, before anybody's password is checked again."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from services.auth.get_user import LONGEST_NAME
from services.auth.login import NewSession, PasswordLogin
from services.auth.plain_text import plain_text
from shared.cache.lru import SegmentedLru
from shared.errors import CredentialsInvalid
from shared.overload.rate_limit import RateLimit

_MAX_KNOWN = 50_000


class LoginLimits:
    """Counts failed logins by user and address, by address, and by user.

    Nobody is locked out by somebody else: where a user has logged in before, only failures from that address count
    against the user there. Names count as they are typed, whether there is such a user or not.

    Args:
        of_user_at_address: Guesses at one user from one address.
        of_address: Guesses at many users from one address.
        of_user: Guesses at one user from many addresses, from where this user has not logged in before.
    """

    def __init__(self, of_user_at_address: RateLimit, of_address: RateLimit, of_user: RateLimit) -> None:
        self._of_user_at_address = of_user_at_address
        self._of_address = of_address
        self._of_user = of_user
        self._lock = threading.Lock()  # Guards _known.
        self._known: SegmentedLru[bool] = SegmentedLru(_MAX_KNOWN, _MAX_KNOWN)

    @contextmanager
    def attempt(self, username: str, address: str) -> Iterator[None]:
        """A login; it counts when it ends in `CredentialsInvalid`.

        Raises:
            InvalidRequest: The user name is empty, too long, or has control characters.
            RateLimited: There were too many; the password must not be checked.
        """
        user = unicodedata.normalize("NFKC", plain_text("username", username, LONGEST_NAME)).casefold()
        pair = f"{address} {user}"
        with ExitStack() as limits:
            limits.enter_context(self._of_user_at_address.counting(CredentialsInvalid, pair))
            limits.enter_context(self._of_address.counting(CredentialsInvalid, address))
            if not self._is_known(pair):
                limits.enter_context(self._of_user.counting(CredentialsInvalid, user))
            yield
        self._remember(pair)

    def _is_known(self, pair: str) -> bool:
        with self._lock:
            return self._known.get(pair) is not None

    def _remember(self, pair: str) -> None:
        with self._lock:
            if self._known.get(pair) is None:
                self._known.put(pair, True, 1)


class LimitedLogin:
    """Login that stops checking passwords when too many were wrong."""

    def __init__(self, login: PasswordLogin, limits: LoginLimits) -> None:
        self._login = login
        self._limits = limits

    def log_in(self, username: str, password: str, previous_session_handle: str, address: str) -> NewSession:
        """As `PasswordLogin.log_in`.

        Args:
            address: From where somebody tries.

        Raises:
            RateLimited: Too many passwords were wrong. None was checked.
        """
        with self._limits.attempt(username, address):
            return self._login.log_in(username, password, previous_session_handle)
