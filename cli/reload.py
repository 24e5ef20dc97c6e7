"""What a running process takes from its settings when it is told to read them again."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.failures import WrongUsage
from cli.setting_sources import resolve_settings
from cli.settings import PlaneSettings
from shared.runtime import Runtime
from shared.telemetry.logging import LogLevel


class Reloading:
    """Reads all sources of settings again. The log level and new certificates in the same files apply at
    once; other changes are named, and need a restart.

    What cannot be read or is wrong changes nothing.

    Args:
        defaults, config, given: As `resolve_settings` takes them.
    """

    def __init__(
        self,
        defaults: Mapping[str, Any],
        config: Path | None,
        given: Mapping[str, Any],
        level: LogLevel,
        runtime: Runtime,
    ) -> None:
        self._sources = defaults, config, given
        self._level = level
        self._logger = runtime.logger
        self._reloads = runtime.reloads
        self._settings = self._read()

    def __call__(self) -> None:
        """Reads them."""
        try:
            settings = self._read()
        except WrongUsage as error:
            self._logger.warning("settings_not_reloaded", reason=str(error))
            return
        self._level.set(settings.log_level)
        self._reload_certificates()
        before, now = dict(self._settings), dict(settings)
        waiting = sorted(name for name in now if now[name] != before[name] and name != "log_level")
        self._logger.info("settings_reloaded", log_level=settings.log_level, need_restart=waiting)

    def _reload_certificates(self) -> None:
        for reload in self._reloads:
            try:
                reload()
            except ValueError as error:
                self._logger.warning("certificates_not_reloaded", reason=str(error))

    def _read(self) -> PlaneSettings:
        defaults, config, given = self._sources
        return resolve_settings(defaults, config, os.environ, given).settings
