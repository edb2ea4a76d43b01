//! 2fast for Windows: JSON in which each name and key is encrypted
//! (Project2FA.Shared/Services/Crypto/CryptoService.cs in its repository).

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::crypto::{self, Hash, Key32, Plaintext, damaged};
use crate::import::support::json::{self, Rows, Scalar};
use crate::import::support::row::{Fields, Key, rows};
use crate::import::support::shared::shared_tags;
use crate::import::{ImportError, Input, Row, Skipped};

pub(crate) const FORMAT: Format = Format {
    name: "2fast",
    title: "2fast",
    probe: |look| {
        let is_file = look.json_has(&["Collection", "IV"]);
        certain(is_file && look.json_at(&["Collection"], &["Label", "SecretByteArray"]))
    },
    read,
};

/// The newest known version.
const VERSION: u32 = 2;

/// The salt of every file.
const SALT: [u8; 8] = [14, 223, 35, 197, 93, 242, 239, 8];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct File {
    collection: Rows<Account>,
    #[serde(rename = "IV")]
    iv: String,
    #[serde(default)]
    version: u32,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Account {
    label: Scalar,
    issuer: Scalar,
    period: Scalar,
    hash_mode: Scalar,
    #[serde(rename = "OTPType")]
    kind: Scalar,
    totp_size: Scalar,
    secret_byte_array: Scalar,
    selected_categories: Rows<Category>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Category {
    name: Scalar,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let file: File = json::read(input.bytes)?;
    if file.version > VERSION {
        return Err(ImportError::Newer(format!("2fast {}", file.version)));
    }
    let iv = crypto::require_base64(&file.iv, "the IV")?;
    if iv.len() != 16 {
        return Err(damaged("its IV is not 16 bytes long"));
    }
    let password = input.password()?;
    let key = if file.version < VERSION {
        crypto::pbkdf2(Hash::Sha1, password, &SALT, 1000)?
    } else {
        crypto::pbkdf2(Hash::Sha256, password, &SALT, 25_000)?
    };
    let cipher = Cipher { key, iv };
    let accounts = &file.collection.0;
    let opens = |account: &Account| cipher.account(account).is_some();
    if !accounts.is_empty() && !accounts.iter().flatten().any(opens) {
        return Err(ImportError::WrongPassword);
    }
    let rows = rows(file.collection, "account", |account, place| {
        Some(cipher.row(&account, place))
    });
    Ok(Contents::from_rows(rows))
}

struct Cipher {
    key: Key32,
    iv: Plaintext,
}

impl Cipher {
    fn bytes(&self, field: &Scalar) -> Option<Plaintext> {
        crypto::cbc(&self.key, &self.iv, &crypto::base64(field.0.as_deref()?)?)
    }

    /// A text; null and empty ones are not encrypted.
    fn text(&self, field: &Scalar) -> Option<String> {
        if field.0.is_none() {
            return Some(String::new());
        }
        String::from_utf8(self.bytes(field)?.to_vec()).ok()
    }

    /// All but the tags; `None` if anything cannot be decrypted.
    fn account(&self, account: &Account) -> Option<Fields> {
        Some(Fields {
            issuer: self.text(&account.issuer)?,
            name: self.text(&account.label)?,
            key: Key::Bytes(Zeroizing::new(
                self.bytes(&account.secret_byte_array)?.to_vec(),
            )),
            kind: self.text(&account.kind)?,
            algorithm: account.hash_mode.0.clone().map(|mode| match mode.as_str() {
                "0" => "SHA1".to_owned(),
                "1" => "SHA256".to_owned(),
                "2" => "SHA512".to_owned(),
                _ => mode,
            }),
            digits: account.totp_size.0.clone(),
            period: account.period.0.clone(),
            ..Fields::default()
        })
    }

    fn row(&self, account: &Account, place: String) -> Row {
        let Some(mut fields) = self.account(account) else {
            return Err(Skipped {
                place,
                name: String::new(),
                reason: "it cannot be decrypted".to_owned(),
            });
        };
        let categories = account.selected_categories.0.iter().flatten();
        let names = categories.filter_map(|one| self.text(&one.name));
        fields.tags = shared_tags(names.filter(|name| !name.is_empty()));
        fields.finish(place)
    }
}
