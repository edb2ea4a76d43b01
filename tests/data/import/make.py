"""Makes the samples in this folder: the same two accounts in every format. Needs cryptography,
argon2-cffi, pynacl, pyzipper and pykeepass. The encrypted ones open with the password `test`.
mfa.json is not made here: `mfa export mfa.json --format mfa` wrote it."""
import base64, hashlib, json, os, sqlite3, struct, zipfile
import nacl.bindings as sodium
import pykeepass, pyzipper
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

PASSWORD = b"test"
KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
OTHER = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"
URIS = [
    f"otpauth://totp/GitHub:alice?secret={KEY}&issuer=GitHub&algorithm=SHA1&digits=6&period=30",
    f"otpauth://hotp/Acme:bob?secret={OTHER}&issuer=Acme&algorithm=SHA256&digits=8&counter=7",
]
b64 = lambda b: base64.b64encode(b).decode()
fixed = lambda n, s: hashlib.shake_128(s.encode()).digest(n)
raw = lambda key: [b - 256 if b > 127 else b for b in base64.b32decode(key)]
argon = lambda salt, t, m, p, word=PASSWORD: hash_secret_raw(word, salt, t, m, p, 32, Type.ID)

def cbc(key, iv, text):
    pad = padding.PKCS7(128).padder()
    seal = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return seal.update(pad.update(text) + pad.finalize()) + seal.finalize()

def cryptojs(word, text):
    salt, made = fixed(8, "js"), b""
    while len(made) < 48:
        made += hashlib.md5(made[-16:] + word + salt).digest()
    return b64(b"Salted__" + salt + cbc(made[:32], made[32:48], text))

