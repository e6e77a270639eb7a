"""What a screenshot looks like, in numbers that do not depend on one pixel more or less."""

import base64
from typing import Self

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

_DECODE = """async (png) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = image.height;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  let text = "";
  for (let at = 0; at < data.length; at += 32768)
    text += String.fromCharCode(...data.subarray(at, at + 32768));
  return [image.width, image.height, btoa(text)];
}"""
_TOKENS = """(names) => names.map((name) => {
  const pen = document.createElement("canvas").getContext("2d");
  pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--" + name);
  return pen.fillStyle;
})"""


class Picture:
    """Red, green and blue of every pixel of a page, and the colours the app chose by name."""

    def __init__(self, page: Page, pixels: NDArray[np.int16]) -> None:
        self.page = page
        self.pixels = pixels

    @classmethod
    def of(cls, page: Page) -> Self:
        """A screenshot of the page."""
        png = base64.b64encode(page.screenshot()).decode()
        width, height, text = page.evaluate(_DECODE, png)
        rgba = np.frombuffer(base64.b64decode(text), dtype=np.uint8).reshape(height, width, 4)
        return cls(page, rgba[..., :3].astype(np.int16))

    def part(self, left: int, top: int, right: int, bottom: int) -> Self:
        """A window of the picture, in pixels."""
        return type(self)(self.page, self.pixels[top:bottom, left:right])

    def share(self, *tokens: str, within: int = 6) -> float:
        """The share of pixels that have one of the tokens' colours, give or take a few steps."""
        colours = self.page.evaluate(_TOKENS, list(tokens))
        hits = np.zeros(self.pixels.shape[:2], dtype=bool)
        for colour in colours:
            rgb = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
            hits |= (np.abs(self.pixels - rgb) <= within).all(axis=-1)
        return float(hits.mean())

    def colours(self) -> int:
        """How many clearly different colours there are."""
        return len(np.unique(self.pixels.reshape(-1, 3) // 16, axis=0))

    def differs_from(self, other: "Picture") -> float:
        """The share of pixels that are not the same."""
        return float((self.pixels != other.pixels).any(axis=-1).mean())
