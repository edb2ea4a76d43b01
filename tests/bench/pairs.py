#!/usr/bin/env python3
"""Whole processes against each other: medians of ratios within rounds, in random order.

    pairs.py MFA            MFA is the program to measure, for instance target/release/mfa

Makes vaults of 1, 100 and 10,000 accounts that open by a key file, and one of 100 that opens by a
passphrase, in a throw-away folder; prints one line for each comparison, with CPU time and page
faults of one run and, where valgrind is installed, its instructions. Nothing is asserted.
"""

import os
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = int(os.environ.get("ROUNDS", "300"))
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def run(command, environment):
    start = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def cost(command, environment, times):
    """CPU time (user and system) and page faults of one run, mean; and its instructions."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(times):
        run(command, environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    faults = after.ru_minflt - before.ru_minflt
    text = f"{1000 * spent / times:6.2f} ms CPU, {faults / times:5.0f} page faults"
    return text + instructions(command, environment)


def instructions(command, environment):
    """What a simulated processor counts in user space, from the dynamic linker on."""
    if not shutil.which("valgrind"):
        return ""
    simulated = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command]
    ran = subprocess.run(simulated, env=environment, check=True, capture_output=True, text=True)
    count = int(re.search(r"Collected : (\d+)", ran.stderr)[1])
    return f", {count / 1e6:.2f} million instructions"


def ratio(one, other, rounds=ROUNDS):
    """Median of one/other over rounds in which each runs once."""
    ratios = []
    for _ in range(rounds):
        pair = [one, other]
        random.shuffle(pair)
        times = {id(command): run(*command) for command in pair}
        ratios.append(times[id(one)] / times[id(other)])
    return statistics.median(ratios)


def vault(mfa, folder, accounts, environment):
    """A vault with so many accounts; gives the environment in which it opens."""
    path = os.path.join(folder, f"{accounts}.json")
    environment = environment | {"MFA_VAULT": path}
    uris = "".join(
        f"otpauth://totp/Issuer%20{i % 50}:user-{i}@example.com?secret={KEY}&issuer=Issuer%20{i % 50}\n"
        for i in range(accounts)
    )
    subprocess.run([mfa, "add", "-"], input=uris.encode(), env=environment, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return environment


def main():
    mfa = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        base = {"HOME": folder, "PATH": os.environ["PATH"]}
        oathtool = (["oathtool", "--totp", "-b", KEY], base)
        vaults = {n: vault(mfa, folder, n, base) for n in (1, 100, 10_000)}
        for accounts, environment in vaults.items():
            code = ([mfa, "code", "user-0@example.com"], environment)
            times = ratio(code, oathtool, ROUNDS if accounts < 1000 else ROUNDS // 5)
            print(f"mfa code, {accounts:>6} accounts, key file: {times:5.2f} x oathtool,"
                  f" {cost(*code, 50)}")
        version = ([mfa, "--version"], base)
        print(f"mfa --version:                         {ratio(version, oathtool):5.2f} x oathtool,"
              f" {cost(*version, 50)}")
        print(f"oathtool itself:                                      {cost(*oathtool, 200)}")
        locked = vault(mfa, folder + "/", 99, base | {"MFA_PASSPHRASE": "bench"})
        code = ([mfa, "code", "user-0@example.com"], locked)
        print(f"mfa code, passphrase (Argon2id 64 MiB, t 3, p 4): "
              f"{1000 * statistics.median(run(*code) for _ in range(10)):.0f} ms wall")


if __name__ == "__main__":
    main()
