#!/usr/bin/env python3
"""Opens the golden vaults by every slot they have, with the decryptor beside this file, and sees
that their accounts are those of main.rs; then that no vault opens that was tampered with. With
arguments (a vault and its key file), that a vault which was just written opens too.
"""
import base64, copy, hashlib, hmac, json, pathlib, struct, subprocess, sys

from cryptography.exceptions import InvalidTag

from open import open_vault

DATA = pathlib.Path(__file__).parent.parent / "data"
PASSPHRASE = "correct horse battery staple"
RECOVERY = "VAZE-PV3S-DCAI-G34T-RSQL-D5UN-7JYK-HBEM"
KEY_FILE = (DATA / "golden-1-keyfile.key").read_text()
WAYS = [
    ("golden-1-keyfile.json", "keyfile", KEY_FILE),
    ("golden-1-passphrase.json", "passphrase", PASSPHRASE),
    ("golden-1-passphrase.json", "recovery", RECOVERY),
    ("golden-1-aws-keys.json", "keyfile", KEY_FILE),
]
CODES = [
    ("Amazon Web Services:my-iam-user@123456789012", "140615"),
    ("RFC:totp", "94287082"),
    ("RFC:hotp", "755224"),
    ("Steam:gabe", "PV9M4"),
    ("ü:你好", "9342147"),
]


def by_age(file, associated):
    """Opens a slot by the age program: the data key, and a hash of what the slot is bound to."""
    command = ["age", "--decrypt", "--identity", DATA / "share-bob.ssh"]
    plain = subprocess.run(command, input=file, capture_output=True).stdout
    return plain[:32] if plain[32:] == hashlib.sha256(associated).digest() else None


def code(account):
    """RFC 4226 and 6238 at second 59, and Steam's alphabet."""
    key = base64.b32decode(account["secret"] + "=" * (-len(account["secret"]) % 8))
    counter = account["counter"] if account["type"] == "hotp" else 59 // account["period"]
    mac = hmac.digest(key, struct.pack(">Q", counter), account["algorithm"].lower())
    number = struct.unpack_from(">I", mac, mac[-1] & 15)[0] & 0x7FFFFFFF
    if account["type"] == "steam":
        alphabet = "23456789BCDFGHJKMNPQRTVWXY"
        return "".join(alphabet[number // 26**place % 26] for place in range(5))
    return str(number % 10 ** account["digits"]).zfill(account["digits"])


def flips(data):
    """Every bit outside of the payload flipped, and some of those inside."""
    sealed = range(data.index(b'"payload"') + 12, len(data) - 5)
    for place in range(len(data)):
        for bit in range(8) if place not in sealed or place % 512 == 0 else []:
            yield data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]


def forgeries(data):
    """Every value of the header changed, each still well formed."""
    whole = json.loads(data)
    other = lambda text: base64.b64encode(bytes(b ^ 1 for b in base64.b64decode(text))).decode()
    for name, value in whole["header"].items():
        changed = copy.deepcopy(whole)
        if isinstance(value, int):
            changed["header"][name] = value + 1
        elif name in ("vault_id", "device", "key_commit"):
            changed["header"][name] = other(value)
        elif name == "slots":
            changed["header"][name].append(changed["header"][name][0])
        else:
            changed["header"][name] = value + "x"
        yield json.dumps(changed).encode()


def is_refused(data, kind, given):
    try:
        open_vault(data, kind, given)
        return False
    except (ValueError, KeyError, TypeError, AttributeError, InvalidTag, struct.error):
        return True


def golden():
    for name, kind, given in WAYS:
        opened = open_vault((DATA / name).read_bytes(), kind, given)
        codes = [(f"{a['issuer']}:{a['name']}", code(a)) for a in opened["accounts"]]
        assert codes == CODES, (name, kind, codes)
        print(f"{name} opens by its {kind}: {len(codes)} accounts, each with its code")
    opened = open_vault((DATA / "golden-1-aws-keys.json").read_bytes(), "keyfile", KEY_FILE)
    keys = [(own["profile"], own["key"]["id"], own["key"]["secret"]) for own in opened["aws_keys"]]
    names = ["work", "creating", "proving", "old"]
    assert keys == [(name, f"AKIA{name}", f"s/+={name}") for name in names], keys
    print(f"golden-1-aws-keys.json has {len(keys)} access keys")
    key_file = (DATA / "golden-1-synced.key").read_text().splitlines()[-1]
    opened = open_vault((DATA / "golden-1-synced.json").read_bytes(), "keyfile", key_file)
    devices = [device["name"] for device in opened["replica"]["devices"]]
    assert sorted(devices) == ["desktop", "laptop"], devices
    print(f"golden-1-synced.json is shared by {len(devices)} machines")
    shared = {"keyring": (DATA / "golden-1-shared.key").read_text(), "age": by_age}
    for kind, given in shared.items():
        opened = open_vault((DATA / "golden-1-shared.json").read_bytes(), kind, given)
        assert [code(account) for account in opened["accounts"]] == ["94287082"]
        print(f"golden-1-shared.json opens by its {kind}")


def tampered():
    name, kind, given = WAYS[0]
    data = (DATA / name).read_bytes()
    changed = [*flips(data), *forgeries(data)]
    for forged in changed:
        assert is_refused(forged, kind, given), forged
    wrong = [KEY_FILE.swapcase(), PASSPHRASE + "s", RECOVERY[::-1]]
    for (name, kind, _), other in zip(WAYS, wrong):
        assert is_refused((DATA / name).read_bytes(), kind, other), kind
    print(f"{len(changed)} tampered vaults and {len(wrong)} wrong keys are refused")


if __name__ == "__main__":
    golden()
    tampered()
    if sys.argv[1:]:
        vault, key_file = map(pathlib.Path, sys.argv[1:])
        opened = open_vault(vault.read_bytes(), "keyfile", key_file.read_text())
        print(f"a vault that was just written opens: {len(opened['accounts'])} account")
