//! KeePass databases, KDBX 3.1 and 4 (keepass.info/help/kb/kdbx.html): from the file to its XML.
//!
//! The `keepass` crate is not used: it derives the key before its cost can be checked, refuses files
//! that KeePassXC opens (pykeepass's), and loses the order of the entries.

use aes::cipher::{BlockCipherEncrypt, KeyInit, KeyIvInit, StreamCipher};
use cbc::cipher::{BlockModeDecrypt, block_padding::Pkcs7};
use chacha20::ChaCha20;
use salsa20::Salsa20;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::import::detect::{Format, certain};
use crate::import::formats::keepass_xml;
use crate::import::ingest::Contents;
use crate::import::support::crypto::{self, Argon2, Key32, Plaintext, damaged};
use crate::import::support::zip;
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "kdbx",
    title: "KeePass, KeePassXC (KDBX 3 and 4)",
    probe: |look| certain(look.starts_with(&MAGIC)),
    read,
};

/// Both signatures of a KDBX file.
const MAGIC: [u8; 8] = [0x03, 0xd9, 0xa2, 0x9a, 0x67, 0xfb, 0x4b, 0xb5];

const AES: [u8; 16] = *b"\x31\xc1\xf2\xe6\xbf\x71\x43\x50\xbe\x58\x05\x21\x6a\xfc\x5a\xff";
const TWOFISH: [u8; 16] = *b"\xad\x68\xf2\x9f\x57\x6f\x4b\xb9\xa3\x6a\xd4\x7a\xf9\x65\x34\x6c";
const CHACHA: [u8; 16] = *b"\xd6\x03\x8a\x2b\x8b\x6f\x4c\xb5\xa5\x24\x33\x9a\x31\xdb\xb5\x9a";
const KDF_AES: [&[u8]; 2] = [
    b"\xc9\xd9\xf3\x9a\x62\x8a\x44\x60\xbf\x74\x0d\x08\xc1\x8a\x4f\xea",
    b"\x7c\x02\xbb\x82\x79\xa7\x4a\xc0\x92\x7d\x11\x4a\x00\x64\x82\x38",
];
const KDF_ARGON2D: &[u8] = b"\xef\x63\x6d\xdf\x8c\x29\x44\x4b\x91\xf7\xa9\xa4\x03\xe3\x0a\x0c";
const KDF_ARGON2ID: &[u8] = b"\x9e\x29\x8b\x19\x56\xdb\x47\x73\xb2\x3d\xfc\x3e\xc6\xf0\xa1\xe6";

/// The unread rest of some bytes.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], ImportError> {
        let (taken, rest) =
            (self.0.split_at_checked(count)).ok_or_else(|| damaged("the database is cut short"))?;
        self.0 = rest;
        Ok(taken)
    }

    /// Reads a little-endian number of up to 8 bytes.
    fn number(&mut self, bytes: usize) -> Result<u64, ImportError> {
        Ok(number(self.take(bytes)?))
    }

    fn length(&mut self, bytes: usize) -> Result<usize, ImportError> {
        let number = self.number(bytes)?;
        usize::try_from(number).map_err(|_| damaged("the database has an invalid length"))
    }
}

fn number(bytes: &[u8]) -> u64 {
    let digits = bytes.iter().rev().take(8);
    digits.fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[derive(Default)]
struct Header<'a> {
    cipher: &'a [u8],
    compressed: bool,
    seed: &'a [u8],
    iv: &'a [u8],
    kdf: Kdf,
    /// In version 3: the inner cipher and its key, and 32 bytes to check the password with.
    inner: Inner,
    start: &'a [u8],
}

#[derive(Default)]
struct Inner {
    stream: u64,
    key: Zeroizing<Vec<u8>>,
}

#[derive(Default)]
struct Kdf {
    id: Vec<u8>,
    salt: Vec<u8>,
    rounds: u64,
    memory: u64,
    lanes: u64,
    version: u64,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let mut bytes = Bytes(input.bytes);
    bytes.take(MAGIC.len())?;
    bytes.take(2)?;
    let version = bytes.number(2)?;
    if !(3..=4).contains(&version) {
        return Err(ImportError::Newer(format!("KDBX {version}")));
    }
    let header = header(&mut bytes, version)?;
    let header_length = input.bytes.len() - bytes.0.len();
    let key = Zeroizing::new(transformed(&header.kdf, input)?);
    let (inner, xml) = if version == 3 {
        let plain = open_3(&header, &key, bytes)?;
        (header.inner, plain)
    } else {
        let content = blocks_4(&header, &key, bytes, &input.bytes[..header_length])?;
        open_4(&header, &key, &content)?
    };
    let mut stream = inner.stream()?;
    keepass_xml::read_xml(&xml, &mut |bytes| stream.apply_keystream_dyn(bytes))
}

