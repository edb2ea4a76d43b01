"""zxing-cpp on the files that are named on standard input: a line of JSON for each.

Needs the packages zxing-cpp and pillow. The time is that of loading and reading, without Python's
start.
"""
import json
import sys
import time

import zxingcpp
from PIL import Image

for line in sys.stdin:
    start = time.perf_counter()
    found = []
    try:
        image = Image.open(line.rstrip("\n"))
        if image.mode not in ("L", "RGB"):
            image = image.convert("RGB")
        codes = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
        found = [code.text for code in codes]
    except Exception:  # a picture that Pillow does not open is one that is not read
        pass
    elapsed = (time.perf_counter() - start) * 1e3
    print(json.dumps({"found": found, "ms": elapsed}))
