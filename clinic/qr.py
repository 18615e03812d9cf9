"""Text as a QR code: the only importer of segno. Drawn here, so that no address leaves the clinic."""

import io
from base64 import b64encode

import segno


def qr_picture(text: str) -> str:
    """Return the address of a picture (`data:`), dark on white with its margin on any page.

    Medium error correction survives a fold in the paper.
    """
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", scale=6, border=4, dark="#000", light="#fff", omitsize=True
    )
    return f"data:image/svg+xml;base64,{b64encode(drawn.getvalue()).decode()}"
