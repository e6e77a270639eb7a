"""The words in which a layer is described: fields, links, and what holds them together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Kind = Literal["code", "text", "integer", "day", "moment", "choice", "phone", "id_number"]
_SEALED = ("phone", "id_number")


@dataclass(frozen=True)
class Field:
    """One column we take. `choices` maps each accepted spelling to the stored code.

    `dictionary` names a dictionary of the profile instead. `column` is the column in the layer's
    table, None for a value that the merge itself uses (a parent's code, a date of validity).
    `default` stands in for an empty cell; a derived one is found out where the file is silent.
    A phone or an ID number is sealed before it is staged: two columns take it, one to open and one
    to find it by.
    """

    name: str
    kind: Kind = "text"
    names: tuple[str, ...] = ()
    required: bool = False
    limit: int = 200
    low: int = -(2**31)
    high: int = 2**31 - 1
    choices: Mapping[str, str] = field(default_factory=dict)
    dictionary: Literal["statuses", "channels", "categories", "roles"] | None = None
    column: str | None = ""
    default: str | None = None
    is_derived: bool = False

    @property
    def is_sealed(self) -> bool:
        """Whether the value is encrypted before it reaches the database."""
        return self.kind in _SEALED

    @property
    def staged_as(self) -> tuple[str, ...]:
        """The columns of the staging table that take the value."""
        if self.is_sealed:
            return (f"{self.name}_sealed", f"{self.name}_index")
        return (self.stored_in or self.name,)

    @property
    def stored_in(self) -> str | None:
        """The column of the table that takes the value, None when only the merge uses it."""
        return self.name if self.column == "" else self.column


@dataclass(frozen=True)
class Link:
    """A reference of this layer resolved to the id of the row of another that bears the code."""

    table: str
    ref: str
    link: str
    target: str


@dataclass(frozen=True)
class Layer:
    """A layer as `gridmap load` knows it.

    `merge` names how rows go in: by unique `code`, or by a rule of its own (validity, plans).
    `fixed` are values that every row has without the file saying so.
    """

    name: str
    table: str
    fields: tuple[Field, ...]
    geometry: frozenset[str] | None = None
    geometry_required: bool = True
    multi: bool = False
    merge: Literal["code", "admin_units", "grids", "postings"] = "code"
    key: tuple[str, ...] = ("code",)
    code_optional: bool = False
    fixed: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_personal(self) -> bool:
        """Whether its rows tell of a private person."""
        return any(item.is_sealed for item in self.fields)

    @property
    def incomparable(self) -> frozenset[str]:
        """Columns that differ although they say the same: a value is never sealed twice alike."""
        return frozenset(item.staged_as[0] for item in self.fields if item.is_sealed)

    def field(self, name: str) -> Field | None:
        """The field of that name, None when the layer has none."""
        return next((item for item in self.fields if item.name == name), None)
