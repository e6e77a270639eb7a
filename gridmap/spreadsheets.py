"""Text in a cell of a spreadsheet, that no program takes for a formula."""

_STARTS = ("=", "+", "-", "@", "\t", "\r", *"\uff1d\uff0b\uff0d\uff20")


def inert(text: str) -> str:
    """The text, behind an apostrophe if a spreadsheet might run it: a leading = + - @, tab or CR,
    also in full width, also after blanks."""
    return "'" + text if text.startswith(_STARTS) or text.lstrip().startswith(_STARTS) else text
