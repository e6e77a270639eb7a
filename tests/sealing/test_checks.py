"""What a phone and an ID number look like, and what of a person is shown."""

import pytest
from sqlalchemy import Engine, text

from gridmap.profiles import Message
from gridmap.sealing import checks


def with_check_digit(first: str) -> str:
    total = sum(int(d) * w for d, w in zip(first, checks._WEIGHTS, strict=True))
    return first + checks._CHECK_DIGITS[total % 11]


def test_the_check_digit_is_that_of_the_standard() -> None:
    # The two examples that GB 11643-1999 itself prints.
    assert checks.id_number("11010519491231002X") == "11010519491231002X"
    assert with_check_digit("44052418800101001") == "440524188001010014"


def test_every_single_wrong_digit_and_every_swap_of_neighbours_is_found() -> None:
    number = "11010519491231002X"
    for at in range(17):
        for digit in "0123456789":
            changed = number[:at] + digit + number[at + 1 :]
            assert checks.is_id_number(changed) == (changed == number)
    for at in range(16):
        swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
        assert checks.is_id_number(swapped) == (swapped == number)


@pytest.mark.parametrize(
    "written",
    [" 11010519491231002x ", "１１０１０５１９４９１２３１００２Ｘ", "110105 19491231 002X"],
)
def test_an_id_number_is_read_however_it_is_written(written: str) -> None:
    assert checks.id_number(written) == "11010519491231002X"
    assert checks.birth_year("11010519491231002X") == 1949


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("110105491231002", "17 digits"),
        ("11010519491231002A", "17 digits"),
        ("११०१०५१९४९१२३१००२X", "17 digits"),
        ("110105194912310021", "check digit"),
        (with_check_digit("11010519490230002"), "day of birth"),
        (with_check_digit("11010518490228002"), "day of birth"),
        (with_check_digit("11010529990228002"), "day of birth"),
        ("", "17 digits"),
    ],
)
def test_a_wrong_id_number_is_refused_and_not_repeated(wrong: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        checks.id_number(wrong)
    assert not wrong or wrong not in str(caught.value.args)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("13800001234", "13800001234"),
        ("138 0000 1234", "13800001234"),
        ("+86 138-0000-1234", "13800001234"),
        ("008613800001234", "13800001234"),
        ("１３８００００１２３４", "13800001234"),
        ("0350-4521234", "0350-4521234"),
        ("(0350) 4521234", "0350-4521234"),
        ("010-62345678", "010-62345678"),
        ("03504521234转12", "0350-4521234转12"),
        ("4521234", "4521234"),
        ("12800001234", None),
        ("1380000123", None),
        ("138000012345", None),
        ("0350-1", None),
        ("电话不详", None),
        ("", None),
    ],
)
def test_a_phone_has_one_form(written: str, plain: str | None) -> None:
    assert checks.phone(written) == plain
    if plain is not None:
        assert checks.phone(plain) == plain


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13800001234", "138****1234"),
        ("0350-4521234", "0350-****34"),
        ("0350-4521234转12", "0350-****34"),
        ("4521234", "****34"),
        ("电话不详，问村委 13800001234", "****"),
        ("", "****"),
    ],
)
def test_a_phone_is_masked(phone: str, masked: str) -> None:
    assert checks.masked_phone(phone) == masked


NAMES = {
    "张三": "张*",
    "张三丰": "张**",
    "欧阳静": "欧阳*",
    "欧阳静文": "欧阳**",
    "欧阳": "欧*",
    "张": "*",
    "": "*",
    "张 三": "张*",
    "张\u3000三": "张*",
    "阿卜杜拉·买买提": "阿**",
    "John Smith": "J**",
    "𠮷野家": "𠮷**",
}


@pytest.mark.parametrize(("name", "masked"), NAMES.items())
def test_a_name_shows_the_surname_alone(name: str, masked: str) -> None:
    assert checks.masked_name(name) == masked


def test_the_database_masks_a_name_as_python_does(engine: Engine) -> None:
    names = [*NAMES, *(s + "静文" for s in checks.COMPOUND_SURNAMES), *checks.COMPOUND_SURNAMES]
    with engine.connect() as connection:
        query = text("SELECT gridmap.masked_name(n) FROM unnest(CAST(:names AS text[])) n")
        masked = connection.scalars(query, {"names": names}).all()
    assert masked == [checks.masked_name(name) for name in names]
    assert len(checks.COMPOUND_SURNAMES) > 70


def test_of_an_id_number_no_digit_is_shown() -> None:
    assert checks.masked_id_number("11010519491231002X") == "有"
    assert checks.masked_id_number(None) == "无"


@pytest.mark.parametrize(
    ("birth_year", "may"), [(None, False), (2026, False), (2012, False), (2011, True), (1930, True)]
)
def test_who_may_be_under_14_never_leaves_the_record(birth_year: int | None, may: bool) -> None:
    assert checks.may_leave_record(birth_year, 2026) == may


def test_the_database_knows_the_same_ages(county: Engine) -> None:
    with county.connect() as connection:
        year = connection.scalar(text("SELECT extract(year FROM gridmap.day_of(now()))::int"))
        assert year is not None
        years = [None, *range(year - 20, year + 1)]
        query = text("SELECT gridmap.may_leave_record(y) FROM unnest(CAST(:y AS int[])) y")
        told = connection.scalars(query, {"y": years}).all()
    assert told == [checks.may_leave_record(one, year) for one in years]


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("请打13800001234找老王", "请打****找老王"),
        ("电话 138-0000-1234。", "电话 ****。"),
        ("身份证 11010519491231002x 号", "身份证 **** 号"),
        ("１３８００００１２３４", "****"),
        ("0350-4521234", "****"),
        ("2026-01-31 08:30 在 3 号楼 201", "2026-01-31 08:30 在 3 号楼 201"),
        ("2026-01-31 13800001234", "2026-01-31 ****"),
        ("井盖破损", "井盖破损"),
    ],
)
def test_numbers_are_scrubbed_from_a_text(text: str, scrubbed: str) -> None:
    assert checks.scrubbed(text) == scrubbed
    assert checks.scrubbed_message(Message(text, text)) == (scrubbed, scrubbed)
