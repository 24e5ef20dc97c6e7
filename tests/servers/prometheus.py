"""A real Prometheus for tests, and its promtool."""

import json
import shutil
import socket
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tests.eventually import eventually

TOOLS = Path(__file__).parents[2] / ".tools" / "bin"
RULES = Path(__file__).parents[2] / "deploy" / "prometheus"


def program(name: str) -> str:
    """Where prometheus or promtool is."""
    return shutil.which(name, path=str(TOOLS)) or shutil.which(name) or name


class PrometheusServer:
    """Scrapes these every second while its context is open.

    Args:
        jobs: The "host:port" of admin ports, by the name of their job.
        rule_files: What it records and alerts about.
    """

    def __init__(self, folder: Path, jobs: Mapping[str, list[str]], rule_files: list[Path]) -> None:
        self._folder = folder
        self._port = _free_port()
        scrapes = [{"job_name": job, "static_configs": [{"targets": targets}]} for job, targets in jobs.items()]
        intervals = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "500ms"}
        config = {"global": intervals, "rule_files": [str(path) for path in rule_files], "scrape_configs": scrapes}
        # JSON is YAML.
        (folder / "prometheus.yml").write_text(json.dumps(config))

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [
                program("prometheus"),
                f"--config.file={self._folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={self._folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{self._port}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        eventually(self._is_ready, 30)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Its value now, by series."""
        return list(self._ask(f"query?query={urllib.parse.quote(expression)}")["result"])

    def firing(self) -> set[str]:
        """Names of the alerts that fire now."""
        alerts = self._ask("alerts")["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def rules(self) -> dict[str, str]:
        """How each rule is: "ok" or not, by its name."""
        groups = self._ask("rules")["groups"]
        return {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}

    def _ask(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/api/v1/{path}", timeout=10) as answer:
            return dict(json.load(answer)["data"])

    def _is_ready(self) -> bool:
        assert self._process.poll() is None, "prometheus has ended"
        try:
            self._ask("rules")
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
