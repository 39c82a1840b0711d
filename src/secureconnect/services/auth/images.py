"""Images of people made anew from what they sent: small, upright, of a known kind, with nothing but pixels."""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps

from secureconnect.contracts.errors import Code, Fault

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
PIXELS_MAX = 32_000_000
SIDE_MAX = 512
JPEG_QUALITY = 88
WEBP_QUALITY = 88


@dataclass(frozen=True)
class Picture:
    """An image as it is kept."""

    content: bytes
    type: str


def reencode(content: bytes) -> Picture:
    """The first frame, turned as its EXIF orientation says, fitted into 512 by 512 pixels.

    JPEG, or WebP where something is transparent. Raises Fault(AUTH_PICTURE_INVALID) for anything that is no JPEG, PNG,
    WebP or GIF of at most 32 million pixels; larger ones are refused by their header, before a pixel is decoded.
    """
    try:
        return _encode(_decode(content))
    except Fault:
        raise
    except Exception as error:
        # A damaged image makes the decoders raise nearly anything; what they say is nobody's business.
        raise Fault(Code.AUTH_PICTURE_INVALID) from error


def _decode(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        if image.width * image.height > PIXELS_MAX:
            raise Fault(Code.AUTH_PICTURE_INVALID, f"It has more than {PIXELS_MAX} pixels.")
        image.draft("RGB", (SIDE_MAX, SIDE_MAX))
        image.load()
        return ImageOps.exif_transpose(_plain(image))


def _plain(image: Image.Image) -> Image.Image:
    """In red, green and blue, with transparency where there is some."""
    if image.mode.startswith("I"):
        # Sixteen bits of grey: a plain conversion would make nearly all of it white.
        grey = image.convert("I")
        return grey.point(lambda value: value / 256).convert("RGB")  # pyright: ignore[reportUnknownMemberType]  # Pillow's overload
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _encode(image: Image.Image) -> Picture:
    image.thumbnail((SIDE_MAX, SIDE_MAX), Image.Resampling.LANCZOS)
    # Pixels alone go into a fresh image: encoders write comments and profiles that an opened one carries.
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    out = io.BytesIO()
    if image.mode == "RGBA":
        bare.save(out, "WEBP", quality=WEBP_QUALITY)
        return Picture(out.getvalue(), "image/webp")
    bare.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return Picture(out.getvalue(), "image/jpeg")
