"""Administration of clients: looking, paging, changing."""

from dataclasses import replace

import pytest

from services.token.administer_clients import DEFAULT_PAGE, MAX_PAGE, ClientAdministrator
from services.token.register_client import ClientRegistrar
from shared.errors import ClientExists, ClientNotFound, InvalidClient, InvalidRequest
from shared.handles import digest
from shared.store.memory import MemoryStore
from tests.contract.examples import client
from tests.unit.token.world import CLIENTS, NOW, SECRET, World, presented


@pytest.fixture
def registrar(world: World) -> ClientRegistrar:
    return ClientRegistrar(world.store, world.clock, world.random_bytes, world.events)


def test_pages_go_through_all_clients(world: World) -> None:
    """In the order of their ids, none twice, and the last page says that it is."""
    seen, after = [], ""
    while True:
        page = world.administrator.page(after, 3)
        assert len(page.clients) <= 3
        seen += [each.client_id for each in page.clients]
        after = page.next_page_token
        if not after:
            break
    assert seen == sorted(each.client_id for each in CLIENTS)


def test_pages_have_a_size(world: World) -> None:
    """0 is 100, more than 1000 is 1000, and a negative one is refused."""
    store = MemoryStore()
    for number in range(MAX_PAGE + 1):
        store.insert_client(client(f"client-{number}"))
    administrator = ClientAdministrator(store, world.clock, world.events)
    assert [len(administrator.page("", size).clients) for size in (0, 1, 1001)] == [DEFAULT_PAGE, 1, MAX_PAGE]
    with pytest.raises(InvalidRequest):
        administrator.page("", -1)


def test_an_unknown_client_is_not_found(world: World) -> None:
    """Whatever is to be done with it."""
    administrator = world.administrator
    for attempt in (administrator.get, administrator.disable, administrator.enable):
        with pytest.raises(ClientNotFound):
            attempt("unknown")
    with pytest.raises(ClientNotFound):
        administrator.update(client("unknown"))


def test_an_update_replaces_settings_and_nothing_else(world: World, registrar: ClientRegistrar) -> None:
    """The secret, the epoch, the time and whether it is disabled stay, whatever the message says."""
    world.administrator.disable("web")
    before = world.client("web")
    changed = replace(before, client_name="Shop", disabled=False, epoch=0, created_at=0, secret_hash="")
    assert world.administrator.update(changed) == world.client("web") == replace(before, client_name="Shop")
    assert (before.epoch, before.disabled, before.secret_hash) == (1, True, digest(SECRET))


def test_a_wrong_setting_changes_nothing(world: World) -> None:
    """What cannot be registered cannot be set either."""
    before = world.client("web")
    with pytest.raises(InvalidRequest):
        world.administrator.update(replace(before, grant_types=()))
    assert world.client("web") == before


def test_a_client_without_a_secret_cannot_change_to_one(world: World) -> None:
    """It could authenticate no more; one that has a secret may change how it is sent."""
    with pytest.raises(InvalidRequest, match="secret"):
        world.administrator.update(replace(world.client("app"), token_endpoint_auth_method="client_secret_basic"))
    assert world.client("app").is_public
    world.administrator.update(replace(world.client("web"), token_endpoint_auth_method="client_secret_post"))
    assert world.clients.authenticate(replace(presented(), method="client_secret_post")).client_id == "web"


def test_a_secret_is_replaced_at_once(world: World, registrar: ClientRegistrar) -> None:
    """The old one is refused from now on; the log has neither."""
    secret = registrar.rotate_secret(world.client("web"))
    with pytest.raises(InvalidClient):
        world.clients.authenticate(presented())
    assert world.clients.authenticate(replace(presented(), proof=secret)).client_id == "web"
    assert world.log.entries == [{"event": "client_secret_rotated", "client_id": "web", "log_level": "info"}]
    with pytest.raises(InvalidRequest):
        registrar.rotate_secret(world.client("app"))


def test_an_id_is_taken_once(world: World, registrar: ClientRegistrar) -> None:
    """And what the first has stays as it is."""
    before = world.client("web")
    with pytest.raises(ClientExists):
        registrar.register(client("web"), "x" * 32)
    assert world.client("web") == before


@pytest.mark.parametrize("secret", ["x" * 32, "x" * 1024, "with spaces and signs !#%" + "x" * 8])
def test_a_secret_may_be_brought_along(world: World, registrar: ClientRegistrar, secret: str) -> None:
    """It is not told again, and only its digest is stored; what the record claims beyond settings is ignored."""
    registered, told = registrar.register(client("new", disabled=True, epoch=7, secret_hash="x"), secret)
    assert told == ""
    assert (registered.disabled, registered.epoch, registered.created_at) == (False, 0, NOW)
    assert registered == world.client("new")
    assert registered.secret_hash == digest(secret)
    assert world.clients.authenticate(replace(presented("new"), proof=secret)) == registered


def test_every_change_is_logged(world: World, registrar: ClientRegistrar) -> None:
    """By the client's name, without its secret."""
    registrar.register(client("new"), SECRET)
    world.administrator.update(world.client("new"))
    world.administrator.disable("new")
    world.administrator.enable("new")
    events = ["client_registered", "client_updated", "client_disabled", "client_enabled"]
    assert world.log.entries == [{"event": event, "client_id": "new", "log_level": "info"} for event in events]
