"""Text that people and programs send, before anything else looks at it."""

import unicodedata

from shared.errors import InvalidRequest

_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, lone surrogates, and line and paragraph separators (Unicode general categories)."""


def is_plain(text: str) -> bool:
    """Whether the text is free of control characters, NUL and line breaks of every kind among them."""
    return text.isprintable() or not any(unicodedata.category(character) in _REFUSED_CATEGORIES for character in text)


def plain_text(name: str, value: str, longest: int, shortest: int = 1) -> str:
    """The value, once its length in characters and its characters are acceptable.

    Raises:
        InvalidRequest: It is too short or too long, or has control characters; the message names the parameter.
    """
    if not shortest <= len(value) <= longest:
        raise InvalidRequest(f"{name} must have {shortest} to {longest} characters")
    if not is_plain(value):
        raise InvalidRequest(f"{name} must not contain control characters")
    return value
