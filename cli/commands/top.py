"""`authplane top`: what the plane does right now."""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.live import Live

from cli.failures import PlaneUnreachable, WrongUsage
from cli.secret_files import read_secret
from cli.top.figures import figures
from cli.top.scrape import NoMetrics, Scrape, scrape
from cli.top.view import Row, line, table

app = typer.Typer(add_completion=False, rich_markup_mode="rich")

_DEFAULT = ["http://127.0.0.1:9091"]


@app.command()
def top(
    urls: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ADMIN URL]...", help="Admin ports of processes.", show_default=_DEFAULT[0]),
    ] = None,
    interval: Annotated[float, typer.Option(min=0.1, max=3600, help="Seconds between two looks.")] = 2.0,
    count: Annotated[int, typer.Option(min=0, help="How often to look; 0 for until Ctrl-C.")] = 0,
    admin_token_file: Annotated[
        Path | None, typer.Option(help="File with the admin token of these processes.", dir_okay=False)
    ] = None,
) -> None:
    """Watch rates, latency, caches, refusals, queues, pools, staleness and the sweeper, live.

    One line for each process, of what happened since the last look. Into a pipe: one line each, again and again.

    [bold]authplane top[/bold]

    [bold]authplane top http://127.0.0.1:9091 http://127.0.0.1:9092 http://127.0.0.1:9093 --interval 5[/bold]
    """
    watched = [_checked(url) for url in urls or _DEFAULT]
    token = read_secret(admin_token_file) if admin_token_file else ""
    looks = _looks(watched, token, interval, count)
    try:
        if sys.stdout.isatty():
            _show_live(looks)
        else:
            for rows in looks:
                typer.echo("\n".join(line(name, row) for name, row in rows.items()))
    except KeyboardInterrupt:
        pass


def _show_live(looks: Iterator[dict[str, Row]]) -> None:
    with Live(console=Console(), auto_refresh=False) as live:
        for rows in looks:
            live.update(table(rows), refresh=True)


def _looks(urls: list[str], token: str, interval: float, count: int) -> Iterator[dict[str, Row]]:
    """What each process did between two looks.

    Raises:
        PlaneUnreachable: None of them answers at the first look.
    """
    with ThreadPoolExecutor(len(urls)) as readers:
        look = partial(_look, token=token)
        before = dict(zip(urls, readers.map(look, urls), strict=True))
        if all(isinstance(each, str) for each in before.values()):
            told = "; ".join(f"{url} {why}" for url, why in before.items())
            raise PlaneUnreachable(f"{told}; is the plane running? start it with: authplane dev")
        looked = 0
        while not count or looked < count:
            time.sleep(interval)
            after = dict(zip(urls, readers.map(look, urls), strict=True))
            yield {url: _row(before[url], after[url]) for url in urls}
            before, looked = after, looked + 1


def _look(url: str, token: str) -> Scrape | str:
    try:
        return scrape(url, token, time.monotonic())
    except NoMetrics as why:
        return str(why)


def _row(before: Scrape | str, after: Scrape | str) -> Row:
    if isinstance(after, str):
        return after
    return "is back" if isinstance(before, str) else figures(before, after)


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise WrongUsage(f"{url}: the URL of an admin port is needed, such as {_DEFAULT[0]}")
    return f"{parts.scheme}://{parts.netloc}"
