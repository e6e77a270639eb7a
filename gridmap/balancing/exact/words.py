"""The words and numbers that proofs are told in, Chinese and English. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """What the weight is called."""

    zh: str = "户"
    en: str = "households"

    def load(self, weight: float) -> tuple[str, str]:
        """A weight with its unit."""
        return f"{number(weight)} {self.zh}", f"{number(weight)} {self.en}"


HOUSEHOLDS = Words()


@dataclass(frozen=True)
class Text:
    """The same said in both languages."""

    zh: str
    en: str

    def then(self, other: "Text") -> "Text":
        """One sentence after the other."""
        return Text(self.zh + other.zh, f"{self.en} {other.en}")


def number(value: float) -> str:
    """Whole where it is whole, else with two decimals."""
    return str(round(value)) if abs(value - round(value)) < 0.005 else f"{value:.2f}"


def off(weight: float, words: Words) -> Text:
    """How far from the range."""
    zh, en = words.load(abs(weight))
    return Text(f"超出 {zh}", f"{en} above") if weight > 0 else Text(f"缺 {zh}", f"{en} short")


def grids(count: int) -> str:
    """English, with its plural."""
    return "1 grid" if count == 1 else f"{count} grids"


def span(counts: range) -> tuple[str, str]:
    """A range of grid counts."""
    first, last = counts[0], counts[-1]
    text = str(first) if first == last else f"{first}–{last}"
    return text, "1 grid" if last == 1 else f"{text} grids"
