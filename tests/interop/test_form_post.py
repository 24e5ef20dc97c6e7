"""OAuth 2.0 Form Post Response Mode."""

from tests.interop.relying_party import NewParty
from tests.user_agent import UserAgent, forms_of


def test_form_post(new_party: NewParty, user_agent: UserAgent) -> None:
    """With `response_mode=form_post` the browser posts what openid-client accepts as a response, `iss` included."""
    party = new_party("openid_client", "web")
    user_agent.authorize(party.begin().url)
    request = party.begin(response_mode="form_post")
    form = forms_of(user_agent.settle(user_agent.get(request.url)).text)[0]
    assert (form.method, form.action) == ("post", party.registration.redirect_uri)
    assert party.redeem_form_post(form.action, form.fields, request).claims["nonce"] == request.nonce
