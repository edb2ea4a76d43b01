//! FreeOTP 2's backup: a `HashMap<String, String>` as Java serializes it (Java Object Serialization
//! Specification, section 6.4), with JSON in its values and AES-GCM in the JSON.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::import::detect::{Format, certain};
use crate::import::formats::freeotp;
use crate::import::formats::freeotp::Token;
use crate::import::ingest::Contents;
use crate::import::support::crypto::{self, Hash, damaged};
use crate::import::support::json;
use crate::import::{ImportError, Input, MAX_ROWS, Skipped};

pub(crate) const FORMAT: Format = Format {
    name: "freeotp2",
    title: "FreeOTP 2 (externalBackup.xml)",
    probe: |look| certain(look.starts_with(JAVA_MAGIC)),
    read,
};

/// The magic number of a Java object stream, and its version.
const JAVA_MAGIC: &[u8] = &[0xac, 0xed, 0, 5];

#[derive(Deserialize)]
struct MasterKey {
    #[serde(rename = "mAlgorithm")]
    algorithm: String,
    #[serde(rename = "mIterations")]
    iterations: u32,
    #[serde(rename = "mSalt")]
    salt: Vec<i16>,
    #[serde(rename = "mEncryptedKey")]
    key: SealedKey,
}

#[derive(Deserialize)]
struct SealedKey {
    #[serde(rename = "mCipherText")]
    text: Vec<i16>,
    /// The nonce and the length of the tag, in DER.
    #[serde(rename = "mParameters")]
    parameters: Vec<i16>,
    #[serde(rename = "mToken")]
    token: String,
}

#[derive(Deserialize)]
struct Sealed {
    /// A [`SealedKey`] as JSON in a string.
    key: String,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let map = hash_map(input.bytes)?;
    let master = map
        .get("masterKey")
        .ok_or_else(|| damaged("it has no master key"))?;
    let master: MasterKey = json::read(master.as_bytes())?;
    let hash = match master.algorithm.to_ascii_lowercase().as_str() {
        "pbkdf2withhmacsha1" => Hash::Sha1,
        "pbkdf2withhmacsha256" => Hash::Sha256,
        "pbkdf2withhmacsha512" => Hash::Sha512,
        _ => return Err(ImportError::Newer("an unknown key derivation".to_owned())),
    };
    let salt = freeotp::bytes(&master.salt).ok_or_else(|| damaged("its salt is malformed"))?;
    let key = crypto::pbkdf2(hash, input.password()?, &salt, master.iterations)?;
    let key = master.key.open(&key).ok_or(ImportError::WrongPassword)?;
    let key = <[u8; 32]>::try_from(key.as_slice()).map_err(|_| damaged("its key is too short"))?;
    let key = zeroize::Zeroizing::new(key);
    let mut rows = Vec::new();
    for (name, text) in &map {
        let Some(id) = name.strip_suffix("-token") else {
            continue;
        };
        let place = format!("token {}", rows.len() + 1);
        let Ok(token) = json::read::<Token>(text.as_bytes()) else {
            rows.push(crate::import::support::row::unreadable(place));
            continue;
        };
        let secret = map.get(id).and_then(|sealed| {
            let sealed: Sealed = json::read(sealed.as_bytes()).ok()?;
            let sealed: SealedKey = json::read(sealed.key.as_bytes()).ok()?;
            sealed.open(&key)
        });
        rows.push(match secret {
            Some(secret) => freeotp::row(token, secret, &place),
            None => Err(Skipped {
                place,
                name: String::new(),
                reason: "its key is missing or damaged".to_owned(),
            }),
        });
    }
    Ok(Contents::from_rows(rows))
}

impl SealedKey {
    fn open(&self, key: &[u8; 32]) -> Option<crypto::Plaintext> {
        let text = freeotp::bytes(&self.text)?;
        let parameters = freeotp::bytes(&self.parameters)?;
        let mut rest = parameters.as_slice();
        if let [0x30, _, inner @ ..] = rest {
            rest = inner;
        }
        let [0x04, length, rest @ ..] = rest else {
            return None;
        };
        let nonce = rest.get(..usize::from(*length))?;
        crypto::open_gcm(key, nonce, &text, self.token.as_bytes())
    }
}

/// The unread rest of a Java object stream.
struct Stream<'a>(&'a [u8]);

impl<'a> Stream<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], ImportError> {
        let (taken, rest) =
            (self.0.split_at_checked(count)).ok_or_else(|| damaged("the backup is cut short"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self, bytes: usize) -> Result<usize, ImportError> {
        let digits = self.take(bytes)?.iter();
        let number = digits.fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
        usize::try_from(number).map_err(|_| damaged("the backup has an invalid length"))
    }

    fn expect(&mut self, bytes: &[u8]) -> Result<(), ImportError> {
        if self.take(bytes.len())? == bytes {
            return Ok(());
        }
        Err(damaged("the backup is not a Java HashMap of texts"))
    }

    /// Reads modified UTF-8. It differs from UTF-8 only in NUL and beyond the basic plane.
    fn text(&mut self, bytes: usize) -> Result<zeroize::Zeroizing<String>, ImportError> {
        let length = self.number(bytes)?;
        let text = String::from_utf8_lossy(self.take(length)?).into_owned();
        Ok(zeroize::Zeroizing::new(text))
    }

    fn string(&mut self) -> Result<zeroize::Zeroizing<String>, ImportError> {
        match self.take(1)? {
            [0x74] => self.text(2),
            [0x7c] => self.text(8),
            _ => Err(damaged("the backup is not a Java HashMap of texts")),
        }
    }
}

fn hash_map(bytes: &[u8]) -> Result<BTreeMap<String, zeroize::Zeroizing<String>>, ImportError> {
    let mut stream = Stream(bytes);
    stream.expect(JAVA_MAGIC)?;
    // A new object, and the description of its class.
    stream.expect(&[0x73, 0x72])?;
    if *stream.text(2)? != "java.util.HashMap" {
        return Err(damaged("the backup is not a Java HashMap"));
    }
    // Serial version and flags.
    stream.take(9)?;
    let fields = stream.number(2)?;
    for _ in 0..fields.min(16) {
        if !matches!(stream.take(1)?, [b'F' | b'I']) {
            return Err(damaged("the backup is not a Java HashMap"));
        }
        stream.text(2)?;
    }
    // End of the class, no superclass; the fields' values; a block of 8 bytes.
    stream.expect(&[0x78, 0x70])?;
    stream.take(4 * fields.min(16))?;
    stream.expect(&[0x77, 8])?;
    stream.take(4)?;
    let size = stream.number(4)?;
    if size > MAX_ROWS {
        return Err(ImportError::TooCostly("too many tokens".to_owned()));
    }
    let mut map = BTreeMap::new();
    for _ in 0..size {
        let name = stream.string()?.to_string();
        map.insert(name, stream.string()?);
    }
    Ok(map)
}
