//! A host for unit tests: a vault in memory, a temporary state folder, and scripted answers of AWS.

use std::cell::RefCell;
use std::fmt;
use std::path::PathBuf;
use std::rc::Rc;

use tempfile::TempDir;
use zeroize::Zeroizing;

use super::api::{Api, ApiError, Call, ClockSkew, Endpoints};
use super::config::{EditError, File, Files, Profile, Sections, Source};
use super::host::ChangedBackup;
use super::{Credentials, Error, FreshCode, Host, Notice, OpenVault, StateSeal};
use crate::otp::{Account, Code};
use crate::vault::format::DataKey;
use crate::vault::storage::StateDir;
use crate::vault::storage::StoreError;
use crate::vault::{ChangeError, Vault, by_serial};

/// The error of a test's operation, as text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failed(pub(super) String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

/// The calls that were sent, and the refusals still to come.
#[derive(Default)]
pub(super) struct Script {
    sent: Vec<&'static str>,
    /// Whether each call had a code.
    with_code: Vec<bool>,
    /// Makes the next call of this action fail on the way.
    fail: Option<(&'static str, ApiError)>,
    refuse: Vec<Refuse>,
}

struct Refuse {
    action: &'static str,
    code: &'static str,
    message: &'static str,
}

/// The user `alice` of account 123456789012, with long-term keys in the profile `default`.
pub(super) struct TestHost {
    pub(super) vault: Vault,
    script: Rc<RefCell<Script>>,
    pub(super) data_key: DataKey,
    pub(super) state: StateDir,
    pub(super) notices: RefCell<Vec<Notice>>,
    /// The steps of codes that were not sent.
    pub(super) given_back: Vec<u64>,
    /// AWS's files, and the machine's clock in Unix seconds.
    pub(super) config: &'static str,
    pub(super) now: u64,
    _folder: TempDir,
}

impl TestHost {
    pub(super) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        Self {
            vault: Vault::default(),
            script: Rc::default(),
            data_key: DataKey::from_bytes([7; 32]),
            state: StateDir::new(folder.path().to_owned()),
            notices: RefCell::default(),
            given_back: Vec::new(),
            config: "",
            now: 1_700_000_000,
            _folder: folder,
        }
    }

    /// How often an action was sent.
    pub(super) fn sent(&self, action: &str) -> usize {
        let script = self.script.borrow();
        script.sent.iter().filter(|sent| **sent == action).count()
    }

    /// How many codes were sent.
    pub(super) fn codes(&self) -> usize {
        let script = self.script.borrow();
        script
            .with_code
            .iter()
            .filter(|has_code| **has_code)
            .count()
    }

    /// Makes the next call of this action fail with this error.
    pub(super) fn fail(&self, action: &'static str, error: ApiError) {
        self.script.borrow_mut().fail = Some((action, error));
    }

    pub(super) fn refuse(&self, action: &'static str, code: &'static str) {
        self.refuse_saying(action, code, "no");
    }

    /// Makes the next call of this action fail with AWS's code and message.
    pub(super) fn refuse_saying(
        &self,
        action: &'static str,
        code: &'static str,
        message: &'static str,
    ) {
        let refuse = Refuse {
            action,
            code,
            message,
        };
        self.script.borrow_mut().refuse.push(refuse);
    }
}

impl Host for TestHost {
    type Error = Failed;

    fn open_vault(&mut self) -> Result<OpenVault, Failed> {
        Ok(OpenVault {
            vault: self.vault.clone(),
            seal: StateSeal::new([1; 16], &self.data_key),
        })
    }

    fn open_vault_if_any(&mut self) -> Result<Option<OpenVault>, Failed> {
        self.open_vault().map(Some)
    }

    fn change_vault<T>(
        &mut self,
        change: impl FnOnce(&mut Vault) -> Result<T, ChangeError>,
    ) -> Result<T, Failed> {
        let mut vault = self.vault.clone();
        let result = change(&mut vault).map_err(|error| Failed(error.to_string()))?;
        self.vault = vault;
        Ok(result)
    }

    fn vault_is_durable(&self) -> bool {
        true
    }

