"""Runs zxing-cpp on the files named on standard input and prints a line of JSON for each.

Needs the packages zxing-cpp and pillow. The time includes loading and decoding, but not the start
of Python.
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
    except Exception:  # a picture that Pillow cannot open counts as not read
        pass
    elapsed = (time.perf_counter() - start) * 1e3
    print(json.dumps({"found": found, "ms": elapsed}))
