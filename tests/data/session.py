#!/usr/bin/env python3
"""Records the README's picture: types into the real program on a terminal, and writes what it shows.

    pip install pyte
    session.py MFA > session.svg

The picture moves by CSS alone. Where that does not run, `mfa watch` is seen.
"""

import html
import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time

import pyte

COLUMNS, ROWS = 74, 17
LINE, CHARACTER, MARGIN, SIZE = 20, 8.43, 16, 14
PER_CHARACTER = 0.07
# pyte's names of the colours.
COLORS = {"default": "#e6edf3", "00cd00": "#3fb950", "cd0000": "#ff7b72", "brown": "#d29922"}
PROMPT = "$ "
# The home folder in the picture; the recording has one that goes away.
HOME = "/home/ana"
OTHERS = """otpauth://totp/GitHub:ana?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=GitHub
otpauth://totp/Cloudflare:ana@example.com?secret=MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U&issuer=Cloudflare
otpauth://totp/GitLab:deploy?secret=KRSXG5CTMVRXEZLUKN2XAZLSKNSWG4TF&issuer=GitLab
"""
# What is typed, a key after it, and how long the screen is looked at (seconds).
SESSION = [
    ("mfa add --qr aws.png", "\n", 3.0),
    ("mfa code aws", "\n", 2.5),
    ("mfa list", "\n", 3.0),
    ("mfa", "\n", 3.0),
    ("git", "", 2.0),
    ("", "\x15", 0.5),
    ("", "\x1b[H", 1.0),
    ("", "\x1b", 1.0),
    ("", "p", 3.5),
    ("", "\x1b", 1.0),
    ("", "\x1b", 1.0),
]
# The step whose screen is seen where nothing moves.
STILL = 3


def read(controller, quiet):
    """All that is printed until nothing comes for `quiet` seconds."""
    output = b""
    while select.select([controller], [], [], quiet)[0]:
        try:
            chunk = os.read(controller, 4096)
        except OSError:
            break
        if not chunk:
            break
        output += chunk
        if len(output) > 1 << 20:
            break
    return output.decode()


def picture(screen):
    """The lines of the screen, each as pieces of one style."""
    lines = []
    for row in range(ROWS):
        pieces = []
        for column in range(COLUMNS):
            cell = screen.buffer[row][column]
            style = (cell.fg, cell.bold)
            if pieces and pieces[-1][0] == style:
                pieces[-1][1].append(cell.data)
            else:
                pieces.append((style, [cell.data]))
        lines.append(tuple((style, "".join(data)) for style, data in pieces))
    return lines


def record(mfa):
    """Runs the session in a shell; gives the frames, each with its time, and the length in seconds."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    frames, now, still = [], 0.0, 0
    with tempfile.TemporaryDirectory() as home:
        folder = os.path.dirname(os.path.abspath(__file__))
        shutil.copy(os.path.join(folder, "aws.png"), home)
        os.symlink(mfa, os.path.join(home, "mfa"))
        environment = {"HOME": home, "TERM": "xterm-256color", "PS1": PROMPT,
                       "PATH": f"{home}:{os.environ['PATH']}", "TZ": "Europe/Berlin"}
        quiet = {"env": environment, "check": True, "capture_output": True}
        subprocess.run([mfa, "vault", "init", "--key-file"], **quiet)
        subprocess.run([mfa, "add", "-"], input=OTHERS.encode(), **quiet)
        shell, controller = pty.fork()
        if shell == 0:
            subprocess.run(["stty", "cols", str(COLUMNS), "rows", str(ROWS)], check=True)
            os.chdir(home)
            os.execvpe("dash", ["dash", "-i"], environment)

        def show(wait):
            text = read(controller, wait).replace(home, HOME)
            # pyte does not know the screen of its own; it is left by what is printed after it.
            if "\x1b[?1049h" in text or "\x1b[?1049l" in text:
                screen.reset()
            stream.feed(text)
            frames.append((now, picture(screen)))

        # Not at the end of a step: the codes live for a while.
        time.sleep((32 - time.time() % 30) % 30)
        show(0.3)
        now += 0.6
        for number, (line, key, pause) in enumerate(SESSION):
            for character in line:
                os.write(controller, character.encode())
                show(0.02)
                now += PER_CHARACTER
            if key:
                now += 0.3
                os.write(controller, key.encode())
                show(0.4)
            if number == STILL:
                still = len(frames) - 1
            now += pause
        os.close(controller)
    return frames, still, now


def intervals(frames, length):
    """Each line of the frames that is not blank, with its row and the times between which it is shown."""
    for row in range(ROWS):
        begin = 0
        for index in range(1, len(frames) + 1):
            if index < len(frames) and frames[index][1][row] == frames[begin][1][row]:
                continue
            line = frames[begin][1][row]
            if any(text.strip() for _, text in line):
                until = frames[index][0] if index < len(frames) else length
                yield row, line, frames[begin][0], until, begin, index
            begin = index


def spans(line):
    """One line as pieces of one style."""
    for (color, bold), text in line:
        fill = COLORS.get(color, COLORS["default"])
        weight = ' font-weight="bold"' if bold else ""
        yield f'<tspan fill="{fill}"{weight}>{html.escape(text)}</tspan>'


def main():
    frames, still, length = record(os.path.abspath(sys.argv[1]))
    lines = list(intervals(frames, length))
    width, height = round(COLUMNS * CHARACTER) + 2 * MARGIN, ROWS * LINE + 2 * MARGIN
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">')
    print("<style>")
    for begin, until in sorted({(begin, until) for _, _, begin, until, *_ in lines}):
        name = f"t{round(begin * 100)}-{round(until * 100)}"
        first, last = begin / length * 100, until / length * 100
        before = "" if begin == 0 else f"0%{{opacity:0}}"
        after = "" if until >= length else f"{last:.2f}%{{opacity:0}}to{{opacity:0}}"
        print(f"@keyframes {name}{{{before}{first:.2f}%{{opacity:1}}{after or 'to{opacity:1}'}}}"
              f".{name}{{animation:{name} {length:.1f}s step-end infinite}}")
    print("@media(prefers-reduced-motion:reduce){text{animation:none!important}}")
    print("</style>")
    print(f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>')
    print(f'<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="{SIZE}">')
    for row, line, begin, until, first, after in lines:
        name = f"t{round(begin * 100)}-{round(until * 100)}"
        hidden = "" if first <= still < after else ' opacity="0"'
        text = "".join(spans(line))
        print(f'<text xml:space="preserve" class="{name}"{hidden} x="{MARGIN}" '
              f'y="{MARGIN + row * LINE + SIZE}">{text}</text>')
    print("</g>\n</svg>")


if __name__ == "__main__":
    main()
