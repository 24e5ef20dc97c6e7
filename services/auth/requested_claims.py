"""The `claims` request parameter (OpenID Connect Core 5.5)."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from services.auth.authorization_response import AuthorizationRefused
from shared.records import Claims
from shared.tokens.user_claims import CLAIMS_BY_SCOPE, claims_of_scopes

ClaimRequests = Mapping[str, Mapping[str, Any]]
"""What is asked of each claim: any of `essential`, `value` and `values`, or nothing in particular."""


@dataclass(frozen=True, slots=True)
class RequestedClaims:
    """Claims that were asked for one by one, for the userinfo endpoint and for the ID token."""

    userinfo: ClaimRequests = field(default_factory=dict)
    id_token: ClaimRequests = field(default_factory=dict)

    def within(self, scopes: Collection[str]) -> Claims:
        """What is kept with the code: those that some of these scopes stands for anyway."""
        allowed = claims_of_scopes(scopes)
        return {
            "userinfo": {name: dict(wish) for name, wish in self.userinfo.items() if name in allowed},
            "id_token": {name: dict(wish) for name, wish in self.id_token.items() if name in allowed},
        }

    def scopes(self) -> frozenset[str]:
        """The scopes that stand for these claims; whoever asks for a claim needs consent to its scope."""
        names = self.userinfo.keys() | self.id_token.keys()
        return frozenset(scope for scope, claims in CLAIMS_BY_SCOPE.items() if not names.isdisjoint(claims))

    def allow_subject(self, user_id: str) -> bool:
        """Whether the ID token may be about this user (OpenID Connect Core 5.5.1, 3.1.2.2)."""
        return _allows(self.id_token.get("sub", {}), user_id)

    def need_other_acr(self, acr: str) -> bool:
        """Whether another authentication context is essential (OpenID Connect Core 5.5.1.1)."""
        wish = self.id_token.get("acr", {})
        return wish.get("essential", False) and not _allows(wish, acr)


def parse_requested_claims(text: str) -> RequestedClaims:
    """Reads the parameter; empty text asks for nothing. Members that are not understood are ignored.

    Raises:
        AuthorizationRefused: It is not a JSON object of the form that OpenID Connect Core 5.5 gives.
    """
    if not text:
        return RequestedClaims()
    try:
        members = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    # A deeply nested text exhausts the parser's stack before its length is a problem.
    except (ValueError, RecursionError):
        _refuse()
    if not isinstance(members, dict):
        _refuse()
    return RequestedClaims(
        userinfo=_claim_requests(members.get("userinfo")), id_token=_claim_requests(members.get("id_token"))
    )


def _claim_requests(member: object) -> ClaimRequests:
    if member is None:
        return {}
    if not isinstance(member, dict):
        _refuse()
    return {name: _claim_request(wish) for name, wish in member.items()}


def _claim_request(wish: object) -> Mapping[str, Any]:
    if wish is None:
        return {}
    if not isinstance(wish, dict):
        _refuse()
    if not isinstance(wish.get("essential", False), bool) or not isinstance(wish.get("values", []), list):
        _refuse()
    return {name: wish[name] for name in ("essential", "value", "values") if name in wish}


def _allows(wish: Mapping[str, Any], actual: str) -> bool:
    wanted = [*wish.get("values", []), *([wish["value"]] if "value" in wish else [])]
    return not wanted or actual in wanted


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        _refuse()
    return members


def _refuse(_: object = None) -> NoReturn:
    raise AuthorizationRefused("invalid_request", "claims must be a JSON object as in OpenID Connect Core 5.5")
