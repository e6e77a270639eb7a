"""Reads vector tiles (Mapbox Vector Tile 2.1), as far as the tests look into them."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Feature:
    """Properties, and the rings, lines or points in tile units (0–4096, y downwards)."""

    kind: int
    properties: dict[str, Any]
    parts: list[list[tuple[int, int]]]

    @property
    def point(self) -> tuple[int, int]:
        return self.parts[0][0]


@dataclass
class Layer:
    name: str = ""
    extent: int = 4096
    features: list[Feature] = field(default_factory=list)


def read_tile(content: bytes) -> dict[str, Layer]:
    """The layers of a tile, by name."""
    layers = [_layer(part) for number, part in _fields(content) if number == 3]
    return {layer.name: layer for layer in layers}


def features_of(content: bytes, name: str) -> list[Feature]:
    """The features of one layer; none when the tile is empty."""
    return read_tile(content).get(name, Layer()).features


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        size = {1: 8, 5: 4}.get(kind) or 0
        if kind == 2:
            size, at = _varint(data, at)
        yield key >> 3, data[at : at + size]
        at += size


def _packed(data: bytes) -> list[int]:
    values, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        values.append(value)
    return values


def _zigzag(value: int) -> int:
    return (value >> 1) ^ -(value & 1)


def _value(data: bytes) -> Any:
    ((number, raw),) = _fields(data)
    match number:
        case 1:
            return raw.decode()
        case 2:
            return struct.unpack("<f", raw)[0]
        case 3:
            return struct.unpack("<d", raw)[0]
        case 6:
            return _zigzag(raw)
        case 7:
            return bool(raw)
        case _:
            return raw


def _layer(data: bytes) -> Layer:
    layer, keys, values, raw = Layer(), [], [], []
    for number, part in _fields(data):
        match number:
            case 1:
                layer.name = part.decode()
            case 2:
                raw.append(dict(_fields(part)))
            case 3:
                keys.append(part.decode())
            case 4:
                values.append(_value(part))
            case 5:
                layer.extent = part
    for one in raw:
        tags = _packed(one.get(2, b""))
        pairs = zip(tags[::2], tags[1::2], strict=True)
        properties = {keys[key]: values[value] for key, value in pairs}
        layer.features.append(Feature(one.get(3, 0), properties, _parts(one.get(4, b""))))
    return layer


def _parts(data: bytes) -> list[list[tuple[int, int]]]:
    numbers = iter(_packed(data))
    parts: list[list[tuple[int, int]]] = []
    x = y = 0
    for command in numbers:
        if command & 7 == 7:
            continue
        for _ in range(command >> 3):
            x, y = x + _zigzag(next(numbers)), y + _zigzag(next(numbers))
            if command & 7 == 1:
                parts.append([])
            parts[-1].append((x, y))
    return parts
