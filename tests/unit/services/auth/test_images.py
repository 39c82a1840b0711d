"""Images are made anew: small, upright, with nothing but pixels, and nothing else is taken for one."""

import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.auth.images import PIXELS_MAX, SIDE_MAX, reencode

CANARY = b"CANARY-of-the-photographer"
RED, BLUE = (200, 10, 10), (10, 10, 200)


def encoded(image: Image.Image, kind: str, **more: object) -> bytes:
    """An image file."""
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def decoded(content: bytes) -> Image.Image:
    """An image that was read."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def halves(size: tuple[int, int]) -> Image.Image:
    """Red on the left and blue on the right."""
    image = Image.new("RGB", size, BLUE)
    image.paste(RED, (0, 0, size[0] // 2, size[1]))
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize(
    ("size", "expected"), [((1024, 256), (512, 128)), ((40, 30), (40, 30)), ((600, 1200), (256, 512))]
)
def test_each_kind_is_fitted_into_512_pixels_and_never_enlarged(
    kind: str, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    made = reencode(encoded(halves(size), kind))
    assert made.type == "image/jpeg"
    image = decoded(made.content)
    assert (image.format, image.size) == ("JPEG", expected)


def test_it_is_turned_as_the_camera_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    made = decoded(reencode(encoded(halves((400, 200)), "JPEG", exif=exif)).content)
    assert made.size == (200, 400)
    top, bottom = made.getpixel((100, 50)), made.getpixel((100, 350))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 150 > top[2]
    assert bottom[2] > 150 > bottom[0]


def test_nothing_but_pixels_is_left() -> None:
    exif = Image.Exif()
    exif[0x010F] = CANARY.decode()
    exif.get_ifd(0x8825)[1] = "N"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", CANARY.decode())
    text.add_itxt("Comment", CANARY.decode())
    files = [
        encoded(halves((600, 400)), "JPEG", exif=exif, comment=CANARY, icc_profile=profile),
        encoded(halves((600, 400)), "PNG", pnginfo=text, exif=exif, icc_profile=profile),
        encoded(Image.new("RGBA", (600, 400), (1, 2, 3, 4)), "PNG", pnginfo=text, exif=exif),
        encoded(halves((600, 400)), "WEBP", exif=exif, xmp=CANARY, icc_profile=profile),
        encoded(halves((600, 400)), "GIF", comment=CANARY),
    ]
    for content in files:
        assert CANARY in content or b"zTXt" in content
        made = reencode(content)
        assert CANARY not in made.content
        image = decoded(made.content)
        assert not image.getexif()
        assert not {"exif", "icc_profile", "comment", "xmp", "photoshop"} & set(image.info)


def test_what_shows_through_goes_on_showing_through() -> None:
    see_through = Image.new("RGBA", (100, 100), (255, 0, 0, 0))
    palette = encoded(Image.new("P", (100, 100)), "GIF", transparency=0)
    for content in (encoded(see_through, "PNG"), encoded(see_through, "WEBP"), palette):
        made = reencode(content)
        assert made.type == "image/webp"
        assert decoded(made.content).convert("RGBA").getpixel((50, 50))[3] == 0  # type: ignore[index]


def test_of_what_moves_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (50, 50), RED), Image.new("RGB", (50, 50), BLUE)]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    image = decoded(reencode(content).content)
    assert getattr(image, "n_frames", 1) == 1
    assert image.getpixel((25, 25))[0] > 150  # type: ignore[index]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_other_kinds_of_colour_are_understood(mode: str) -> None:
    content = encoded(Image.new(mode, (30, 20)), "JPEG" if mode == "CMYK" else "PNG")
    assert decoded(reencode(content).content).size == (30, 20)


def test_sixteen_bits_of_grey_stay_grey() -> None:
    grey = Image.new("I;16", (20, 20), 0x8000)
    value = decoded(reencode(encoded(grey, "PNG")).content).getpixel((10, 10))
    assert isinstance(value, tuple)
    assert abs(value[0] - 128) < 4


def refused(content: bytes) -> bool:
    """Whether it is refused as a picture that cannot be read."""
    try:
        reencode(content)
    except Fault as fault:
        return fault.code is Code.AUTH_PICTURE_INVALID
    return False


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "PPM", "TGA", "PDF"])
def test_any_other_format_is_refused(kind: str) -> None:
    assert refused(encoded(halves((20, 20)), kind))


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\xff\xd8\xff"]
)
def test_what_is_no_image_is_refused(content: bytes) -> None:
    assert refused(content)


def png_of(width: int, height: int) -> bytes:
    """The head of a PNG of that size, with hardly any pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(8000, 4001), (60_000, 60_000), (1, 2**31 - 1)])
def test_too_many_pixels_are_refused_by_the_header(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    assert size[0] * size[1] > PIXELS_MAX

    def decode(*_: object) -> None:
        pytest.fail("a pixel was decoded")

    monkeypatch.setattr(Image.Image, "load", decode)
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", decode)
    assert refused(png_of(*size))


def test_a_file_that_ends_in_the_middle_is_refused() -> None:
    content = encoded(halves((600, 400)), "PNG")
    assert refused(content[: len(content) // 2])


@given(st.binary(max_size=40), st.integers(0, 400), st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]))
def test_whatever_is_sent_it_is_a_small_picture_or_a_refusal(noise: bytes, at: int, kind: str) -> None:
    content = encoded(halves((64, 64)), kind)
    damaged = content[:at] + noise + content[at + len(noise) :]
    assert refused(damaged) or max(decoded(reencode(damaged).content).size) <= SIDE_MAX
