#!/usr/bin/env python3
"""Draws the README's picture: runs the real program on a terminal and writes what it shows.

    session.py MFA > session.svg
"""

import html
import os
import pty
import re
import subprocess
import sys
import tempfile

COMMANDS = [
    "mfa add --qr aws.png",
    "mfa code my-iam-user",
    'mfa code my-iam-user --pair',
    "mfa list",
]
LINE, CHARACTER, MARGIN = 19, 8.43, 16


def shown(mfa, words, environment):
    """What one command prints on a terminal of 80 columns."""
    controller, terminal = pty.openpty()
    subprocess.run(["stty", "cols", "80", "rows", "24"], stdin=terminal, check=True)
    folder = os.path.dirname(os.path.abspath(__file__))
    process = subprocess.Popen([mfa, *words], cwd=folder, env=environment, stdin=terminal,
                               stdout=terminal, stderr=terminal, start_new_session=True)
    os.close(terminal)
    output = b""
    while True:
        try:
            chunk = os.read(controller, 4096)
        except OSError:
            break
        if not chunk:
            break
        output += chunk
    process.wait()
    return output.decode().replace("\r", "").splitlines()


def spans(line):
    """One line as SVG: bold where the program says bold."""
    parts = re.split("\x1b\\[1m(.*?)\x1b\\[0m", line)
    for index, part in enumerate(parts):
        style = ' font-weight="bold" fill="#7ee787"' if index % 2 else ""
        yield f"<tspan{style}>{html.escape(part)}</tspan>" if part else ""


def main():
    mfa = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as home:
        environment = {"HOME": home, "TERM": "xterm", "PATH": os.environ["PATH"]}
        subprocess.run([mfa, "vault", "init", "--key-file"], env=environment, check=True,
                       stdout=subprocess.DEVNULL)
        lines = []
        for command in COMMANDS:
            lines.append(f"$ {command}")
            lines += shown(mfa, command.split()[1:], environment)
    width, height = round(80 * CHARACTER) + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">')
    print(f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>')
    print('<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#e6edf3" xml:space="preserve">')
    for index, line in enumerate(lines):
        print(f'<text x="{MARGIN}" y="{MARGIN + index * LINE + 14}">{"".join(spans(line))}</text>')
    print("</g>\n</svg>")


if __name__ == "__main__":
    main()
