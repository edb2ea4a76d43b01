//! SQLCipher 3 (zetetic.net/sqlcipher/design): pages of 1024 bytes, each with an IV and an HMAC.

use aes::cipher::KeyIvInit;
use cbc::cipher::{BlockModeDecrypt, block_padding::NoPadding};
use hmac::Hmac;
use sha1::Sha1;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::import::ImportError;
use crate::import::support::crypto::{self, Hash, Plaintext, damaged};
use crate::import::support::sqlite;

/// Bytes of a page. A database is a whole number of pages.
pub(crate) const PAGE: usize = 1024;
/// Bytes at the end of each page: IV 16, HMAC 20, and padding to cipher blocks.
const RESERVED: usize = 48;

pub(crate) fn open(bytes: &[u8], password: &str) -> Result<Plaintext, ImportError> {
    let (salt, _) = bytes
        .split_at_checked(16)
        .ok_or_else(|| damaged("it is cut short"))?;
    let key = crypto::pbkdf2(Hash::Sha1, password, salt, 64_000)?;
    let mac_salt: Vec<u8> = salt.iter().map(|byte| byte ^ 0x3a).collect();
    let mut mac_key = Zeroizing::new([0; 32]);
    pbkdf2::pbkdf2_hmac::<Sha1>(&*key, &mac_salt, 2, mac_key.as_mut_slice());
    let mut plain = Zeroizing::new(Vec::with_capacity(bytes.len()));
    for (number, page) in (1_u32..).zip(bytes.chunks(PAGE)) {
        let start = if number == 1 { 16 } else { 0 };
        if page.len() != PAGE {
            return Err(damaged("the database is cut short"));
        }
        let (content, reserved) = page.split_at(PAGE - RESERVED);
        let (iv, mac) = reserved.split_at(16);
        let parts = [&content[start..], iv, &number.to_le_bytes()];
        let own = crypto::mac::<Hmac<Sha1>>(&*mac_key, &parts).unwrap_or_default();
        if !bool::from(own.ct_eq(&mac[..20])) {
            return Err(match number {
                1 => ImportError::WrongPassword,
                _ => damaged("a page of the database was changed"),
            });
        }
        let mut text = Zeroizing::new(content[start..].to_vec());
        let cipher = cbc::Decryptor::<aes::Aes256>::new_from_slices(&*key, iv);
        cipher
            .ok()
            .and_then(|cipher| {
                cipher
                    .decrypt_padded::<NoPadding>(&mut text)
                    .ok()
                    .map(<[u8]>::len)
            })
            .ok_or_else(|| damaged("a page of the database has an invalid length"))?;
        if number == 1 {
            plain.extend_from_slice(sqlite::MAGIC);
        }
        plain.extend_from_slice(&text);
        plain.extend_from_slice(reserved);
    }
    Ok(plain)
}
