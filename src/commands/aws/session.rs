//! A session of a profile: from the cache, or got with a code that was never sent before.

use data_encoding::HEXLOWER;

use super::Which;
use super::cache::{self, Cached, Kind};
use super::connect::{Connection, account_of, link};
use super::explain::is_beyond_window;
use crate::app::clock::Clock;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::aws::error::AwsError;
use crate::aws::keys::Keys;
use crate::aws::sts::{self, Mfa};
use crate::otp::{Account, AwsLink};
use crate::vault::repository::Open;

/// AWS's tools call credentials expired this many seconds before they are.
const REFRESH: u64 = 15 * 60;
/// What AWS gives where no length is asked for.
pub const WORKDAY: u32 = 12 * 3600;
const HOUR: u32 = 3600;
/// A device that was enabled may not be known everywhere for some seconds.
const SETTLING: u64 = 60;

/// A session, and what it belongs to.
pub struct Session {
    /// Its keys.
    pub keys: Keys,
    /// Where it came from.
    pub connection: Connection,
    /// Whether AWS was asked for it now.
    pub is_new: bool,
}

impl Session {
    /// Seconds that are left of it.
    pub fn left(&self) -> u64 {
        let now = Clock::machine_seconds();
        self.keys.expires().unwrap_or(now).saturating_sub(now)
    }
}

/// The session of a profile, with at least 15 minutes left. Callers at the same time wait in line,
/// and one of them asks AWS.
///
/// # Errors
/// When the vault is locked, the device or its account is not found, or AWS refuses.
pub fn session(context: &mut Context, which: &Which, renew: bool) -> Result<Session> {
    let mut connection = Connection::new(which)?;
    if let Some(source) = connection.profile.through.clone() {
        let which = Which {
            profile: Some(source),
            duration: None,
            account: which.account.clone(),
        };
        connection.go_through(session(context, &which, false)?.keys);
    }
    let open = context.open_existing()?;
    let named = match which.account.as_deref() {
        Some(name) => Some(context.select(&open.vault, Some(name))?),
        None => None,
    };
    let wanted = Wanted {
        serial: connection.known_serial(&open.vault, named),
        others: match named {
            Some(_) => Vec::new(),
            None => connection.linked(&open.vault),
        },
        duration: duration(which, &connection)?,
        named,
        renew,
    };
    let (keys, is_new) = session_keys(context, &mut connection, &open, &wanted)?;
    Ok(Session {
        keys,
        connection,
        is_new,
    })
}

/// What kind of session is asked for.
pub struct Wanted<'a> {
    /// The device, where it is known.
    pub serial: Option<String>,
    /// The accounts of devices that it may be, whose sessions are as good.
    pub others: Vec<&'a Account>,
    /// Length in seconds.
    pub duration: u32,
    /// The account that gives its codes, where it was named.
    pub named: Option<&'a Account>,
    /// Whether a session that is good already will not do.
    pub renew: bool,
}

/// A session for the profile of a connection, and whether AWS was asked for it now.
///
/// # Errors
/// As [`session`].
pub fn session_keys(
    context: &mut Context,
    connection: &mut Connection,
    open: &Open,
    wanted: &Wanted<'_>,
) -> Result<(Keys, bool)> {
    let keys = connection.keys()?;
    if connection.profile.role.is_none() && keys.is_session() {
        let message = format!(
            "the keys of {} are those of a session already",
            connection.shown_name()
        );
        return Err(
            CommandError::new(Exit::Failed, message).with_hint("mfa aws login --profile NAME")
        );
    }
    let duration = wanted.duration;
    let role = connection.profile.role.as_ref();
    let kind = Kind {
        vault: HEXLOWER.encode(&open.header.vault_id),
        profile: connection.profile.name.clone(),
        key: keys.id.clone(),
        serial: wanted.serial.clone(),
        role: role.map(|role| role.arn.clone()),
        duration,
    };
    let good_one = |context: &Context, kind: &Kind| {
        let cached = cache::read(context, open, kind).filter(|_| !wanted.renew)?;
        let now = Clock::machine_seconds();
        let left = cached.keys.expires()?.checked_sub(now)?;
        // The shortest session, of 15 minutes, is good for 10.
        (left > REFRESH.min(u64::from(duration) / 3)).then(|| cached.keys.clone())
    };
    let good = |context: &Context| {
        let others = wanted.others.iter().filter(|_| kind.serial.is_none());
        let others = others.filter_map(|account| account.aws.as_ref());
        let others = others.map(|link| Kind {
            serial: Some(link.serial.clone()),
            ..kind.clone()
        });
        let own = good_one(context, &kind);
        own.or_else(|| others.into_iter().find_map(|kind| good_one(context, &kind)))
    };
    if let Some(keys) = good(context) {
        return Ok((keys, false));
    }
    let _turn = context.state.lock(&kind.file())?;
    if let Some(keys) = good(context) {
        return Ok((keys, false));
    }
    let (got, serial) = get(context, connection, open, wanted.named, &kind, &keys)?;
    let mut cached = Cached { kind, keys: got };
    cache::write(context, open, &cached)?;
    if cached.kind.serial != serial {
        // Who comes next knows the device, and is to find the session all the same.
        cached.kind.serial = serial;
        cache::write(context, open, &cached)?;
    }
    Ok((cached.keys.clone(), true))
}