    fn select_account<'a>(&self, vault: &'a Vault, name: &str) -> Result<&'a Account, Failed> {
        let account = by_serial(&vault.accounts, name);
        account.ok_or_else(|| Failed(format!("no account {name}")))
    }

    fn fresh_code(&mut self, account: &Account, ahead: i64) -> Result<FreshCode, Failed> {
        self.now += 30;
        let time = self.now.saturating_add_signed(ahead);
        Ok(FreshCode {
            code: account.credential.window(time).unwrap().current,
            step: time / 30,
            before: None,
        })
    }

    fn give_back(&mut self, _: &Account, unused: &FreshCode) -> Result<(), Failed> {
        self.given_back.push(unused.step);
        Ok(())
    }

    fn fresh_pair(&mut self, account: &Account, ahead: i64) -> Result<[Code; 2], Failed> {
        let first = self.fresh_code(account, ahead)?.code;
        Ok([first, self.fresh_code(account, ahead)?.code])
    }

    fn state(&self) -> &StateDir {
        &self.state
    }

    fn aws_files(&self) -> Result<Files, Failed> {
        let keys = "[default]\naws_access_key_id = AKIA\naws_secret_access_key = s\n";
        Ok(Files {
            config: Sections::parse(self.config, File::Config),
            credentials: Sections::parse(keys, File::Credentials),
            ..Files::default()
        })
    }

    fn change_aws_file(
        &self,
        _: File,
        _: impl FnOnce(&str) -> Result<String, EditError>,
    ) -> Result<Option<PathBuf>, Failed> {
        Ok(None)
    }

    fn move_out_of_aws_file(
        &self,
        _: File,
        _: impl FnOnce(&str) -> String,
    ) -> Result<Option<PathBuf>, Failed> {
        Ok(None)
    }

    fn change_aws_backups(
        &self,
        _: &dyn Fn(File, &str) -> String,
    ) -> Result<Vec<ChangedBackup>, Failed> {
        Ok(Vec::new())
    }

    fn resolve_keys(&self, source: &Source) -> Result<Credentials, Failed> {
        match source {
            Source::Credentials(keys) => Ok(keys.clone()),
            _ => Err(Failed("no keys".to_owned())),
        }
    }

    fn connect(&self, endpoints: Endpoints, _: &Profile) -> Result<Box<dyn Api>, Failed> {
        Ok(Box::new(TestApi {
            endpoints,
            script: Rc::clone(&self.script),
        }))
    }

    fn unix_seconds(&self) -> u64 {
        self.now
    }

    fn random_bytes<const N: usize>(&mut self) -> Result<[u8; N], Failed> {
        self.now += 1;
        Ok([self.now.to_le_bytes()[0]; N])
    }

    fn notify(&self, notice: &Notice) {
        self.notices.borrow_mut().push(notice.clone());
    }
}

struct TestApi {
    endpoints: Endpoints,
    script: Rc<RefCell<Script>>,
}

impl Api for TestApi {
    fn send(&mut self, call: &Call<'_>, _: &Credentials) -> Result<Zeroizing<String>, ApiError> {
        let mut script = self.script.borrow_mut();
        script.sent.push(call.action);
        let has_code = call.parameters.iter().any(|(name, _)| *name == "TokenCode");
        script.with_code.push(has_code);
        if let Some((_, error)) = script.fail.take_if(|(action, _)| *action == call.action) {
            return Err(error);
        }
        let refused = script
            .refuse
            .iter()
            .position(|refuse| refuse.action == call.action);
        if let Some(place) = refused {
            let Refuse { code, message, .. } = script.refuse.remove(place);
            return Err(ApiError::Refused {
                action: call.action,
                code: code.to_owned(),
                message: message.to_owned(),
            });
        }
        let named = |name: &str| {
            let mut pairs = call.parameters.iter();
            pairs
                .find(|(n, _)| *n == name)
                .map_or("", |(_, value)| *value)
        };
        Ok(Zeroizing::new(match call.action {
            "GetCallerIdentity" => "<a><GetCallerIdentityResult>\
                <Arn>arn:aws:iam::123456789012:user/alice</Arn><Account>123456789012</Account>\
                </GetCallerIdentityResult></a>"
                .to_owned(),
            "ListMFADevices" => "<a><ListMFADevicesResult><MFADevices/>\
                <IsTruncated>false</IsTruncated></ListMFADevicesResult></a>"
                .to_owned(),
            "CreateVirtualMFADevice" => format!(
                "<a><CreateVirtualMFADeviceResult><VirtualMFADevice>\
                 <SerialNumber>arn:aws:iam::123456789012:mfa/{}</SerialNumber>\
                 <Base32StringSeed>QUFBQUFBQUE=</Base32StringSeed>\
                 </VirtualMFADevice></CreateVirtualMFADeviceResult></a>",
                named("VirtualMFADeviceName")
            ),
            action @ ("GetSessionToken" | "AssumeRole") => format!(
                "<a><{action}Result><Credentials>\
                 <AccessKeyId>ASIA{}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
                 <SessionToken>t</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration>\
                 </Credentials></{action}Result></a>",
                script.sent.len()
            ),
            action => format!("<{action}Response/>"),
        }))
    }

    fn get(&mut self, _: &str, _: &'static str, _: &str) -> Result<Zeroizing<String>, ApiError> {
        Ok(Zeroizing::default())
    }

    fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    fn clock_skew(&self) -> Option<ClockSkew> {
        None
    }
}
