#!/usr/bin/env python3
"""The second witness of the format: opens a vault, and shares no code with mfa.

    open.py VAULT --key-file FILE | --passphrase TEXT | --recovery CODE | --keyring KEY

prints what is stored, keys too. The format is described in src/vault/format/format.md. Needs
cryptography, argon2-cffi.
"""
import base64, hmac, json, pathlib, struct, sys
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FIELDS = dict(keyfile="nonce", recovery="nonce", passphrase="nonce kdf", age="recipient")
FIELDS["keyring"] = "nonce store account"


def hchacha20(key, nonce):
    """draft-irtf-cfrg-xchacha-03, section 2.2: 20 rounds, then words 0 to 3 and 12 to 15."""
    constants = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574]
    x = constants + list(struct.unpack("<12I", key + nonce))
    columns = [(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)]
    diagonals = [(0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]
    for a, b, c, d in (columns + diagonals) * 10:
        for i, j, k, bits in (a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7):
            x[i] = (x[i] + x[j]) & 0xFFFFFFFF
            mixed = x[k] ^ x[i]
            x[k] = (mixed << bits | mixed >> (32 - bits)) & 0xFFFFFFFF
    return struct.pack("<8I", *x[:4], *x[12:])


def decrypt(key, nonce, data, associated):
    cipher = ChaCha20Poly1305(hchacha20(key, nonce[:16]))
    return cipher.decrypt(bytes(4) + nonce[16:], data, associated)


def need(holds, what, value=None):
    if not holds:
        raise ValueError(what)
    return value


def once(pairs):
    return need(len(dict(pairs)) == len(pairs), "a field stands there twice", dict(pairs))


def fields(names, value):
    return need(sorted(value) == sorted(names.split()), f"not the fields {names}", value)


def binary(text, length=None):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "more than one way to write these bytes")
    need(length in (None, len(data)), f"not {length} bytes of base64")
    return data


hkdf = lambda key, salt, info: HKDF(SHA256(), 32, salt, info).derive(key)
number = lambda value, size="I": struct.pack("<" + size, value)


def transcript(parts):
    """Each part after its length: no two lists of parts give the same bytes."""
    return b"".join(number(len(part)) + part for part in parts)


def identity(slot):
    parts = [binary(slot["id"], 16), slot["kind"].encode()]
    if slot["kind"] == "passphrase":
        kdf = fields("alg version m_kib t p salt", slot["kdf"])
        m, t, p = costs = kdf["m_kib"], kdf["t"], kdf["p"]
        need([kdf["alg"], kdf["version"]] == ["argon2id", 19], "another KDF")
        need(19456 <= m <= 1 << 20 and 2 <= t <= 16 and 1 <= p <= 16, "cost out of bounds")
        parts += [b"argon2id", number(19), *map(number, costs), binary(kdf["salt"], 16)]
    return parts + [slot[name].encode() for name in ("store", "account", "recipient") if name in slot]


def slot_key(slot, vault_id, given):
    if slot["kind"] in ("keyfile", "keyring"):
        return binary([line for line in given.split("\n") if line[:1] != "#"][0].strip(), 32)
    if slot["kind"] == "recovery":
        code = base64.b32decode(given.replace("-", "").replace(" ", "").upper())
        return hkdf(code, vault_id, b"recovery")
    kdf, salt = slot["kdf"], binary(slot["kdf"]["salt"], 16)
    return hash_secret_raw(given.encode(), salt, kdf["t"], kdf["m_kib"], kdf["p"], 32, Type.ID)


def open_vault(data, kind, given):
    vault = fields("format version header nonce payload", json.loads(data, object_pairs_hook=once))
    need((vault["format"], vault["version"]) == ("mfa-vault", 1), "another format")
    names = "vault_id epoch rev device cipher key_commit slots"
    header, slots = fields(names, vault["header"]), vault["header"]["slots"]
    need(header["cipher"] == "xchacha20poly1305" and 1 <= len(slots) <= 16, "cipher or slots")
    vault_id, epoch = binary(header["vault_id"], 16), number(header["epoch"])
    commit, key = binary(header["key_commit"], 32), None
    outside = [b"mfa-vault 1 payload", vault_id, epoch, number(header["rev"], "Q")]
    outside += [binary(header["device"], 16), b"xchacha20poly1305", commit, number(len(slots))]
    for slot in slots:
        fields(f"id kind key {FIELDS[slot['kind']]}", slot)
        own, is_age = identity(slot), slot["kind"] == "age"
        nonce, wrapped = binary(slot.get("nonce", "")), binary(slot["key"], None if is_age else 48)
        outside += [*own, nonce, wrapped] if nonce else [*own, wrapped]
        associated = transcript([b"mfa-vault 1 slot", vault_id, epoch, *own])
        if slot["kind"] == kind:
            unwrap = lambda: decrypt(slot_key(slot, vault_id, given), nonce, wrapped, associated)
            key = (key or given(wrapped, associated)) if is_age else unwrap()
    need(key and hmac.compare_digest(hkdf(key, None, b"commit"), commit), "no such key")
    key, nonce = hkdf(key, vault_id, b"payload"), binary(vault["nonce"], 24)
    plain = decrypt(key, nonce, binary(vault["payload"]), transcript(outside))
    need(len(plain) % 4096 == 0, "not padded to pages of 4 KiB")
    return json.loads(plain, object_pairs_hook=once)


if __name__ == "__main__":
    path, way, given = sys.argv[1:]
    given = pathlib.Path(given).read_text() if way == "--key-file" else given
    opened = open_vault(pathlib.Path(path).read_bytes(), way.replace("-", ""), given)
    print(json.dumps(opened, indent=2, ensure_ascii=False))