fn duration(which: &Which, connection: &Connection) -> Result<u32> {
    let profile = &connection.profile;
    let (usual, longest) = match (&profile.role, &profile.through) {
        (Some(_), Some(_)) => (HOUR, HOUR),
        (Some(_), None) => (HOUR, WORKDAY),
        (None, _) => (WORKDAY, 129_600),
    };
    let seconds = which.duration.or(profile.duration).unwrap_or(usual);
    if (900..=longest).contains(&seconds) {
        return Ok(seconds);
    }
    let message = format!(
        "a session of {} cannot last {}: AWS gives 15m to {}",
        connection.shown_name(),
        shown(seconds),
        shown(longest)
    );
    let hint = format!("mfa aws login --duration {}", shown(longest));
    Err(connection.hinted(CommandError::new(Exit::Usage, message).with_hint(hint)))
}

/// A length of time as `--duration` takes it.
fn shown(seconds: u32) -> String {
    match seconds {
        hours if hours % 3600 == 0 => format!("{}h", hours / 3600),
        minutes if minutes % 60 == 0 => format!("{}m", minutes / 60),
        seconds => format!("{seconds}s"),
    }
}

/// Asks AWS; gives back the device as well.
fn get(
    context: &mut Context,
    connection: &mut Connection,
    open: &Open,
    named: Option<&Account>,
    kind: &Kind,
    keys: &Keys,
) -> Result<(Keys, Option<String>)> {
    if keys.is_session() {
        // A role from a session: who made that session was asked for a code then.
        let got = ask(connection, keys, None, kind.duration.min(HOUR));
        return Ok((connection.done(context, got)?, kind.serial.clone()));
    }
    let serial = match &kind.serial {
        Some(serial) => serial.clone(),
        None => connection.find_serial(context, &open.vault, named.is_some(), keys)?,
    };
    let account = match named {
        Some(account) => account,
        None => account_of(&open.vault, &serial)?,
    };
    let got = with_fresh_code(context, connection, account, |connection, code| {
        let mfa = Mfa {
            serial: &serial,
            code,
        };
        ask(connection, keys, Some(mfa), kind.duration)
    })?;
    let got = connection.done(context, got)?;
    let profile = connection.profile.keys_of.clone();
    let device = AwsLink { serial, profile };
    link(context, account, device.clone())?;
    Ok((got, Some(device.serial)))
}

/// Calls with a code that was never sent; once more with the next one, when AWS says that it knew
/// that one already: another program may have used it. Not when the clock explains the refusal.
fn with_fresh_code<T>(
    context: &mut Context,
    connection: &mut Connection,
    account: &Account,
    call: impl Fn(&mut Connection, &str) -> Result<T, AwsError>,
) -> Result<Result<T, AwsError>> {
    let send = |context: &mut Context, connection: &mut Connection| {
        let now = context.take_fresh_step(account)?;
        let Some(window) = account.credential.window(now) else {
            let message = format!("{} gives no codes by time", account.full_name());
            return Err(CommandError::new(Exit::Unusable, message));
        };
        Ok(call(connection, window.current.as_str()))
    };
    let is_young = Clock::machine_seconds() < account.updated.saturating_add(SETTLING);
    let result = send(context, connection)?;
    let is_worth_another = |error: &AwsError| {
        let used = error.said("invalid MFA one time pass code");
        (used && !is_beyond_window(connection.client.ahead))
            || (is_young && error.said("unable to validate MFA code"))
    };
    if !result.as_ref().is_err_and(is_worth_another) {
        return Ok(result);
    }
    context
        .ui
        .note("AWS did not take the code: trying the next one");
    send(context, connection)
}

fn ask(
    connection: &mut Connection,
    keys: &Keys,
    mfa: Option<Mfa<'_>>,
    seconds: u32,
) -> Result<Keys, AwsError> {
    let Connection {
        profile, client, ..
    } = connection;
    match &profile.role {
        Some(role) => {
            let own = role.session_name.as_deref().unwrap_or("mfa");
            sts::assume_role(client, keys, role, own, mfa, seconds)
        }
        None => sts::get_session_token(client, keys, mfa, seconds),
    }
}