fn header<'a>(bytes: &mut Bytes<'a>, version: u64) -> Result<Header<'a>, ImportError> {
    let mut header = Header::default();
    loop {
        let id = bytes.number(1)?;
        let length = bytes.length(if version == 3 { 2 } else { 4 })?;
        let value = bytes.take(length)?;
        match id {
            0 => return Ok(header),
            2 => header.cipher = value,
            3 => header.compressed = number(value) == 1,
            4 => header.seed = value,
            5 => {
                header.kdf.salt = value.to_vec();
                header.kdf.id = KDF_AES[0].to_vec();
            }
            6 => header.kdf.rounds = number(value),
            7 => header.iv = value,
            8 => header.inner.key = value.to_vec().into(),
            9 => header.start = value,
            10 => header.inner.stream = number(value),
            11 => header.kdf = kdf(value)?,
            _ => {}
        }
    }
}

/// Reads a `VariantDictionary`: typed values by name.
fn kdf(bytes: &[u8]) -> Result<Kdf, ImportError> {
    let mut bytes = Bytes(bytes);
    bytes.take(2)?;
    let mut kdf = Kdf::default();
    loop {
        if bytes.number(1)? == 0 {
            return Ok(kdf);
        }
        let length = bytes.length(4)?;
        let name = bytes.take(length)?;
        let length = bytes.length(4)?;
        let value = bytes.take(length)?;
        match name {
            b"$UUID" => kdf.id = value.to_vec(),
            b"S" => kdf.salt = value.to_vec(),
            b"R" | b"I" => kdf.rounds = number(value),
            b"M" => kdf.memory = number(value),
            b"P" => kdf.lanes = number(value),
            b"V" => kdf.version = number(value),
            _ => {}
        }
    }
}

/// The key from the password alone; databases with a key file are not supported.
fn transformed(kdf: &Kdf, input: &Input<'_>) -> Result<[u8; 32], ImportError> {
    let password = crypto::sha256(&[input.password()?.as_bytes()]);
    let composite = crypto::sha256(&[&*password]);
    let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    if KDF_AES.contains(&kdf.id.as_slice()) {
        return aes_kdf(&composite, &kdf.salt, kdf.rounds);
    }
    if kdf.id != KDF_ARGON2D && kdf.id != KDF_ARGON2ID {
        return Err(ImportError::Newer("an unknown key derivation".to_owned()));
    }
    let numbers = Argon2 {
        is_d: kdf.id == KDF_ARGON2D,
        version: small(kdf.version),
        passes: small(kdf.rounds),
        memory_kib: small(kdf.memory / 1024),
        lanes: small(kdf.lanes),
    };
    crypto::argon2_key(numbers, &*composite, &kdf.salt, input).map(|key| *key)
}

fn aes_kdf(composite: &Key32, seed: &[u8], rounds: u64) -> Result<[u8; 32], ImportError> {
    // KeePass suggests as many rounds as take a second: about 100 million on fast machines.
    if rounds > 200_000_000 {
        let message = format!("{rounds} rounds of AES");
        return Err(ImportError::TooCostly(message));
    }
    let cipher = aes::Aes256::new_from_slice(seed)
        .map_err(|_| damaged("the database has an invalid seed"))?;
    let (low, high) = composite.split_at(16);
    let mut blocks = [low, high].map(|half| {
        let mut block = aes::Block::default();
        block.copy_from_slice(half);
        block
    });
    for _ in 0..rounds {
        cipher.encrypt_blocks(&mut blocks);
    }
    Ok(*crypto::sha256(&[&blocks[0], &blocks[1]]))
}

impl Header<'_> {
    fn decrypt(&self, key: &[u8; 32], sealed: &[u8]) -> Result<Plaintext, ImportError> {
        let key = crypto::sha256(&[self.seed, key]);
        let invalid = |_| damaged("the database has an invalid nonce");
        if self.cipher == CHACHA {
            let mut plain = Zeroizing::new(sealed.to_vec());
            let mut cipher = ChaCha20::new_from_slices(&*key, self.iv).map_err(invalid)?;
            cipher.apply_keystream(&mut plain);
            return Ok(plain);
        }
        if self.cipher == AES {
            return crypto::cbc(&key, self.iv, sealed).ok_or(ImportError::WrongPassword);
        }
        if self.cipher != TWOFISH {
            return Err(ImportError::Newer("an unknown cipher".to_owned()));
        }
        let mut plain = Zeroizing::new(sealed.to_vec());
        let cipher = cbc::Decryptor::<twofish::Twofish>::new_from_slices(&*key, self.iv);
        let length = cipher
            .map_err(invalid)?
            .decrypt_padded::<Pkcs7>(&mut plain)
            .map_err(|_| ImportError::WrongPassword)?
            .len();
        plain.truncate(length);
        Ok(plain)
    }

    fn inflate(&self, plain: Plaintext) -> Result<Plaintext, ImportError> {
        if self.compressed {
            zip::gunzip(&plain)
        } else {
            Ok(plain)
        }
    }
}

