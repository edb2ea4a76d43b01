"""Makes the databases in this folder: all rows of google.db and google-big.db are in their logs, some are
changed and deleted there, and google-open.db has an unfinished change at the end of its log."""
import os, shutil, sqlite3

KEYS = ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"]
TABLE = "CREATE TABLE accounts (_id INTEGER PRIMARY KEY, email TEXT NOT NULL, secret TEXT NOT NULL, counter INTEGER DEFAULT 0, type INTEGER, issuer TEXT)"

def make(name, size, then):
    for end in ("", "-wal", "-shm"):
        if os.path.exists("t.db" + end):
            os.remove("t.db" + end)
    db = sqlite3.connect("t.db", isolation_level=None)
    db.execute(f"PRAGMA page_size={size}"), db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA wal_autocheckpoint=0"), db.execute(TABLE)
    add = lambda email, key: db.execute("INSERT INTO accounts VALUES (NULL, ?, ?, 0, 0, 'Acme')", (email, KEYS[key]))
    then(db, add)
    for end in ("", "-wal"):
        shutil.copy("t.db" + end, name + end)
    db.close()
    for end in ("", "-wal", "-shm"):
        if os.path.exists("t.db" + end):
            os.remove("t.db" + end)

def small(db, add):
    add("ann", 0), add("bob", 1), add("carl", 2)
    db.execute("UPDATE accounts SET email='bea' WHERE email='bob'")
    db.execute("DELETE FROM accounts WHERE email='carl'")

def big(db, add):
    db.execute("BEGIN")
    for number in range(40):
        add(f"{number}" + "x" * 700, 0)
    db.execute("COMMIT"), db.execute("DELETE FROM accounts WHERE _id % 3 = 0")

def unfinished(db, add):
    add("ann", 0)
    db.execute("PRAGMA cache_size=2"), db.execute("BEGIN")
    for number in range(20):
        add("no" + "x" * 400, 1)

make("google.db", 4096, small)
make("google-big.db", 512, big)
make("google-open.db", 512, unfinished)
