//! Functions on the way to a code: `cargo bench`. Compare only within one run: times drift.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use divan::{Bencher, black_box};
use mfa::export::{Options, Target};
use mfa::import::{self, Input};
use mfa::otp::{self, Account, AccountId, Secret};
use mfa::qr;
use mfa::vault::format::{DataKey, Random, RandomError, SlotKey, document, seal};
use mfa::vault::{Argon2id, Envelope, Header, KeyFile, SlotKind, Vault, resolve};

const SIZES: [usize; 3] = [1, 100, 10_000];
const URI: &str = "otpauth://totp/Amazon%20Web%20Services:my-iam-user@123456789012?\
    secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Amazon%20Web%20Services";

fn main() {
    divan::main();
}

struct Zeros;

impl Random for Zeros {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        bytes.fill(0);
        Ok(())
    }
}

fn vault(size: usize) -> Vault {
    let account = |n: usize| {
        let uri = URI.replace("my-iam-user", &format!("user-{n}"));
        let id = AccountId::new(n as u64, &[0; 10]);
        Account::from_draft(otp::parse(&uri).unwrap().draft, id, 0)
    };
    Vault {
        accounts: (0..size).map(account).collect(),
        ..Vault::default()
    }
}

fn sealed(size: usize) -> (Vec<u8>, DataKey) {
    let key = DataKey::from_bytes([7; 32]);
    let with = SlotKey::from_bytes([8; 32]);
    let mut header = Header {
        vault_id: [1; 16],
        epoch: 1,
        rev: 1,
        device: [2; 16],
        key_commit: key.commitment(),
        slots: Vec::new(),
    };
    let kind = SlotKind::KeyFile(KeyFile);
    let slot = seal::wrap(&header, kind, &with, &key, &mut Zeros).unwrap();
    header.slots.push(slot);
    let plaintext = document::write(&vault(size)).unwrap();
    let envelope = seal::seal(header, &key, &plaintext, &mut Zeros).unwrap();
    (envelope.to_json(), key)
}

#[divan::bench]
fn code(bencher: Bencher) {
    let credential = otp::parse(URI).unwrap().draft.credential;
    bencher.bench(|| credential.window(black_box(1_700_000_000)));
}

#[divan::bench]
fn parse_uri() {
    black_box(otp::parse(black_box(URI)).unwrap());
}

#[divan::bench]
fn parse_base32() {
    let text = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    black_box(Secret::from_base32(black_box(text)).unwrap());
}

#[divan::bench(args = SIZES)]
fn parse_envelope(bencher: Bencher, size: usize) {
    let (bytes, _) = sealed(size);
    bencher.bench(|| Envelope::parse(black_box(&bytes)).unwrap());
}

#[divan::bench(args = SIZES)]
fn open(bencher: Bencher, size: usize) {
    let (bytes, key) = sealed(size);
    let envelope = Envelope::parse(&bytes).unwrap();
    bencher
        .with_inputs(|| envelope.clone())
        .bench_values(|e| seal::open(e, &key).unwrap());
}

#[divan::bench(args = SIZES)]
fn parse_document(bencher: Bencher, size: usize) {
    let plaintext = document::write(&vault(size)).unwrap();
    bencher.bench(|| document::parse(black_box(&plaintext)).unwrap());
}

#[divan::bench(args = SIZES)]
fn write_document(bencher: Bencher, size: usize) {
    let vault = vault(size);
    bencher.bench(|| document::write(black_box(&vault)).unwrap());
}

#[divan::bench(args = SIZES)]
fn import_uris(bencher: Bencher, size: usize) {
    let uri = |account: &Account| {
        otp::format(&account.issuer, &account.name, &account.credential).to_string()
    };
    let uris: Vec<_> = vault(size).accounts.iter().map(uri).collect();
    let text = uris.join("\n");
    bencher.bench(|| import::read(&Input::new(black_box(text.as_bytes()), "uris"), None).unwrap());
}

#[divan::bench(args = SIZES)]
fn export_aegis(bencher: Bencher, size: usize) {
    let accounts = vault(size).accounts;
    let target = Target::named("aegis-plain").unwrap();
    bencher.bench(|| {
        let options = Options::new("", &[0; 256]);
        let export = target.write(black_box(&accounts), &options).unwrap();
        export.count
    });
}

#[divan::bench]
fn draw_a_qr_code() {
    black_box(qr::Matrix::new(black_box(URI)).unwrap().to_svg());
}

#[divan::bench(args = SIZES)]
fn resolve_by_user(bencher: Bencher, size: usize) {
    let vault = vault(size);
    bencher.bench(|| {
        matches!(
            resolve(&vault.accounts, black_box("user-0")),
            mfa::vault::Match::One(_)
        )
    });
}

#[divan::bench(sample_count = 10)]
fn argon2id_of_a_passphrase() {
    black_box(
        Argon2id::recommended([0; 16])
            .derive(black_box("correct horse"))
            .unwrap(),
    );
}

#[divan::bench]
fn read_the_picture_of_aws(bencher: Bencher) {
    let picture = include_bytes!("../data/aws.png");
    bencher.bench(|| qr::read(black_box(picture)).unwrap().len());
}
