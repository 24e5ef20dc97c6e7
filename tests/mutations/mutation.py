"""A deliberate break of the code, and who must notice."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutation:
    """A break.

    Attributes:
        name: What is wrong with the code then.
        path: The file, from the root of the tree.
        old: What is replaced; what stands there now.
        new: What it is replaced by.
        tests: What must notice.
    """

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]
