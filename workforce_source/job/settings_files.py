"""dlt's settings files as the main job finds them: why one cannot be read, and who else may.

What may not be in here: what stands in them.
"""

import codecs
import logging
import os
import shlex
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import dlt
from dlt.common.configuration.providers.toml import SecretsTomlProvider, TomlProviderReadException

from workforce_source.exceptions import ConfigError

logger = logging.getLogger(__name__)

_MARKS: Final = {
    codecs.BOM_UTF8: "begins with a byte order mark, which is not seen",
    codecs.BOM_UTF16_LE: "is UTF-16",
    codecs.BOM_UTF16_BE: "is UTF-16",
}
"""What editors and shells of Windows put before a text."""
_OTHERS_MAY_READ: Final = 0o044


@contextmanager
def readable_settings() -> Iterator[None]:
    """Say of a settings file that cannot be read which it is, and why.

    Raises:
        ConfigError: One could not be read within.
    """
    try:
        yield
    except TomlProviderReadException as error:
        for path in map(Path, error.full_paths):
            if why := _not_utf_8(path):
                raise ConfigError(
                    f"{path.parent.name}/{path.name} {why}. Save it as UTF-8 without a byte order"
                    " mark (an editor offers it where a file is saved), and run again."
                ) from None
        line = getattr(error.__context__, "line", None)
        raise ConfigError(
            f"{error.file_name} is not TOML{f' (line {line})' if line else ''}. Correct it in the"
            " folder .dlt here or in the folder of dlt's own settings; a text stands in quotes."
        ) from None


def warn_of_open_secrets() -> None:
    """Warn of each file of secrets that others on this machine may read."""
    for path in _secrets() if os.name == "posix" else ():
        with suppress(OSError):
            mode = path.stat().st_mode & 0o777
            if mode & _OTHERS_MAY_READ:
                logger.warning(
                    "Others on this machine may read the secrets in %s (mode %03o). To keep them"
                    " yours: chmod 600 %s",
                    path.name,
                    mode,
                    shlex.quote(str(path)),
                )


def _secrets() -> Iterable[Path]:
    for provider in dlt.config.config_providers:
        if isinstance(provider, SecretsTomlProvider):
            yield from map(Path, provider.present_locations)


def _not_utf_8(path: Path) -> str:
    try:
        content = path.read_bytes()
        for mark, what in _MARKS.items():
            if content.startswith(mark):
                return what
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "is not UTF-8"
    except OSError:
        return ""
    return ""
