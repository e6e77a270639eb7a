"""Tiles kept under their ETag."""

from gridmap.heatmap.cache import TileCache


def test_a_tile_is_kept_for_the_account_that_asked_for_it() -> None:
    cache = TileCache()
    cache.put("wang", "a", b"tile")
    assert cache.get("wang", "a") == b"tile"
    assert cache.get("li", "a") is None
    assert cache.get("wang", "b") is None


def test_an_empty_tile_is_a_tile() -> None:
    cache = TileCache()
    cache.put("wang", "a", b"")
    assert cache.get("wang", "a") == b""


def test_tiles_not_asked_for_longest_make_room() -> None:
    cache = TileCache(most_bytes=10)
    cache.put("wang", "a", b"1234")
    cache.put("wang", "b", b"1234")
    cache.get("wang", "a")
    cache.put("wang", "a", b"12345")
    cache.put("wang", "c", b"12345")
    kept = {etag for etag in "abc" if cache.get("wang", etag) is not None}
    assert kept == {"a", "c"}


def test_a_tile_larger_than_the_room_is_not_kept() -> None:
    cache = TileCache(most_bytes=10)
    cache.put("wang", "a", b"1" * 11)
    assert cache.get("wang", "a") is None
    cache.put("wang", "b", b"1" * 10)
    assert cache.get("wang", "b") is not None
