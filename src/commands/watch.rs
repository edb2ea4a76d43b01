//! `mfa watch`: all codes on the whole screen, live.

use super::Run;
#[cfg(feature = "desktop")]
use crate::app::clipboard::DEFAULT_CLEAR_AFTER;
use crate::app::clock::Clock;
use crate::app::context::Context;
use crate::app::differences::{lost_aws_devices, undone};
use crate::app::error::{CommandError, Exit, Result};
use crate::app::watch::{Action, State, draw};
use crate::otp::{Account, AccountId, Code, Kind};
use crate::ui::{Canvas, Input};
use crate::vault::ChangeError;
use crate::vault::repository::RepositoryError;

/// Show all codes live; search, copy, both codes for AWS
#[derive(Debug, Default, clap::Args)]
#[command(
    after_long_help = "Type to filter. Enter copies the code. After Esc, letters are keys:\nn copies the next code, p shows both codes in big digits, q shows the QR code,\nu twice undoes the last change, ? lists all keys.\n\nThe codes are hidden after 2 minutes without a key.\n\nExamples:\n  mfa watch\n  mfa watch aws\n  mfa watch --hidden"
)]
pub(crate) struct Args {
    /// Filter to begin with, as in 'mfa list'
    #[arg(value_name = "WORD")]
    filter: Vec<String>,
    /// Hide the codes until a key is pressed
    #[arg(long)]
    hidden: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        if !context.ui.stdout_is_terminal() || !context.ui.can_draw() {
            let message = "mfa watch needs a terminal that can be drawn on";
            return Err(CommandError::new(Exit::Usage, message).with_hint("mfa list --codes"));
        }
        let open = context.open_existing()?;
        context.note_unusable(&open.vault);
        let mut state = State::new(
            open.vault,
            &self.filter.join(" "),
            self.hidden,
            Clock::seconds()?,
        );
        state.add_command = context.command("mfa add --qr PICTURE");
        let mut watch = Watch {
            state,
            stamp: context.repository.stamp(),
            is_cached: context.repository.cached_key(&context.host).is_some(),
        };
        loop {
            let mut canvas = context.ui.full_screen()?;
            match watch.run(context, &mut canvas)? {
                End::Quit => return Ok(()),
                End::Unlock => {
                    drop(canvas);
                    watch.unlock(context)?;
                }
            }
        }
    }
}

/// Why the screen was left.
enum End {
    Quit,
    /// To ask for the passphrase.
    Unlock,
}

struct Watch {
    state: State,
    /// Tells whether the file has changed.
    stamp: Option<u128>,
    /// Whether the session cached the key, so that `mfa lock` ends it.
    is_cached: bool,
}

impl Watch {
    fn run(&mut self, context: &mut Context, canvas: &mut Canvas) -> Result<End> {
        loop {
            self.follow(context)?;
            let now = Clock::now()?;
            self.state.tick(now.as_secs());
            canvas.draw(|frame| draw(frame, &mut self.state, now.as_secs()))?;
            let now = Clock::now()?;
            let patience = Clock::until_next_second(now);
            let Some(Input::Key(key)) = canvas.input(patience)? else {
                continue;
            };
            let action = self.state.key(key, now.as_secs());
            match action {
                Action::None => {}
                Action::Quit => return Ok(End::Quit),
                Action::Unlock => return Ok(End::Unlock),
                Action::Copy { id, next } => {
                    let told = copy(context, &self.state, id, next);
                    self.tell(context, told);
                }
                Action::Undo => {
                    let told = undo(context);
                    // Waiting for another process may have printed a note.
                    canvas.draw_anew()?;
                    self.tell(context, told);
                }
            }
        }
    }

    /// Shows a message, after a change of the vault with its new accounts.
    fn tell(&mut self, context: &mut Context, told: Result<Told>) {
        context.repository.take_notices();
        match told {
            Ok(told) => {
                self.state.given = told.given;
                self.state.say(told.text);
            }
            Err(error) => {
                let text = error.source.map(|source| source.to_string());
                self.state.warn(text.unwrap_or_default());
            }
        }
    }

    /// Locks after `mfa lock`, and reads the vault again after a change.
    fn follow(&mut self, context: &mut Context) -> Result {
        if self.state.is_locked() {
            return Ok(());
        }
        if self.is_cached && context.repository.cached_key(&context.host).is_none() {
            // Only the key in this process is left.
            let forgotten = context.repository.forget_cached_key();
            forgotten.map_err(RepositoryError::from)?;
            self.state.lock();
            return Ok(());
        }
        let stamp = context.repository.stamp();
        if stamp != self.stamp {
            self.stamp = stamp;
            match context.repository.open_existing(&mut context.host) {
                Ok(open) => self.state.set_vault(open.vault),
                Err(error) => self.state.warn(CommandError::from(error).to_string()),
            }
            context.repository.take_notices();
        }
        Ok(())
    }

    fn unlock(&mut self, context: &mut Context) -> Result {
        let open = context.open_existing()?;
        self.is_cached = context.repository.cached_key(&context.host).is_some();
        self.stamp = context.repository.stamp();
        self.state.set_vault(open.vault);
        self.state.tick(Clock::seconds()?);
        Ok(())
    }
}

/// What to say after an action.
struct Told {
    text: String,
    /// The code that an HOTP account gave.
    given: Option<(AccountId, Code)>,
}

fn copy(context: &mut Context, state: &State, id: AccountId, next: bool) -> Result<Told> {
    let account = state.account(id).ok_or(ChangeError::Gone)?;
    let (code, given) = if let Kind::Hotp { .. } = account.credential.kind {
        let (_, codes) = context.take_counted_codes(id, 1)?;
        (codes[0].clone(), Some((id, codes[0].clone())))
    } else {
        (timed(context, account, next)?, None)
    };
    context.remember_used(id);
    let told = to_clipboard(context, &code)?;
    let what = if next { ", next code" } else { "" };
    let text = format!("{told} ({}{what})", account.full_name());
    Ok(Told { text, given })
}

#[cfg(feature = "desktop")]
fn to_clipboard(context: &Context, code: &Code) -> Result<String> {
    context.copy_code(code.as_str(), DEFAULT_CLEAR_AFTER)
}

#[cfg(not(feature = "desktop"))]
fn to_clipboard(_: &Context, _: &Code) -> Result<String> {
    let message = "cannot copy: this program was built without the feature 'desktop'";
    Err(CommandError::new(Exit::Failed, message))
}

/// The code of now, or the next one. It counts as given out, so that `--fresh` does not repeat it.
fn timed(context: &Context, account: &Account, next: bool) -> Result<Code> {
    let window = account.credential.window(Clock::seconds()?);
    let window = window.ok_or_else(|| {
        CommandError::new(Exit::Failed, "an HOTP account has no time-based codes")
    })?;
    let (code, time) = if next {
        (window.next, window.valid_until)
    } else {
        (window.current, window.valid_from)
    };
    context.remember_given(account, time);
    Ok(code)
}

fn undo(context: &mut Context) -> Result<Told> {
    let restored = context.repository.undo(&mut context.host)?;
    let redo = context.command("mfa redo");
    let mut text = undone(&restored).trim_end().replace('\n', "; ");
    for name in lost_aws_devices(&restored) {
        text = format!("{text}; AWS still asks for codes of {name}; to get its key back: {redo}");
    }
    if !text.contains(&redo) {
        text.push_str(&format!("; to restore it: {redo}"));
    }
    Ok(Told { text, given: None })
}