/// Version 3: encrypted as a whole; inside, blocks with a SHA-256 each.
fn open_3(header: &Header<'_>, key: &[u8; 32], bytes: Bytes<'_>) -> Result<Plaintext, ImportError> {
    let plain = header.decrypt(key, bytes.0)?;
    let mut bytes = Bytes(&plain);
    if header.start.is_empty() || bytes.take(header.start.len())? != header.start {
        return Err(ImportError::WrongPassword);
    }
    let mut content = Zeroizing::new(Vec::with_capacity(plain.len()));
    loop {
        bytes.take(4)?;
        let hash = bytes.take(32)?;
        let length = bytes.length(4)?;
        if length == 0 {
            return header.inflate(content);
        }
        let block = bytes.take(length)?;
        if Sha256::digest(block).as_slice() != hash {
            return Err(damaged("a part of the database was changed"));
        }
        content.extend_from_slice(block);
    }
}

/// Version 4: blocks with an HMAC each, around the encrypted content.
fn blocks_4(
    header: &Header<'_>,
    key: &[u8; 32],
    mut bytes: Bytes<'_>,
    head: &[u8],
) -> Result<Plaintext, ImportError> {
    if Sha256::digest(head).as_slice() != bytes.take(32)? {
        return Err(damaged("the header of the database was changed"));
    }
    let base = crypto::sha512(&[header.seed, key, &[1]]);
    let key_of = |index: u64| crypto::sha512(&[&index.to_le_bytes(), &*base]);
    let own = crypto::hmac_sha256(&*key_of(u64::MAX), &[head]);
    if !bool::from(own.ct_eq(bytes.take(32)?)) {
        return Err(ImportError::WrongPassword);
    }
    let mut content = Zeroizing::new(Vec::with_capacity(bytes.0.len()));
    for index in 0_u64.. {
        let hmac = bytes.take(32)?;
        let size = bytes.take(4)?;
        let block = bytes.take(usize::try_from(number(size)).unwrap_or(usize::MAX))?;
        let own = crypto::hmac_sha256(&*key_of(index), &[&index.to_le_bytes(), size, block]);
        if !bool::from(own.ct_eq(hmac)) {
            return Err(damaged("a part of the database was changed"));
        }
        if block.is_empty() {
            break;
        }
        content.extend_from_slice(block);
    }
    Ok(content)
}

/// Version 4's decrypted content: an inner header, then the XML.
fn open_4(
    header: &Header<'_>,
    key: &[u8; 32],
    content: &[u8],
) -> Result<(Inner, Plaintext), ImportError> {
    let plain = header.inflate(header.decrypt(key, content)?)?;
    let mut bytes = Bytes(&plain);
    let mut inner = Inner::default();
    loop {
        let id = bytes.number(1)?;
        let length = bytes.length(4)?;
        let value = bytes.take(length)?;
        match id {
            0 => return Ok((inner, Zeroizing::new(bytes.0.to_vec()))),
            1 => inner.stream = number(value),
            2 => inner.key = value.to_vec().into(),
            _ => {}
        }
    }
}

/// The cipher of the protected values: one stream over all of them, in order.
trait Stream {
    fn apply_keystream_dyn(&mut self, bytes: &mut [u8]);
}

impl<C: StreamCipher> Stream for C {
    fn apply_keystream_dyn(&mut self, bytes: &mut [u8]) {
        // It can only fail at the stream's end, after 256 GiB.
        let _ = self.try_apply_keystream(bytes);
    }
}

impl Inner {
    fn stream(&self) -> Result<Box<dyn Stream>, ImportError> {
        let invalid = |_| damaged("the database has an invalid inner key");
        match self.stream {
            2 => {
                let key = crypto::sha256(&[&self.key]);
                let nonce = [0xe8, 0x30, 0x09, 0x4b, 0x97, 0x20, 0x5d, 0x2a];
                let cipher = Salsa20::new_from_slices(&*key, &nonce).map_err(invalid)?;
                Ok(Box::new(cipher))
            }
            3 => {
                let key = crypto::sha512(&[&self.key]);
                let cipher =
                    ChaCha20::new_from_slices(&key[..32], &key[32..44]).map_err(invalid)?;
                Ok(Box::new(cipher))
            }
            _ => Err(ImportError::Newer("an unknown inner cipher".to_owned())),
        }
    }
}
