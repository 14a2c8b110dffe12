"""The shelf of finished results: bounded in entries and in bytes."""

from explorer.ui.cache import Shelf

MB = 2**20


def held(shelf: Shelf, *keys: str) -> list[str]:
    return [key for key in keys if shelf.get(key) is not None]


def test_the_least_recently_used_goes_where_entries_are_too_many():
    shelf = Shelf(entries=2, megabytes=100)
    shelf.put("a", "A", MB)
    shelf.put("b", "B", MB)
    assert shelf.get("a") == "A"
    shelf.put("c", "C", MB)
    assert held(shelf, "a", "b", "c") == ["a", "c"]


def test_as_many_go_as_the_bytes_of_a_new_one_need():
    shelf = Shelf(entries=100, megabytes=10)
    for key in "abcd":
        shelf.put(key, key, 3 * MB if key != "d" else 8 * MB)
    assert held(shelf, *"abcd") == ["d"]


def test_what_is_put_again_counts_once():
    shelf = Shelf(entries=100, megabytes=10)
    shelf.put("a", "A", 3 * MB)
    for _ in range(9):
        shelf.put("b", "B", 6 * MB)
    assert held(shelf, "a", "b") == ["a", "b"]


def test_one_that_is_larger_than_the_shelf_is_kept_alone():
    shelf = Shelf(entries=100, megabytes=1)
    shelf.put("a", "A", MB // 2)
    shelf.put("b", "B", 5 * MB)
    assert held(shelf, "a", "b") == ["b"]
