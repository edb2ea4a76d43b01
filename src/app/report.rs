//! What commands report about an account, the same in all of them.

use serde::Serialize;

use crate::otp::{Account, Code, Period, Window};

/// An account with its codes, as `--json` gives it. Times are Unix seconds.
#[derive(Serialize)]
pub(crate) struct AccountReport<'a> {
    id: String,
    issuer: &'a str,
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    period: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a [String]>,
    #[serde(flatten)]
    codes: Option<CodesReport>,
}

#[derive(Serialize)]
struct CodesReport {
    code: Option<String>,
    next: Option<String>,
    remaining: Option<u64>,
    valid_from: Option<u64>,
    valid_until: Option<u64>,
}

impl<'a> AccountReport<'a> {
    /// Reports an account without codes.
    pub(crate) fn plain(account: &'a Account) -> Self {
        let kind = account.credential.kind;
        Self {
            id: account.id.to_string(),
            issuer: &account.issuer,
            name: &account.name,
            kind: kind.as_str(),
            period: kind.period().map(Period::get),
            tags: None,
            codes: None,
        }
    }

    /// Adds the account's tags, for lists.
    pub(crate) fn with_tags(mut self, account: &'a Account) -> Self {
        self.tags = Some(&account.tags);
        self
    }

    /// Reports the codes in `window`; all of them are null for HOTP.
    pub(crate) fn at(account: &'a Account, window: Option<&Window>) -> Self {
        let text = |code: &Code| code.as_str().to_owned();
        let codes = CodesReport {
            code: window.map(|w| text(&w.current)),
            next: window.map(|w| text(&w.next)),
            remaining: window.map(|w| w.remaining),
            valid_from: window.map(|w| w.valid_from),
            valid_until: window.map(|w| w.valid_until),
        };
        Self {
            codes: Some(codes),
            ..Self::plain(account)
        }
    }

    /// Reports an HOTP account with one code.
    pub(crate) fn counted(account: &'a Account, code: &Code) -> Self {
        let mut report = Self::at(account, None);
        if let Some(codes) = &mut report.codes {
            codes.code = Some(code.as_str().to_owned());
        }
        report
    }
}
