#!/usr/bin/env python3
"""Writes `.cargo/front.ld`: the functions that `mfa code` and `mfa list` run, for the linker to put
side by side, so that start-up touches a few pages of the program and not one in each corner of it.

    front.py MFA > .cargo/front.ld

MFA is a release build with its symbols, static as usual:

    CARGO_PROFILE_RELEASE_STRIP=none cargo build --release --target-dir target/front

Needs valgrind. Hashes are left out of the names, so that the list outlives most changes of the
code, its crates and the compiler; a name that there is not any more is passed over by the linker.
"""

import collections
import os
import re
import subprocess
import sys
import tempfile

KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def functions_run(mfa, folder):
    """The symbols of all functions that run, by a simulated processor."""
    environment = {"HOME": folder, "PATH": os.environ["PATH"], "MFA_VAULT": f"{folder}/vault.json"}
    uris = "".join(f"otpauth://totp/Issuer:user-{i}?secret={KEY}&issuer=Issuer\n" for i in range(100))
    subprocess.run([mfa, "add", "-"], input=uris.encode(), env=environment, check=True,
                   capture_output=True)
    names = set()
    for arguments in (["code", "user-0"], ["code", "user-0", "--json"], ["list"], ["--version"]):
        profile = f"{folder}/profile"
        subprocess.run(["valgrind", "--tool=callgrind", "--demangle=no",
                        f"--callgrind-out-file={profile}", mfa, *arguments],
                       env=environment, check=True, capture_output=True)
        with open(profile, encoding="utf-8") as lines:
            for name in re.findall(r"^c?fn=\(\d+\) (\S+)", lines.read(), re.MULTILINE):
                names.add(name.split("'")[0])
    return names


def pattern(symbol):
    """A symbol of Rust, of either mangling, without its hashes; None for one of C."""
    if symbol.startswith("_ZN"):
        return re.sub(r"17h[0-9a-f]{16}E.*$", "", symbol) + "*"
    if symbol.startswith("_R"):
        return re.sub(r"Cs[0-9A-Za-z]+_", "Cs*_", symbol) + "*"
    return None


def rust(symbols, run):
    """Patterns of Rust's functions, those first that bring the least with them: generic functions of
    all crates have the same name without their hash."""
    sizes = collections.defaultdict(lambda: [0, 0])
    for symbol, size in symbols.items():
        if found := pattern(symbol):
            sizes[found][symbol not in run] += size
    running = {found: other / good for found, (good, other) in sizes.items() if good}
    return sorted(running, key=lambda found: (running[found], found))


def libc(run):
    """The members of libc.a that run. Of those that it has one of for each kind of processor, all."""
    member_of = {}
    archive = output("cc", "-print-file-name=libc.a").strip()
    for line in output("nm", "-A", "--defined-only", "--quiet", archive).splitlines():
        place, kind, symbol = line.rsplit(maxsplit=2)
        if kind in "tTwWi":
            member_of[symbol] = place.split(":")[1]
    members = {member_of[symbol] for symbol in run if symbol in member_of}
    return sorted({re.sub(r"-(avx|evex|sse|ssse)[^.]*", "-*", member) for member in members})


def main():
    mfa = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        run = functions_run(mfa, folder)
    symbols = {}
    for line in output("nm", "-S", "--defined-only", mfa).splitlines():
        fields = line.split(maxsplit=3)
        if len(fields) == 4 and fields[2] in "tT":
            symbols[fields[3]] = int(fields[1], 16)
    lines = [f"*(.text.*{name})" for name in rust(symbols, run)]
    lines += [f"*libc.a:{member}(.text .text.*)" for member in libc(run)]
    print("/* Made by tests/bench/front.py, which says what for: the functions that start-up runs. */")
    print("SECTIONS\n{\n  .text.front :\n  {")
    print("".join(f"    {line}\n" for line in lines), end="")
    print("  }\n}\nINSERT BEFORE .text;")


if __name__ == "__main__":
    main()
