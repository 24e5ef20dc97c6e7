"""What happened that somebody who guards the plane wants to know: each event has a name and facts that stay the same.

An event is one line of the log with `kind` "security", its name as `event` and its facts, and one more in
`authplane_security_events_total`. Facts are ids, causes and counts; nothing that opens anything, and nothing that says
who somebody is outside of the plane.
"""

import inspect
from collections.abc import Callable, Sequence

from structlog.typing import FilteringBoundLogger

_SHOWN_OF_FAMILY = 12


class SecurityEvents:
    """Logs and counts them.

    Args:
        count: Given the name of each.
    """

    def __init__(self, logger: FilteringBoundLogger, count: Callable[[str], None]) -> None:
        self._logger = logger
        self._count = count

    def of(self, service: str) -> "SecurityEvents":
        """The same, told by this service."""
        return SecurityEvents(self._logger.bind(service=service), self._count)

    def login_succeeded(self, user_id: str) -> None:
        """A password was right, and a session has begun."""
        self._tell("login_succeeded", user_id=user_id)

    def login_failed(self, user_id: str) -> None:
        """User name and password did not fit, or the user is disabled; no id when nobody has that name."""
        self._tell("login_failed", user_id=user_id)

    def sessions_ended(self, cause: str, user_id: str, ended: int) -> None:
        """By `cause`: "logout" or "administration"; so many, with everything that was issued from them."""
        self._tell("sessions_ended", cause=cause, user_id=user_id, ended=ended)

    def session_ended(self, session_id: str) -> None:
        """One of a user's, by administration, with everything that was issued from it."""
        self._tell("session_ended", session_id=session_id)

    def password_set(self, user_id: str, sessions_ended: int) -> None:
        """A user has a new password, and so many sessions have ended."""
        self._tell("password_set", user_id=user_id, sessions_ended=sessions_ended)

    def user_created(self, user_id: str) -> None:
        """There is one more."""
        self._tell("user_created", user_id=user_id)

    def user_updated(self, user_id: str) -> None:
        """The claims about a user have changed."""
        self._tell("user_updated", user_id=user_id)

    def user_disabled(self, user_id: str, sessions_ended: int) -> None:
        """A user cannot log in any more, and so many sessions have ended."""
        self._tell("user_disabled", user_id=user_id, sessions_ended=sessions_ended)

    def user_enabled(self, user_id: str) -> None:
        """A user can log in again."""
        self._tell("user_enabled", user_id=user_id)

    def code_replayed(self, client_id: str) -> None:
        """An authorization code came a second time: what it gave is revoked."""
        self._warn("code_replayed", client_id=client_id)

    def refresh_token_reused(self, client_id: str, family_id: str) -> None:
        """A refresh token came after its successor was in use, or too late: somebody has a copy, and all is revoked."""
        self._warn("refresh_token_reused", client_id=client_id, family=family_id[:_SHOWN_OF_FAMILY])

    def family_revoked(self, client_id: str, family_id: str) -> None:
        """A client gave a refresh token back: everything from the same grant is revoked."""
        self._tell("family_revoked", client_id=client_id, family=family_id[:_SHOWN_OF_FAMILY])

    def access_token_revoked(self, client_id: str) -> None:
        """A client gave an access token back."""
        self._tell("access_token_revoked", client_id=client_id)

    def client_registered(self, client_id: str) -> None:
        """There is one more."""
        self._tell("client_registered", client_id=client_id)

    def client_updated(self, client_id: str) -> None:
        """What a client may do has changed."""
        self._tell("client_updated", client_id=client_id)

    def client_disabled(self, client_id: str) -> None:
        """A client gets nothing any more, and what it has is not valid."""
        self._tell("client_disabled", client_id=client_id)

    def client_enabled(self, client_id: str) -> None:
        """A client may ask for tokens again."""
        self._tell("client_enabled", client_id=client_id)

    def client_secret_rotated(self, client_id: str) -> None:
        """A client has a new secret."""
        self._tell("client_secret_rotated", client_id=client_id)

    def keys_rotated(self, kids: Sequence[str], immediately: bool) -> None:
        """There are new signing keys; those before are not used any more, or not after their time of overlap."""
        self._tell("keys_rotated", kids=list(kids), immediately=immediately)

    def _tell(self, event: str, **facts: object) -> None:
        self._count(event)
        self._logger.info(event, kind="security", **facts)

    def _warn(self, event: str, **facts: object) -> None:
        self._count(event)
        self._logger.warning(event, kind="security", **facts)


def event_names() -> list[str]:
    """Of all events, in the order of the source: the methods that tell one."""
    methods = [name for name, member in vars(SecurityEvents).items() if inspect.isfunction(member)]
    return [name for name in methods if not name.startswith("_") and name != "of"]
