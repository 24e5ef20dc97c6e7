"""Metrics of token responses."""

from prometheus_client import CollectorRegistry, Counter

GRANTS = ("authorization_code", "refresh_token", "client_credentials")
REFRESH_OUTCOMES = ("rotated", "grace_replay", "reuse_detected", "raced", "expired", "shed", "failed")


class GrantMetrics:
    """`authplane_tokens_issued_total` and `authplane_refreshes_total`; all series exist from the beginning, at zero."""

    def __init__(self, registry: CollectorRegistry) -> None:
        issued = Counter("authplane_tokens_issued", "Token responses, by grant type.", ["grant"], registry=registry)
        refreshes = Counter(
            "authplane_refreshes", "Refresh tokens that were presented.", ["outcome"], registry=registry
        )
        self._issued = {grant: issued.labels(grant) for grant in GRANTS}
        self._refreshes = {outcome: refreshes.labels(outcome) for outcome in REFRESH_OUTCOMES}

    def issued(self, grant: str) -> None:
        """One more token response, of this grant type."""
        self._issued[grant].inc()

    def refreshed(self, outcome: str) -> None:
        """One more refresh token that was presented."""
        self._refreshes[outcome].inc()
