"""Which layers can be had as a file, and which of their columns tell of persons. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gridmap.errors import CallError


@dataclass(frozen=True)
class Layer:
    """A layer; its statement is `sql/NAME.sql`.

    Attributes:
        located: whether its rows have a place.
        dated: whether it can be had as it was on another day.
        texts: columns of free text, in which numbers of persons may stand.
    """

    name: str
    located: bool = False
    dated: bool = False
    texts: tuple[str, ...] = ()


LAYERS: Mapping[str, Layer] = MappingProxyType(
    {
        layer.name: layer
        for layer in (
            Layer("admin_units", located=True, dated=True),
            Layer("grids", located=True, dated=True),
            Layer("postings", dated=True),
            Layer("buildings", located=True, texts=("name", "address")),
            Layer("dwellings"),
            Layer("households"),
            Layer("residents"),
            Layer("assets", located=True),
            Layer("organisations", located=True, texts=("address",)),
            Layer("incidents", located=True, texts=("description", "address")),
        )
    }
)
"""Every name that `gridmap export` accepts."""


def layer_named(name: str) -> Layer:
    """The layer of that name.

    Raises:
        CallError: there is none; lists those there are.
    """
    if name in LAYERS:
        return LAYERS[name]
    known = ", ".join(LAYERS)
    raise CallError(
        f"没有可导出的图层 {name!r}；有：{known}",
        f"no layer {name!r} to export; there are: {known}",
    )
