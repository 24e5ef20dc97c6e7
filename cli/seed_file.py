"""The seed file: users and clients in TOML, as `seed-example.toml` shows them.

The field names are those of OpenID Connect Core 5.1 and RFC 7591; the plane itself checks the values.
"""

import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, model_validator

from cli.failures import WrongUsage
from cli.flags import flag_of
from cli.problems import problems
from cli.secret_files import with_secrets_read


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def from_flags(cls, flags: Mapping[str, Any]) -> dict[str, Any]:
        """What flags say, as JSON values by field name.

        Raises:
            WrongUsage: A flag's value is not of its field's type; the message names the flag.
        """
        try:
            return cls.model_validate(flags).given(cls)
        except ValidationError as error:
            raise WrongUsage(problems(error, [cls], flag_of)) from error

    def given(self, model: type[BaseModel]) -> dict[str, Any]:
        """What was given of the fields of `model`, as JSON values."""
        return self.model_dump(mode="json", include=set(model.model_fields), exclude_none=True)


def _directory(info: ValidationInfo) -> Path:
    """Where the seed file is: what paths in it are relative to."""
    return info.context if isinstance(info.context, Path) else Path()


class Address(_Entry):
    """The `address` claim (OpenID Connect Core 5.1.1)."""

    formatted: str | None = None
    street_address: str | None = None
    locality: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


class UserClaims(_Entry):
    """The standard claims (OpenID Connect Core 5.1) that can be stored."""

    email: str | None = Field(None, description="E-mail address; serves as login name too.")
    email_verified: bool | None = Field(None, description="Whether the address was seen to be the user's.")
    name: str | None = Field(None, description="Full name as shown.")
    given_name: str | None = Field(None, description="First name.")
    family_name: str | None = Field(None, description="Last name.")
    middle_name: str | None = Field(None, description="Middle name.")
    nickname: str | None = Field(None, description="Casual name.")
    preferred_username: str | None = Field(None, description="How the user wants to be called.")
    profile: str | None = Field(None, description="URL of the profile page.")
    picture: str | None = Field(None, description="URL of a picture.")
    website: str | None = Field(None, description="URL of the user's site.")
    gender: str | None = Field(None, description="Gender.")
    birthdate: str | None = Field(None, description="YYYY-MM-DD, or YYYY.")
    zoneinfo: str | None = Field(None, description="Time zone, for example Europe/London.")
    locale: str | None = Field(None, description="Language, for example en-GB.")
    phone_number: str | None = Field(None, description="Telephone number.")
    phone_number_verified: bool | None = Field(None, description="Whether the number was seen to be the user's.")
    address: Address | None = Field(None, description="Postal address.")


class SeedUser(UserClaims):
    """A user to be created."""

    username: str
    password: SecretStr

    @model_validator(mode="before")
    @classmethod
    def _secrets(cls, values: Any, info: ValidationInfo) -> Any:
        return with_secrets_read(values, {"password_file": "password"}, _directory(info))

    @property
    def claims(self) -> dict[str, Any]:
        """The user's claims by name."""
        return self.given(UserClaims)


class ClientMetadata(_Entry):
    """What a client is registered with (RFC 7591); left out, the plane's own default holds."""

    client_name: str | None = Field(None, description="As users see it; the client id when left out.")
    token_endpoint_auth_method: (
        Literal["client_secret_basic", "client_secret_post", "private_key_jwt", "none"] | None
    ) = Field(None, description="client_secret_basic (default), client_secret_post, private_key_jwt, or none: public.")
    jwks: dict[str, Any] | None = Field(None, description="The client's public keys (RFC 7517), for private_key_jwt.")
    redirect_uris: list[str] | None = Field(None, description="Where answers may be sent; compared exactly.")
    post_logout_redirect_uris: list[str] | None = Field(None, description="Where to go after logout.")
    grant_types: list[Literal["authorization_code", "refresh_token", "client_credentials"]] | None = Field(
        None, description="authorization_code, refresh_token, client_credentials."
    )
    scopes: list[str] | None = Field(None, description="All that the client may ask for.")
    id_token_signed_response_alg: Literal["RS256", "ES256"] | None = Field(
        None, description="What signs the client's ID tokens: RS256 (default) or ES256."
    )
    require_pkce: bool | None = Field(None, description="False only for confidential clients. Default: true.")
    consent: Literal["ask", "skip"] | None = Field(None, description="Skip for first-party clients. Default: ask.")
    introspect: Literal["own", "any"] | None = Field(
        None, description="Which tokens the client may introspect. Default: own."
    )
    audiences: list[str] | None = Field(None, description="Client ids of the resource servers its tokens are for.")


class SeedClient(ClientMetadata):
    """A client to be registered."""

    client_id: str
    client_secret: SecretStr | None = None

    @model_validator(mode="before")
    @classmethod
    def _secrets(cls, values: Any, info: ValidationInfo) -> Any:
        names = {"client_secret_file": "client_secret", "secret_file": "client_secret"}
        return with_secrets_read(values, names, _directory(info))

    @property
    def secret(self) -> str:
        """The client's secret; empty when it has none, or is given a random one."""
        return self.client_secret.get_secret_value() if self.client_secret else ""

    @property
    def kind(self) -> str:
        """Which kind of client it is: "public", "machine" or "confidential"."""
        if self.token_endpoint_auth_method == "none":
            return "public"
        return "machine" if self.grant_types == ["client_credentials"] else "confidential"

    @property
    def metadata(self) -> dict[str, Any]:
        """The client's registration by field name."""
        return {"client_id": self.client_id, **self.given(ClientMetadata)}


class Seed(_Entry):
    """What the plane shall start with."""

    users: tuple[SeedUser, ...] = ()
    clients: tuple[SeedClient, ...] = ()

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        users = Counter(user.username.lower() for user in self.users)
        clients = Counter(client.client_id for client in self.clients)
        twice = [name for names in (users, clients) for name, count in names.items() if count > 1]
        if twice:
            raise ValueError(f"given twice: {', '.join(twice)}")
        return self


def load_seed(path: Path) -> Seed:
    """Reads a seed file.

    Raises:
        WrongUsage: It cannot be read, or is not as it must be; the message names the key.
    """
    try:
        return Seed.model_validate(tomllib.loads(path.read_text(encoding="utf-8")), context=path.parent)
    except OSError as error:
        raise WrongUsage(f"cannot read the seed file {path}: {error.strerror}") from error
    except ValidationError as error:
        raise WrongUsage(problems(error, (Seed, SeedUser, SeedClient, Address), lambda _: path.name)) from error
    except ValueError as error:
        raise WrongUsage(f"{path.name} is not valid TOML: {error}") from error
