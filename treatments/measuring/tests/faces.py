"""Synthetic faces: skin, one spot and a grey card of known colour, area and place."""

import io
from dataclasses import dataclass

from PIL import Image, ImageDraw

from treatments.measuring.rules import Lab, lab_of, light_of, value_of

WIDTH, HEIGHT = 480, 600
RGB = tuple[int, int, int]
GREY_18: RGB = (118, 118, 118)
SKIN: RGB = (214, 168, 140)
SPOT: RGB = (140, 96, 72)

# In parts of the width, as a shape has them.
SPOT_AT, SPOT_RADIUS = (0.36, 0.62), 0.05
SPOT_POINTS = ((0.36, 0.62), (0.40, 0.62))  # well inside of the spot
AROUND_POINTS = ((0.36, 0.62), (0.46, 0.62))  # twice its radius: a quarter of it is spot
SKIN_POINTS = ((0.60, 0.62), (0.66, 0.62))
CARD_POINTS = ((0.78, 1.08), (0.92, 1.08), (0.92, 1.19), (0.78, 1.19))
PUPILS = ((0.40, 0.32), (0.60, 0.32))  # in parts of width and height


def colour_of(rgb: RGB) -> Lab:
    """What is read when nothing goes wrong."""
    red, green, blue = (light_of(each) for each in rgb)
    return lab_of((red, green, blue))


@dataclass(frozen=True)
class Face:
    """How it was photographed: `exposure` multiplies the light, `cast` each channel of it."""

    exposure: float = 1.0
    cast: tuple[float, float, float] = (1.0, 1.0, 1.0)
    skin: RGB = SKIN
    spot: RGB = SPOT
    card: RGB = GREY_18
    turned: float = 0.0

    def picture(self) -> Image.Image:
        picture = Image.new("RGB", (WIDTH, HEIGHT), (70, 80, 90))
        draw = ImageDraw.Draw(picture)
        draw.ellipse((0.1 * WIDTH, 0.05 * HEIGHT, 0.9 * WIDTH, 0.95 * HEIGHT), fill=self.skin)
        x, y = (each * WIDTH for each in SPOT_AT)
        draw.circle((x, y), SPOT_RADIUS * WIDTH, fill=self.spot)
        draw.rectangle((0.76 * WIDTH, 1.06 * WIDTH, 0.94 * WIDTH, 1.21 * WIDTH), fill=self.card)
        if self.turned:
            picture = picture.rotate(self.turned, Image.Resampling.BICUBIC)
        tables = [
            value_of(light_of(value) * self.exposure * part)
            for part in self.cast
            for value in range(256)
        ]
        return picture.point(tables)

    def file(self) -> bytes:
        """As a tablet would hand it over."""
        written = io.BytesIO()
        self.picture().save(written, "JPEG", quality=92, subsampling=0)
        return written.getvalue()
