#!/usr/bin/env python3
"""Records the README's picture: types into the real program on a terminal, and writes what it shows.

    session.py MFA > session.svg

The picture moves by CSS alone. Where that does not run, all of the session is seen at once.
"""

import html
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

# What is typed, and how long it is looked at before the next line (seconds).
SESSION = [
    ("mfa add --qr aws.png", 0.8),
    ("correct horse battery staple", 0.4),
    ("correct horse battery staple", 3.0),
    ("mfa code my-iam-user", 2.4),
    ("mfa code aws --pair", 2.0),
    ("mfa list", 4.0),
]
COLUMNS, ROWS = 80, 24
LINE, CHARACTER, MARGIN, SIZE = 20, 8.43, 16, 14
PER_CHARACTER = 0.07
COLORS = {"": "#e6edf3", "1": "#ffffff", "2": "#8b949e", "31": "#ff7b72", "33": "#d29922"}
PROMPT = "$ "
# The home folder in the picture; the recording has one that goes away.
HOME = "/home/ana"


class Screen:
    """The lines of a terminal that does not scroll: characters with a colour and a time."""

    def __init__(self):
        self.lines, self.row, self.column, self.color = [[]], 0, 0, ""

    def put(self, text, at):
        """Writes what a program printed `at` seconds after the beginning."""
        for escape, character in re.findall(r"(\x1b\[[0-9;?]*[A-Za-z])|(.)", text, re.DOTALL):
            if escape.endswith("m"):
                self.color = escape[2:-1] if escape[2:-1] in COLORS else ""
            elif escape.endswith("K"):
                del self.lines[self.row][self.column:]
            elif character == "\n":
                self.row, self.column = self.row + 1, 0
                self.lines.append([])
            elif character == "\r":
                self.column = 0
            elif character:
                self.lines[self.row][self.column:self.column + 1] = [(character, self.color, at)]
                self.column += 1


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
    return output.decode()


def record(mfa):
    """Runs the session in a shell; gives the screen and its length in seconds."""
    screen, now = Screen(), 0.6
    with tempfile.TemporaryDirectory() as home:
        folder = os.path.dirname(os.path.abspath(__file__))
        shutil.copy(os.path.join(folder, "aws.png"), home)
        os.symlink(mfa, os.path.join(home, "mfa"))
        environment = {"HOME": home, "TERM": "xterm-256color", "PS1": PROMPT,
                       "PATH": f"{home}:{os.environ['PATH']}", "TZ": "Europe/Berlin"}
        shell, controller = pty.fork()
        if shell == 0:
            subprocess.run(["stty", "cols", str(COLUMNS), "rows", str(ROWS)], check=True)
            os.chdir(home)
            os.execvpe("dash", ["dash", "-i"], environment)

        def shown(quiet):
            return read(controller, quiet).replace(home, HOME)

        # Not at the end of a step: the codes live for a while.
        time.sleep((32 - time.time() % 30) % 30)
        screen.put(shown(0.3), 0)
        for line, pause in SESSION:
            for character in line:
                os.write(controller, character.encode())
                screen.put(shown(0.02), now)
                now += PER_CHARACTER
            now += 0.4
            os.write(controller, b"\n")
            screen.put(shown(0.5), now)
            now += pause
        os.close(controller)
        os.waitpid(shell, 0)
    return screen, now


def spans(line):
    """One line of the screen: pieces of one colour and time, each with the time as its class."""
    index = 0
    while index < len(line):
        _, color, at = line[index]
        end = index
        while end < len(line) and line[end][1:] == (color, at):
            end += 1
        text = html.escape("".join(character for character, *_ in line[index:end]))
        weight = ' font-weight="bold"' if color == "1" else ""
        fill = f' fill="{COLORS[color]}"' if color else ""
        yield f'<tspan class="t{round(at * 100)}"{weight}{fill}>{text}</tspan>'
        index = end


def main():
    screen, length = record(os.path.abspath(sys.argv[1]))
    lines = screen.lines
    times = sorted({at for line in lines for _, _, at in line if at})
    width, height = round(COLUMNS * CHARACTER) + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">')
    print("<style>")
    for at in times:
        name, share = f"t{round(at * 100)}", at / length * 100
        print(f"@keyframes {name}{{0%{{opacity:0}}{share:.2f}%{{opacity:1}}to{{opacity:1}}}}"
              f".{name}{{animation:{name} {length:.1f}s step-end infinite}}")
    print("@media(prefers-reduced-motion:reduce){tspan{animation:none!important}}")
    print("</style>")
    print(f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>')
    print(f'<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="{SIZE}" '
          f'fill="{COLORS[""]}">')
    for index, line in enumerate(lines):
        text = "".join(spans(line))
        print(f'<text xml:space="preserve" x="{MARGIN}" y="{MARGIN + index * LINE + SIZE}">{text}</text>')
    print("</g>\n</svg>")


if __name__ == "__main__":
    main()
