"""Which claims scopes stand for, and what a user has of them."""

import pytest

from shared.tokens.user_claims import USER_SCOPES, claims_of_scopes, select_claims
from tests.contract.examples import NOW, user


@pytest.mark.parametrize(
    ("scopes", "claims"),
    [
        ((), set()),
        (("openid", "offline_access", "orders:read"), set()),
        (("email",), {"email", "email_verified"}),
        (("email", "phone"), {"email", "email_verified", "phone_number", "phone_number_verified"}),
        (("address",), {"address"}),
        (
            ("profile",),
            {
                "name",
                "family_name",
                "given_name",
                "middle_name",
                "nickname",
                "preferred_username",
                "profile",
                "picture",
                "website",
                "gender",
                "birthdate",
                "zoneinfo",
                "locale",
                "updated_at",
            },
        ),
    ],
)
def test_a_scope_stands_for_its_claims(scopes: tuple[str, ...], claims: set[str]) -> None:
    """OpenID Connect Core 5.4, name by name."""
    assert claims_of_scopes(scopes) == claims


def test_the_scopes_of_users_are_known() -> None:
    """Those of OpenID Connect Core 5.4 and 11, and no other."""
    assert {"openid", "offline_access", "profile", "email", "address", "phone"} == USER_SCOPES


def test_only_named_claims_that_the_user_has_are_given() -> None:
    """The login name stands in for `preferred_username`, unless the user has one."""
    ada = user("ada", claims={"name": "Ada", "email": "ada@example.com", "secret": "x"}, updated_at=NOW + 0.5)
    names = claims_of_scopes(("profile", "phone"))
    assert select_claims(ada, names) == {"name": "Ada", "preferred_username": "ada", "updated_at": int(NOW)}
    named = user("ada", claims={"preferred_username": "countess", "updated_at": 1})
    assert select_claims(named, names) == {"preferred_username": "countess", "updated_at": int(NOW)}
    assert select_claims(ada, ()) == {}