def put(name, data):
    with open(name, "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())

def doc(name, value):
    put(name, json.dumps(value, indent=1) + "\n")

put("uris.txt", "\r\n".join(URIS) + "\r\n")
put("ente.txt", f"otpauth://totp/alice?secret={KEY.lower()}&issuer=GitHub&algorithm=Algorithm.sha1"
    "&codeDisplay=%7B%22trashed%22%3Afalse%2C%22tags%22%3A%5B%22work%22%5D%7D,"
    f"otpauth://hotp/Acme:bob?secret={OTHER}&algorithm=sha256&digits=8&counter=7\n")
put("page.html", "<!DOCTYPE html><html><body>" + "".join(f"<code>{u.replace('&', '&amp;')}</code>" for u in URIS) + "</body></html>")
put("gopass.txt", f"hunter2\n---\nuser: alice\ntotp: {KEY}\n")
put("2fa.txt", f"alice 6 {KEY}\nbob 8 {OTHER} 00000000000000000006\n")

info = lambda key, **more: {"secret": key, "algo": "SHA1", "digits": 6, **more}
aegis = {"version": 3, "groups": [{"uuid": "g", "name": "work"}], "entries": [
    {"type": "totp", "name": "alice", "issuer": "GitHub", "groups": ["g"], "info": info(KEY, period=30)},
    {"type": "hotp", "name": "bob", "issuer": "Acme", "groups": [], "info": {**info(OTHER, counter=7), "algo": "SHA256", "digits": 8}},
    {"type": "motp", "name": "carol", "issuer": "Phone", "groups": [], "info": info(KEY, period=10, pin="1234")},
    {"type": "totp", "name": "dave", "issuer": "Bad", "groups": [], "info": info("JBSWY3DP1", period=30)}]}
doc("aegis.json", {"version": 1, "header": {"slots": None, "params": None}, "db": aegis})
salt, master = fixed(32, "salt"), fixed(32, "master")
key = hashlib.scrypt(PASSWORD, salt=salt, n=1024, r=8, p=1, dklen=32)
slot, nonce = AESGCM(key).encrypt(fixed(12, "s"), master, None), fixed(12, "n")
db = AESGCM(master).encrypt(nonce, json.dumps(aegis).encode(), None)
doc("aegis-encrypted.json", {"version": 1, "header": {"slots": [{"type": 1, "uuid": "s", "key": slot[:32].hex(),
    "key_params": {"nonce": fixed(12, "s").hex(), "tag": slot[32:].hex()}, "n": 1024, "r": 8, "p": 1, "salt": salt.hex()}],
    "params": {"nonce": nonce.hex(), "tag": db[-16:].hex()}}, "db": b64(db[:-16])})

services = [{"name": "GitHub", "secret": KEY, "otp": {"account": "alice", "issuer": "GitHub", "digits": 6, "period": 30, "algorithm": "SHA1", "tokenType": "TOTP"}, "groupId": "g"},
    {"name": "Acme", "secret": OTHER, "otp": {"account": "bob", "digits": 8, "algorithm": "SHA256", "counter": 7, "tokenType": "HOTP"}},
    {"name": "Strange", "secret": KEY, "otp": {"algorithm": "SHA384"}}]
twofas = {"services": services, "groups": [{"id": "g", "name": "work"}], "schemaVersion": 4, "appOrigin": "android"}
doc("2fas.2fas", twofas)
salt, iv = fixed(256, "2fas"), fixed(12, "2fas")
sealed = AESGCM(hashlib.pbkdf2_hmac("sha256", PASSWORD, salt, 10000)).encrypt(iv, json.dumps(services).encode(), None)
doc("2fas-encrypted.2fas", {**twofas, "services": [], "servicesEncrypted": ":".join(map(b64, (sealed, salt, iv)))})

andotp = json.dumps([{"secret": KEY, "issuer": "GitHub", "label": "alice", "digits": 6, "type": "TOTP", "algorithm": "SHA1", "thumbnail": "Default", "period": 30, "tags": ["work"]},
    {"secret": OTHER, "issuer": "Acme", "label": "bob", "digits": 8, "type": "HOTP", "algorithm": "SHA256", "thumbnail": "Default", "counter": 7, "tags": []}]).encode()
put("andotp.json", andotp)
key = hashlib.pbkdf2_hmac("sha1", PASSWORD, fixed(12, "and"), 140000, 32)
put("andotp-encrypted.bin", struct.pack(">I", 140000) + fixed(12, "and") + fixed(12, "iv") + AESGCM(key).encrypt(fixed(12, "iv"), andotp, None))
put("andotp-old.bin", fixed(12, "old") + AESGCM(hashlib.sha256(PASSWORD).digest()).encrypt(fixed(12, "old"), andotp, None))

stratum = json.dumps({"Authenticators": [{"Type": 2, "Issuer": "GitHub", "Username": "alice", "Secret": KEY, "Algorithm": 0, "Digits": 6, "Period": 30, "Counter": 0},
    {"Type": 1, "Issuer": "Acme", "Username": "bob", "Secret": OTHER, "Algorithm": 1, "Digits": 8, "Period": 30, "Counter": 7},
    {"Type": 5, "Issuer": "Yandex", "Username": None, "Secret": KEY, "Algorithm": 1, "Digits": 8, "Period": 30}],
    "Categories": [{"Id": "c", "Name": "work"}], "AuthenticatorCategories": [{"CategoryId": "c", "AuthenticatorSecret": KEY}]}).encode()
put("stratum.authpro", stratum)
put("stratum-encrypted.authpro", b"AUTHENTICATORPRO" + fixed(16, "st") + fixed(12, "st") + AESGCM(argon(fixed(16, "st"), 3, 65536, 4)).encrypt(fixed(12, "st"), stratum, None))
put("stratum-legacy.authpro", b"AuthenticatorPro" + fixed(20, "st") + fixed(16, "iv") + cbc(hashlib.pbkdf2_hmac("sha1", PASSWORD, fixed(20, "st"), 64000, 32), fixed(16, "iv"), stratum))

one = {"encrypted": False, "hash": "a", "index": 0, "type": "totp", "secret": KEY, "issuer": "GitHub", "account": "alice"}
two = {"encrypted": False, "hash": "b", "index": 1, "type": "hhex", "secret": base64.b32decode(OTHER).hex(), "issuer": "Acme", "account": "bob", "counter": 7, "digits": 8, "algorithm": "SHA256"}
doc("authenticator.json", {"a": one, "b": two})
doc("authenticator-1.json", {"a": {**one, "encrypted": True, "secret": cryptojs(PASSWORD, KEY.encode())}})
phc = lambda word, salt: "$argon2id$v=19$m=1024,t=1,p=1$" + b64(salt).rstrip("=") + "$" + b64(argon(salt, 1, 1024, 1, word)).rstrip("=")
inner = fixed(24, "inner")
doc("authenticator-2.json", {"a": {**one, "encrypted": True, "secret": cryptojs(inner.hex().encode(), KEY.encode())},
    "key": {"enc": cryptojs(PASSWORD, inner), "hash": phc(inner.hex().encode(), fixed(16, "phc"))}})
word = b64(argon(b"0123456789abcdef", 2, 19456, 1)).rstrip("=").encode()
doc("authenticator-8.json", {"a": {"dataType": "EncOTPStorage", "data": cryptojs(word, json.dumps({**one, "dataType": "OTPStorage"}).encode()), "keyId": "k", "index": 0},
    "k": {"dataType": "Key", "id": "k", "salt": "0123456789abcdef", "hash": phc(word, fixed(16, "8")), "version": 3}})

items = [{"type": 1, "name": "GitHub", "folderId": "f", "login": {"username": "alice", "password": "hunter2", "totp": KEY}},
    {"type": 2, "name": "a note"}, {"type": 1, "name": "Acme", "login": {"username": "bob", "totp": URIS[1]}}, {"type": 1, "name": "none", "login": {"totp": None}}]
bitwarden = {"encrypted": False, "folders": [{"id": "f", "name": "work"}], "items": items}
doc("bitwarden.json", bitwarden)
put("bitwarden.csv", f"folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\nwork,,login,GitHub,\"two\nlines\",,0,,alice,hunter2,{KEY}\n\n,,login,Acme,,,0,,bob,hunter2,{URIS[1]}\n")
def bitwarden_sealed(name, key, **kdf):
    enc, mac = (HKDFExpand(hashes.SHA256(), 32, i).derive(key) for i in (b"enc", b"mac"))
    def seal(text):
        iv = fixed(16, "bw")
        sealed = cbc(enc, iv, text)
        import hmac
        return "2." + "|".join(map(b64, (iv, sealed, hmac.digest(mac, iv + sealed, "sha256"))))
    doc(name, {"encrypted": True, "passwordProtected": True, "salt": "c2FsdA==", **kdf, "encKeyValidation_DO_NOT_EDIT": seal(b"check"), "data": seal(json.dumps(bitwarden).encode())})
bitwarden_sealed("bitwarden-pbkdf2.json", hashlib.pbkdf2_hmac("sha256", PASSWORD, b"c2FsdA==", 5000), kdfType=0, kdfIterations=5000)
bitwarden_sealed("bitwarden-argon2.json", argon(hashlib.sha256(b"c2FsdA==").digest(), 2, 16384, 2), kdfType=1, kdfIterations=2, kdfMemory=16, kdfParallelism=2)
doc("bitwarden-restricted.json", {"encrypted": True, "encKeyValidation_DO_NOT_EDIT": "2.a|b|c", "items": []})

def zipped(name, member, text, kind=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(name, "w", kind) as archive:
        archive.writestr(zipfile.ZipInfo(member, (2026, 1, 1, 0, 0, 0)), text, kind)
totp = lambda value: {"sections": [{"fields": [{"title": "code", "id": "TOTP_1", "value": {"totp": value}}]}], "loginFields": [{"designation": "username", "value": "alice"}]}
zipped("1password.1pux", "export.data", json.dumps({"accounts": [{"vaults": [{"attrs": {"name": "Personal"}, "items": [
    {"uuid": "i", "state": "active", "details": totp(KEY), "overview": {"title": "GitHub", "tags": ["work"]}},
    {"uuid": "j", "state": "archived", "details": totp(URIS[1]), "overview": {"title": "Acme"}}]}]}]}))
put("1password.csv", f"\ufeffTitle,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes\nGitHub,,alice,hunter2,{KEY},false,false,work,\nAcme,,bob,hunter2,{URIS[1]},false,false,,\"two\nlines\"\n")

salt = fixed(16, "ente")
stream, header = sodium.crypto_secretstream_xchacha20poly1305_state(), None
header = sodium.crypto_secretstream_xchacha20poly1305_init_push(stream, argon(salt, 2, 8192, 1))
sealed = sodium.crypto_secretstream_xchacha20poly1305_push(stream, "\n".join(URIS).encode(), None, 3)
doc("ente-encrypted.txt", {"version": 1, "kdfParams": {"memLimit": 8388608, "opsLimit": 2, "salt": b64(salt)}, "encryptedData": b64(sealed), "encryptionNonce": b64(header)})

token = lambda kind, key, issuer, label, **more: {"algo": "SHA1", "digits": 6, "issuerExt": issuer, "issuerInt": issuer, "label": label, "period": 30, "secret": raw(key), "type": kind, "counter": 0, **more}
tokens = [token("TOTP", KEY, "GitHub", "alice"), token("HOTP", OTHER, "Acme", "bob", algo="SHA256", digits=8, counter=6)]
doc("freeotp-plus.json", {"tokens": tokens, "tokenOrder": ["GitHub:alice", "Acme:bob"]})
xml = lambda strings: "<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n<map>\n" + "".join(f'    <string name="{n}">{v.replace("&", "&amp;").replace(chr(34), "&quot;")}</string>\n' for n, v in strings) + "</map>\n"
put("freeotp.xml", xml([("GitHub:alice", json.dumps(tokens[0])), ("tokenOrder", "[\"GitHub:alice\"]"), ("Acme:bob", json.dumps(tokens[1]))]))
def sealed_key(key, text, what, seed):
    nonce = fixed(12, seed)
    signed = lambda b: [x - 256 if x > 127 else x for x in b]
    return {"mCipher": "AES/GCM/NoPadding", "mCipherText": signed(AESGCM(key).encrypt(nonce, text, what)), "mParameters": signed(bytes([48, 17, 4, 12]) + nonce + bytes([2, 1, 16])), "mToken": what.decode()}
salt, master = fixed(32, "fo"), fixed(32, "fm")
strings = [("masterKey", json.dumps({"mAlgorithm": "PBKDF2withHmacSHA512", "mEncryptedKey": sealed_key(hashlib.pbkdf2_hmac("sha512", PASSWORD, salt, 1000, 32), master, b"AES", "a"), "mIterations": 1000, "mSalt": [x - 256 if x > 127 else x for x in salt]}))]
for uuid, key, what, t in (("u1", KEY, b"HmacSHA1", tokens[0]), ("u2", OTHER, b"HmacSHA256", {**tokens[1], "counter": 7})):
    strings.append((uuid, json.dumps({"key": json.dumps(sealed_key(master, base64.b32decode(key), what, uuid))})))
    strings.append((uuid + "-token", json.dumps({k: v for k, v in t.items() if k != "secret"})))
utf = lambda s: struct.pack(">H", len(s)) + s.encode()
put("freeotp2.xml", bytes.fromhex("aced00057372") + utf("java.util.HashMap") + bytes.fromhex("0507dac1c31660d103") + struct.pack(">H", 2) + b"F" + utf("loadFactor") + b"I" + utf("threshold")
    + bytes.fromhex("78703f4000000000000c7708") + struct.pack(">II", 16, len(strings)) + b"".join(b"t" + utf(n) + b"t" + utf(v) for n, v in strings) + b"x")

raivo = json.dumps([{"issuer": "GitHub", "account": "alice", "secret": KEY, "algorithm": "SHA1", "digits": "6", "kind": "TOTP", "timer": "30", "counter": "0", "pinned": "false"},
    {"issuer": "Acme", "account": "bob", "secret": OTHER, "algorithm": "SHA256", "digits": "8", "kind": "HOTP", "timer": "0", "counter": "7", "pinned": "false"}])
with pyzipper.AESZipFile("raivo.zip", "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
    archive.setpassword(PASSWORD)
    archive.writestr("raivo-otp-export.json", raivo)
proton = {"version": 1, "entries": [{"id": "a", "content": {"uri": URIS[0], "entry_type": "Totp", "name": "alice"}, "note": None}, {"id": "b", "content": {"uri": "steam://" + OTHER, "entry_type": "Steam", "name": "Steam"}, "note": None}]}
doc("proton.json", proton)
doc("proton-encrypted.json", {"version": 1, "salt": b64(fixed(16, "p")), "content": b64(fixed(12, "p") + AESGCM(argon(fixed(16, "p"), 2, 19456, 1)).encrypt(fixed(12, "p"), json.dumps(proton).encode(), b"proton.authenticator.export.v1"))})
zipped("proton-pass.zip", "Proton Pass/data.json", json.dumps({"userId": "u", "vaults": {"v": {"items": [{"data": {"metadata": {"name": "GitHub"}, "extraFields": [{"type": "totp", "data": {"totpUri": URIS[1]}}], "type": "login", "content": {"itemUsername": "alice", "password": "hunter2", "totpUri": KEY}}}]}}}))

base = os.path.join(os.path.dirname(pykeepass.__file__), "blank_database.kdbx")
database = pykeepass.PyKeePass(base, password="password")
database.password = "test"
entry = database.add_entry(database.root_group, "GitHub", "alice", "hunter2")
entry.set_custom_property("TOTP Seed", KEY.lower(), protect=True)
entry.set_custom_property("TOTP Settings", "30;6")
entry = database.add_entry(database.root_group, "Acme", "bob", "hunter2")
entry.set_custom_property("HmacOtp-Secret-Base32", OTHER, protect=True)
entry.set_custom_property("HmacOtp-Counter", "7")
entry.set_custom_property("HmacOtp-Algorithm", "HMAC-SHA-256")
entry.set_custom_property("HmacOtp-Length", "8")
kdf = database.kdbx.header.value.dynamic_header.kdf_parameters.data.dict
kdf["M"].value, kdf["I"].value = 1 << 20, 1
database.save("keepass.kdbx")
put("keepassxc.csv", f'"Group","Title","Username","Password","URL","Notes","TOTP","Icon","Last Modified","Created"\n"Root","GitHub","alice","hunter2","","","{URIS[0]}","0","",""\n"Root","Acme","bob","hunter2","","two\nlines","key={OTHER}&size=8&otpHashMode=SHA256&type=Hotp&counter=7","0","",""\n')
put("totp-cli.yaml", f"- name: GitHub\n  accounts:\n  - name: alice\n    token: {KEY.lower()}\n    prefix: ''\n    algorithm: ''\n    length: 0\n    timePeriod: 0\n- name: Acme\n  accounts:\n  - name: bob\n    token: {OTHER}\n    prefix: PIN\n    algorithm: sha256\n    length: 8\n    timePeriod: 60\n")
text = json.dumps({"GitHub": {"alice": KEY}}).encode()
seal = Cipher(algorithms.AES(hashlib.sha1(PASSWORD).hexdigest()[:32].encode()), modes.CBC(fixed(16, "v1"))).encryptor()
put("totp-cli-1.credentials", b64(fixed(16, "v1") + seal.update(text + bytes(-len(text) % 16)) + seal.finalize()))
cotp = {"version": 2, "elements": [{"secret": KEY, "issuer": "GitHub", "label": "alice", "digits": 6, "type": "TOTP", "algorithm": "SHA1", "period": 30, "counter": None, "pin": None},
    {"secret": OTHER, "issuer": "Acme", "label": "bob", "digits": 8, "type": "HOTP", "algorithm": "SHA256", "period": 30, "counter": 7, "pin": None}]}
doc("cotp.json", cotp)
sealed = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(json.dumps(cotp).encode(), None, fixed(24, "c"), argon(fixed(16, "c"), 4, 32768, 4))
doc("cotp.db", {"version": 1, "nonce": b64(fixed(24, "c")), "salt": b64(fixed(16, "c")), "cipher": b64(sealed)})

doc("lastpass.json", {"version": 3, "accounts": [{"issuerName": "GitHub", "userName": "alice", "secret": KEY, "timeStep": 30, "digits": 6, "algorithm": "SHA1"}, {"originalIssuerName": "Acme", "secret": OTHER, "timeStep": 60, "digits": 8, "algorithm": "SHA256"}], "folders": []})
doc("duo.json", [{"name": "alice", "otpGenerator": {"otpSecret": KEY}}, {"name": "bob", "otpGenerator": {"otpSecret": OTHER, "counter": 7}}, {"name": "pushed", "accountType": "DuoAccount"}])
doc("asf.db", {"_MobileAuthenticator": {"shared_secret": b64(base64.b32decode(KEY)), "identity_secret": "AAAA"}})
put("winauth.xml", '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<WinAuth version="3.6">\n  <alwaysontop>false</alwaysontop>\n' + "".join(
    f'  <WinAuthAuthenticator id="{n}" type="WinAuth.{kind}Authenticator">\n    <name>{name}</name>\n    <created>0</created>\n{data}  </WinAuthAuthenticator>\n' for n, (kind, name, data) in enumerate([
    ("Google", "GitHub (alice)", f"    <authenticatordata>\n      <servertimediff>0</servertimediff>\n      <secretdata>{base64.b32decode(KEY).hex().upper()}\t6\tSHA1\t30</secretdata>\n    </authenticatordata>\n"),
    ("HOTP", "Acme: bob", f"    <authenticatordata><secretdata>{base64.b32decode(OTHER).hex()}\t8\tSHA256\t30|6</secretdata></authenticatordata>\n"),
    ("Steam", "player", f"    <authenticatordata><secretdata>{base64.b32decode(KEY).hex()}\t5\tSHA1\t30|31|32|{json.dumps({'shared_secret': b64(base64.b32decode(OTHER))}).encode().hex()}|</secretdata></authenticatordata>\n"),
    ("BattleNet", "old", f"    <authenticatordata><secretdata>{base64.b32decode(KEY).hex()}55532D31</secretdata></authenticatordata>\n"),
    ("Google", "sealed", '    <authenticatordata encrypted="u">57494E41</authenticatordata>\n'),
    ("Google", "locked", '    <authenticatordata encrypted="y">57494E41</authenticatordata>\n')])) + "</WinAuth>\n")
doc("steam.maFile", {"shared_secret": b64(base64.b32decode(KEY)), "account_name": "alice", "uri": "otpauth://totp/x?secret=ASDF"})
authy = [{"name": "GitHub: alice", "originalIssuer": "GitHub", "digits": 6, "decryptedSecret": KEY.lower()}]
put("authy.xml", xml([("com.authy.storage.tokens.authenticator.key", json.dumps(authy)), ("com.authy.storage.tokens.authy.key", json.dumps([{"name": "Acme", "secretSeed": base64.b32decode(OTHER).hex()}]))]))
sealed = cbc(hashlib.pbkdf2_hmac("sha1", PASSWORD, b"some salt", 1000, 32), bytes(16), KEY.encode())
put("authy-encrypted.xml", xml([("com.authy.storage.tokens.authenticator.key", json.dumps([{"name": "GitHub: alice", "originalIssuer": "GitHub", "digits": 6, "encryptedSecret": b64(sealed), "salt": "some salt"}]))]))
entries = json.dumps([{"base": 32, "issuer": "GitHub", "name": "alice", "key": KEY, "digits": "6", "period": "30"}])
put("totp-authenticator.bin", b64(cbc(hashlib.sha256(PASSWORD).digest(), bytes(16), json.dumps({entries: ""}).encode())))
if os.path.exists("google.db"): os.remove("google.db")
google = sqlite3.connect("google.db")
google.execute("PRAGMA page_size=512")
google.execute("CREATE TABLE accounts (_id INTEGER PRIMARY KEY, email TEXT NOT NULL, secret TEXT NOT NULL, counter INTEGER DEFAULT 0, type INTEGER, issuer TEXT DEFAULT NULL)")
google.execute("INSERT INTO accounts VALUES (1, 'GitHub:alice', ?, 0, 0, 'GitHub'), (2, 'bob', ?, 7, 1, 'Acme')", (KEY, OTHER))
google.executemany("INSERT INTO accounts VALUES (?, ?, ?, 0, 0, 'Many')", [(n, f"{n}" + "x" * 600, KEY) for n in range(3, 40)])
google.commit(), google.execute("VACUUM"), google.close()

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
import hmac, subprocess
hkdf = lambda key, salt, info: HKDF(hashes.SHA256(), 32, salt, info).derive(key)
bare = lambda b: b64(b).rstrip("=")
salt, file_key = fixed(16, "age"), fixed(16, "file")
wrap = hashlib.scrypt(PASSWORD, salt=b"age-encryption.org/v1/scrypt" + salt, n=1024, r=8, p=1, dklen=32)
head = f"age-encryption.org/v1\n-> scrypt {bare(salt)} 10\n{bare(ChaCha20Poly1305(wrap).encrypt(bytes(12), file_key, None))}\n---".encode()
mac = hmac.digest(hkdf(file_key, b"", b"header"), head, "sha256")
text = json.dumps([{"name": "GitHub", "accounts": [{"name": "alice", "token": KEY.lower(), "prefix": "", "algorithm": "", "length": 0, "timePeriod": 0}]},
    {"name": "Acme", "accounts": [{"name": "bob", "token": OTHER, "prefix": "PIN", "algorithm": "sha256", "length": 8, "timePeriod": 60}]}]).encode()
body = ChaCha20Poly1305(hkdf(file_key, fixed(16, "nonce"), b"payload")).encrypt(bytes(11) + b"\1", text, None)
armour = b64(head + b" " + bare(mac).encode() + b"\n" + fixed(16, "nonce") + body)
lines = "\n".join(armour[i:i + 64] for i in range(0, len(armour), 64))
put("totp-cli-2.age", f"-----BEGIN AGE ENCRYPTED FILE-----\n{lines}\n-----END AGE ENCRYPTED FILE-----\n")
put("winauth.txt", f"# made by WinAuth\r\notpauth://totp/GitHub:alice?secret={KEY}&digits=6&icon=WinAuth\r\n")
if os.path.exists("winauth.zip"): os.remove("winauth.zip")
os.utime("winauth.txt", (1767225600, 1767225600))
subprocess.run(["zip", "-q", "-X", "-P", "test", "winauth.zip", "winauth.txt"], check=True)
os.remove("winauth.txt")

# Authenticator apps that came later.
import plistlib

class Archive:
    """The objects that NSKeyedArchiver writes, from dictionaries, lists, and tuples (class, members)."""
    def __init__(self, root):
        self.objects = ["$null"]
        self.classes = {}
        top = self.add(root)
        self.bytes = plistlib.dumps({"$version": 100000, "$archiver": "NSKeyedArchiver",
            "$top": {"root": top}, "$objects": self.objects}, fmt=plistlib.FMT_BINARY)
    def keep(self, value):
        self.objects.append(value)
        return plistlib.UID(len(self.objects) - 1)
    def kind(self, name):
        if name not in self.classes:
            self.classes[name] = self.keep({"$classname": name, "$classes": [name, "NSObject"]})
        return self.classes[name]
    def add(self, value):
        if isinstance(value, dict):
            return self.keep({"NS.keys": [self.add(k) for k in value], "NS.objects": [self.add(v) for v in value.values()], "$class": self.kind("NSDictionary")})
        if isinstance(value, list):
            return self.keep({"NS.objects": [self.add(v) for v in value], "$class": self.kind("NSMutableArray")})
        if isinstance(value, bytes):
            return self.keep({"NS.data": value, "$class": self.kind("NSMutableData")})
        if isinstance(value, tuple):
            own = {k: v if isinstance(v, int) else self.add(v) for k, v in value[1].items()}
            return self.keep({**own, "$class": self.kind(value[0])})
        return self.keep(value)

one = {"secret": base64.b32decode(KEY), "digits": 0, "period": 0, "issuer": "GitHub", "label": "alice", "type": 2, "algorithm": 0, "counter": 0}
two = {"secret": base64.b32decode(OTHER), "digits": 8, "period": 0, "issuer": "Acme", "label": "bob", "type": 1, "algorithm": 2, "counter": 7}
folder = lambda name, *accounts: ("ACOTPFolder", {"ID": "1", "name": name, "accounts": [("ACOTPAccount", account) for account in accounts]})
def rncryptor(text):
    salts, iv = fixed(16, "rn"), fixed(16, "iv")
    derive = lambda salt: hashlib.pbkdf2_hmac("sha1", PASSWORD, salt, 10000, 32)
    sealed = b"\3\1" + salts + iv + cbc(derive(salts[:8]), iv, text)
    return sealed + hmac.digest(derive(salts[8:]), sealed, "sha256")
outer = lambda word, value: cbc(hashlib.sha256(word).digest(), bytes(16), Archive(value).bytes)
sealed = cbc(hashlib.sha256(b"some salt-" + PASSWORD).digest(), hashlib.sha1(b"some iv").digest()[:16], Archive(one).bytes)
put("otp-auth.otpauth", outer(b"OTPAuth", {"Data": sealed, "Version": 1.1, "Salt": "some salt", "IV": b"some iv"}))
put("otp-auth.otpauthdb", outer(b"Authenticator", {"Version": 1.1, "WrappedData":
    rncryptor(Archive({"Folders": [folder("work", one), folder("home", two)], "DeletedAccountIDs": []}).bytes)}))

member = lambda kind, service, account, secret, legacy, **more: {"otp_type": kind, "account": account, "service": service, "icon": None,
    "secret": secret, "digits": 6, "algorithm": "sha1", "period": 30, "counter": None, "legacy_uri": legacy, **more}
put("2fauth.json", json.dumps({"app": "2fauth_v5.6.0", "schema": 1, "datetime": "2026-01-01T00:00:00.000000Z", "data": [
    member("totp", "GitHub", "alice", KEY, URIS[0]),
    member("hotp", "Acme", "bob", OTHER, URIS[1].replace("counter=7", "counter=1"), digits=8, algorithm="sha256", period=None, counter=7)]}).replace("/", "\\/"))

put("authme.authme", json.dumps({"role": "codes", "encrypted": False, "codes": b64(
    f"\nName:   alice \nSecret: {KEY} \nIssuer: GitHub \nType:   OTP_TOTP\n".encode()), "date": "2026.01.01", "version": 3}, indent="\t"))

gauth = f"alice: {KEY.lower()}\n\n{URIS[1]}\n"
put("gauth.csv", gauth)
made = hashlib.sha256(PASSWORD + fixed(8, "gauth")).digest()
put("gauth-encrypted.csv", b"Salted__" + fixed(8, "gauth") + cbc(made[:16], made[16:], gauth.encode()))

manager = lambda seal: [{"name": "alice", "issuer": "GitHub", "type": "totp", "period": 30, "algorithm": 0, "digits": 6, "counter": None, "icon": "default", "secret": seal(KEY)},
    {"name": "bob", "issuer": "Acme", "type": "hotp", "period": 30, "algorithm": 1, "digits": 8, "counter": 6, "icon": "default", "secret": seal(OTHER)}]
put("otp-manager.json", json.dumps({"accounts": manager(str)}))
iv = fixed(16, "manager")
put("otp-manager-encrypted.json", json.dumps({"accounts": manager(lambda key: b64(cbc(hashlib.sha256(PASSWORD).digest(), iv, key.encode()))), "iv": iv.hex()}))

tokens = json.dumps([{"type": "TOTP", "label": "alice", "issuer": "GitHub", "digits": 6, "algo": "SHA1", "secret": KEY, "period": 30, "group": "work"},
    {"type": "HOTP", "label": "bob", "issuer": "Acme", "digits": 8, "algo": "SHA256", "secret": OTHER, "counter": 7}]).encode()
iv, salt = fixed(16, "otpclient"), fixed(32, "otpclient")
def otpclient(name, head, key):
    put(name, head + AESGCM(key).encrypt(iv, tokens, head))
otpclient("otpclient-1.enc", iv + salt, hashlib.pbkdf2_hmac("sha512", PASSWORD, salt, 100000, 32))
otpclient("otpclient-2.enc", struct.pack("<9s3xi16s32siii", b"OTPClient", 2, iv, salt, 1, 8192, 1), argon(salt, 1, 8192, 1))
otpclient("otpclient-3.enc", struct.pack(">9si16s32siii", b"OTPClient", 3, iv, salt, 1, 8192, 1), argon(salt, 1, 8192, 1))

iv = fixed(16, "2fast")
seal = lambda text: b64(cbc(hashlib.pbkdf2_hmac("sha256", PASSWORD, bytes([14, 223, 35, 197, 93, 242, 239, 8]), 25000, 32), iv, text))
put("2fast.2fa", json.dumps({"Collection": [{"Label": seal(b"alice"), "Issuer": seal(b"GitHub"), "IsFavourite": False, "Period": 30, "HashMode": 0, "OTPType": seal(b"totp"),
    "TotpSize": 6, "SecretByteArray": seal(base64.b32decode(KEY)), "AccountIconName": "", "Notes": "", "SelectedCategories": [{"Name": seal(b"work")}]},
    {"Label": seal(b"carol"), "Issuer": seal(b"Steam"), "IsFavourite": True, "Period": 30, "HashMode": 0, "OTPType": seal(b"steam"),
    "TotpSize": 5, "SecretByteArray": seal(base64.b32decode(OTHER)), "AccountIconName": "", "Notes": "", "SelectedCategories": None}],
    "GlobalCategories": None, "IV": b64(iv), "Version": 2}))

derived, nonce = argon(fixed(16, "keysmith"), 1, 8192, 1), fixed(24, "keysmith")
box = lambda text: b64(sodium.crypto_secretbox(text, nonce, derived))
put("keysmith.conf", f"""[%7B072a645d-6c26-57cc-81eb-d9ef3b9b39e2%7D]
account=alice
epoch=1970-01-01T00:00:00.000Z
hash=Sha1
issuer=GitHub
nonce={b64(nonce)}
pinLength=6
secret="{box(base64.b32decode(KEY))}"
timeStep=30
type=totp

[%7B437c23aa-2fb0-519a-9a34-a5a2671eea24%7D]
account=bob
checksum=true
counter=7
issuer=Acme
nonce={b64(nonce)}
pinLength=6
secret="{box(base64.b32decode(OTHER))}"
type=hotp

[%7B534cc72e-e9ec-5e39-a1ff-9f017c9be8cc%7D]
account=M\\xfcller
checksum=false
counter=7
issuer=Acme
nonce={b64(nonce)}
pinLength=8
secret="{box(base64.b32decode(OTHER))}"
type=hotp

[master-key]
algorithm=2
challenge={box(b"a challenge")}
cpu=1
length=32
memory=8388608
nonce={b64(nonce)}
salt="{b64(fixed(16, "keysmith"))}"
""")
# Password managers in JSON and zip.
def packed(name, members):
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, text in members:
            archive.writestr(zipfile.ZipInfo(member, (2026, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
packed("bitwarden.zip", [("attachments/i/recovery.txt", URIS[1]), ("data.json", json.dumps(bitwarden))])
packed("bitwarden-sealed.zip", [("data.json", open("bitwarden-pbkdf2.json").read())])
doc("bitwarden-list.json", [{"object": "item", "id": "i", "organizationId": None, "reprompt": 0, **item} for item in items])
packed("dashlane.zip", [("securenotes.csv", "title,note\n"), ("credentials.csv", f"username,username2,username3,title,password,note,url,category,otpUrl\nalice,,,GitHub,hunter2,,,,{URIS[0]}\nbob,,,Acme,hunter2,,,,{URIS[1]}\n")])
editable = lambda value: {"id": "aQ", "fieldType": "string", "value": value}
doc("cxf.json", {"version": {"major": 1, "minor": 0}, "exporterRpId": "pm.example", "exporterDisplayName": "PM", "timestamp": 1767225600, "accounts": [
    {"id": "YQ", "username": "alice", "email": "alice@example.com", "collections": [{"id": "Yw", "title": "work", "items": [{"item": "aQ"}]}], "items": [
        {"id": "aQ", "title": "GitHub", "credentials": [{"type": "basic-auth", "username": editable("alice"), "password": editable("hunter2")},
            {"type": "totp", "secret": KEY, "period": 30, "digits": 6, "algorithm": "sha1"}]}]},
    {"id": "Yg", "username": "bob", "email": "bob@example.com", "collections": [], "items": [
        {"id": "ag", "title": "A title", "credentials": [{"type": "totp", "secret": OTHER, "period": 60, "digits": 8, "username": "bob", "algorithm": "sha256", "issuer": "Acme"},
            {"type": "totp", "secret": OTHER, "period": 30, "digits": 6, "username": "dave", "algorithm": "sha3-256", "issuer": "Strange"}]}]}]})
packed("cxf-sealed.zip", [("CXP-Export/index.jwe", "e30.a.b.c.d"), ("CXP-Export/documents/aQ.jwe", "e30.a.b.c.d")])
field = lambda kind, value, **more: {"deleted": 0, "label": kind, "order": 1, "sensitive": 0, "type": kind, "uid": 10, "value": value, **more}
entry = lambda title, fields, **more: {"uuid": title, "title": title, "category": "login", "template_type": "login.default", "trashed": 0, "archived": 0, "fields": fields, **more}
doc("enpass.json", {"folders": [{"uuid": "f", "title": "work", "parent_uuid": ""}], "items": [
    entry("GitHub", [field("username", "alice"), field("password", "hunter2"), field("totp", KEY.lower())], folders=["f"]),
    entry("a note", [], category="note"),
    entry("Acme", [field("username", "bob"), field("totp", URIS[1])])]})
web = lambda uuid, title, user, secret, **more: {"uuid": uuid, "title": title, "typeName": "webforms.WebForm", "secureContents": {"fields": [{"designation": "username", "name": "u", "value": user, "type": "T"}],
    "sections": [{"fields": [{"k": "concealed", "n": "TOTP_" + uuid, "v": secret, "t": "one-time password"}, {"k": "monthYear", "n": "expiry", "v": 202501, "t": "expiry"}]}]}, **more}
pif = [web("i", "GitHub", "alice", KEY, folderUuid="f"), {"uuid": "f", "title": "work", "typeName": "system.folder.Regular", "secureContents": {}}, web("j", "Acme", "bob", URIS[1])]
put("1password.1pif", "".join(json.dumps(each) + "\n***5642bee8-a5ff-11dc-8314-0800200c9a66***\n" for each in pif))
op = lambda title, user, secret, **more: {"id": title, "title": title, "category": "LOGIN", "vault": {"id": "v", "name": "Private"}, "fields": [
    {"id": "username", "type": "STRING", "purpose": "USERNAME", "label": "username", "value": user},
    {"id": "password", "type": "CONCEALED", "purpose": "PASSWORD", "label": "password", "value": "hunter2"},
    {"id": "TOTP_1", "type": "OTP", "label": "one-time password", "value": secret, "totp": "123456"}], **more}
put("1password-op.json", "\n".join(json.dumps(each, indent=1) for each in (op("GitHub", "alice", KEY, tags=["work"]), op("Acme", "bob", URIS[1]))) + "\n")
doc("keeper.json", {"shared_folders": [], "records": [
    {"title": "GitHub", "login": "alice", "password": "hunter2", "$type": "login", "custom_fields": {"$oneTimeCode::1": KEY}, "folders": [{"folder": "work"}]},
    {"title": "Acme", "login": "bob", "custom_fields": {"$phone::1": [{"number": "5", "ext": "1"}], "TFC:Keeper": URIS[1]}}]})
doc("passman.json", [{"credential_id": 1, "guid": "g", "label": "GitHub", "username": "alice", "password": "hunter2", "tags": [{"text": "work"}], "custom_fields": [], "delete_time": 0, "otp": {"secret": KEY}},
    {"credential_id": 2, "guid": "h", "label": "Acme", "username": "bob", "tags": [], "custom_fields": [], "delete_time": 0, "otp": {"type": "hotp", "label": "Acme:bob", "qr_uri": {"qrData": URIS[1], "image": ""}, "secret": OTHER, "issuer": "Acme"}},
    {"credential_id": 3, "guid": "i", "label": "none", "tags": [], "otp": {}}])
doc("psono.json", {"folders": [{"name": "work", "items": [{"type": "website_password", "name": "GitHub", "website_password_title": "GitHub", "website_password_username": "alice", "website_password_password": "hunter2", "website_password_totp_code": KEY}]}],
    "items": [{"type": "totp", "name": "Acme", "totp_title": "Acme", "totp_code": OTHER, "totp_period": 60, "totp_algorithm": "SHA256", "totp_digits": 8}]})
value = lambda key, value: {"id": key, "fieldKey": key, "fieldDefinitionId": None, "value": value, "weight": 0}
manifest = {"version": "1.0.0", "exportedBy": "me", "folders": [{"id": "f", "name": "work", "parentFolderId": None}], "tags": [], "itemTags": [], "fieldDefinitions": [], "logos": [], "items": [
    {"id": "i", "name": "GitHub", "itemType": "Login", "folderId": "f", "fieldValues": [value("login.username", "alice"), value("login.password", "hunter2")], "totpCodes": [{"id": "t", "name": "code", "secretKey": KEY}]},
    {"id": "j", "name": "Acme", "itemType": "Login", "folderId": None, "fieldValues": [value("login.email", "bob")], "totpCodes": [{"id": "t", "name": "code", "secretKey": URIS[1]}]}]}
packed("aliasvault.avux", [("manifest.json", json.dumps(manifest)), ("attachments/i_a_note.txt", "note")])
salt = b64(fixed(32, "avex"))
header = {"format": "avex", "version": "1.0.0", "kdf": {"type": "Argon2Id", "salt": salt, "params": {"DegreeOfParallelism": 1, "MemorySize": 1024, "Iterations": 2}}, "encryption": {"algorithm": "AES-256-GCM", "encryptedDataOffset": 0}}
sealed = AESGCM(argon(salt.encode(), 2, 1024, 1)).encrypt(fixed(12, "avex"), open("aliasvault.avux", "rb").read(), None)
put("aliasvault.avex", json.dumps(header, indent=2).encode() + b"\n-----BEGIN ENCRYPTED DATA-----\n" + fixed(12, "avex") + sealed)
packed("proton-pass-sealed.zip", [("Proton Pass/data.pgp", "-----BEGIN PGP MESSAGE-----\n")])
put("buttercup.bcup", "b~>buttercup/b" + b64(fixed(64, "bcup")) + "$" + "00" * 16 + "$salt$" + "00" * 32 + "$250000$cbc")
# Password managers: a URI in a cell of its own needs no quotes, but most programs quote every cell.
cells = lambda *row: ",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n"
put("enpass.csv", cells("GitHub", "Username", "alice", "E-mail", "", "*Password", "pw", "Website", "https://github.com/", "One-time code", KEY, "two\nlines")
    + cells("Acme", "Benutzername", "bob", "*Kennwort", "pw, with comma", "*Einmal-Code", URIS[1]) + cells("A note", "some text")
    + cells("Visa", "Cardholder", "alice", "*CVC", "123", "Recovery", "JBSWY3DPEHPK3PXP"))
put("enpass.txt", f"Title : GitHub\nUsername : alice\nPassword : a : b\nTOTP : {KEY}\nNote : two\nlines\n\nTitle : Acme\nEmail : bob\nTOTP : {URIS[1]}\n")
put("keeper.csv", cells("work", "GitHub", "alice", "pw", "https://github.com/", "two\nlines", "", "Account ID", "1", "TFC:Keeper", URIS[0])
    + cells("", "Acme", "bob", "pw", "", "", "Team#edit#reshare", "$record_uid", "AAAA", "$oneTimeCode:1", URIS[1]) + cells("", "A note", "", "", "", "text", ""))
put("zoho-vault.csv", "\ufeff" + cells("Password Name", "Description", "Password URL", "SecretData", "Notes", "CustomData", "Tags", "Classification", "Favorite", "login_totp", "Folder Name")
    + f'GitHub,,https://github.com/,"SecretType:Web Account\nUser Name:alice\nPassword:a:b\n",,"",,E,0,otpauth://totp?secret={KEY}&algorithm=SHA1&period=30&digits=6,work\n'
    + f'Acme,,,"SecretType:Web Account\nUser Name:bob\n",,"Code:x\nTOTP:{URIS[1]}\n",,E,0,,\n')
put("roboform.csv", "\ufeffName,Url,MatchUrl,Login,Pwd,Note,Folder,RfFieldsV2\n"
    + f'GitHub,https://github.com,https://github.com,alice,pw,,/work,"User ID$,,,txt,alice","Password$,,,pwd,""p""""w""","TOTP KEY$,,,txt,{KEY}"\n'
    + f'Acme,,,bob,pw,"two\nlines",,"User ID$,,,txt,bob","TOTP KEY$,,,txt,{URIS[1]}"\nA note,,,,,text,\n')
put("roboform-old.csv", f"Name,Url,Login,Pwd,Note,Folder,Rf_fields\nGitHub,,alice,pw,,/work,User ID$:txt:alice,TOTP KEY$:txt:{KEY}\nAcme,,bob,pw,,,User ID$:txt:bob,Code:txt:{URIS[1]}\n")
put("buttercup.csv", f"!type,!group_id,!group_name,!group_parent,title,username,password,URL,id,One-time code\ngroup,g,work,0,,,,,,\ngroup,t,Trash,0,,,,,,\nentry,g,,,GitHub,alice,pw,,i,{KEY}\nentry,t,,,Acme,bob,pw,,j,{URIS[1]}\n")
put("myki-twofa.csv", f"nickname,status,tags,authToken,additionalInfo\nGitHub,active,work,{KEY},\nAcme,active,,{URIS[1]},\n")
put("psono.csv", "path,type,website_password_title,website_password_username,website_password_totp_period,website_password_totp_algorithm,website_password_totp_digits,website_password_totp_code,totp_title,totp_period,totp_algorithm,totp_digits,totp_code\n"
    + f"\\work\\,website_password,GitHub,alice,30,SHA1,6,{KEY},,,,,\n\\,totp,,,,,,,Acme,60,SHA256,8,{OTHER}\n")
put("nordpass.csv", "name,url,additional_urls,username,password,note,folder,type,custom_fields\n"
    + 'GitHub,,,alice,pw,,work,password,"[{""type"":""hidden"",""label"":""TOTP"",""value"":""' + KEY + '""}]"\n'
    + 'Acme,,,bob,pw,,,password,"[{""type"":""text"",""label"":""code"",""value"":""' + URIS[1] + '""}]"\nwork,,,,,,,folder,\n')
put("aliasvault.csv", f"ServiceName,FolderPath,ServiceUrl,Username,CurrentPassword,AliasEmail,TwoFactorSecret,Notes\nGitHub,work,,alice,pw,,{KEY},\nAcme,,,,pw,bob,{URIS[1]},\n")
escaped = lambda text: text.replace("&", "&amp;")
field = lambda kind, name, text: f'<field name="{name}" type="{kind}">{escaped(text)}</field>'
put("safeincloud.xml", '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<database>\n<label name="work" id="1"></label>\n<card title="Web Account" id="102" symbol="web_site" template="true">'
    + field("login", "Login", "") + field("one_time_password", "One-time password", "") + '</card>\n<card title="GitHub" id="300" symbol="g">' + field("login", "Email", "alice")
    + field("one_time_password", "One-time password", KEY) + '<label_id>1</label_id></card>\n<card title="Acme" id="301" symbol="a" deleted="true">' + field("login", "Login", "bob")
    + field("text", "2FA", URIS[1]) + "</card>\n</database>\n")
put("password-safe.xml", '<?xml version="1.0" encoding="UTF-8"?>\n<passwordsafe\ndelimiter="»"\nDatabase="pwsafe.psafe3">\n'
    + f"<entry><group>work</group><title>GitHub</title><username>alice</username><password><![CDATA[pw]]></password><twofactorkey><![CDATA[{KEY}]]></twofactorkey></entry>\n"
    + f"<entry><title>Acme</title><username>bob</username><password>pw</password><twofactorkey>{OTHER}</twofactorkey><totpconfig>0</totpconfig><totpstarttime>1970-01-01T01:00:00</totpstarttime><totptimestep>60</totptimestep><totplength>8</totplength></entry>\n"
    + f"<entry><title>Odd</title><password>pw</password><twofactorkey>{KEY}</twofactorkey><totpconfig>1</totpconfig></entry>\n</passwordsafe>\n")
row = lambda name, kind, text: f'<tr><th>{name}</th><td class="{kind}">{escaped(text)}</td></tr>'
entry = lambda title, rows: f'<tr><td width="1%"></td><td style="padding-bottom: 0.5em;"><table width="100%"><caption>{title}</caption>{rows}</table></td></tr>'
put("keepassxc.html", '<html><head><meta charset="UTF-8"><title>Passwords</title></head>\n<body><h1>Passwords</h1><hr><h2>&nbsp;Root</h2>\n<table width="95%">'
    + entry("GitHub", row("User name", "username", "alice") + row("Password", "password", "pw") + row("otp", "attr", URIS[0]))
    + entry("Acme", row("User name", "username", "bob") + row("HmacOtp-Secret-Base32", "attr", OTHER) + row("HmacOtp-Counter", "attr", "7")) + "</table>\n</body></html>")
