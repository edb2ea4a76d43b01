//! What the screen of `mfa watch` shows, and what its keys do. No I/O.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::otp::{Account, AccountId, Code, Kind};
use crate::ui::{Handled, List};
use crate::vault::{Vault, search};

/// The codes are hidden after so many seconds without a key.
const HIDE_AFTER: u64 = 120;
/// A message is shown for so many seconds.
const MESSAGE_TIME: u64 = 15;

/// What a key asks for that the state cannot do itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    None,
    Quit,
    /// Ask for the passphrase again.
    Unlock,
    /// Copy the current or the next code.
    Copy {
        id: AccountId,
        next: bool,
    },
    /// Undo the last change of the vault.
    Undo,
}

/// What is on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Screen {
    List,
    /// Both codes in big digits.
    Pair(AccountId),
    /// The QR code of an account, if it fits.
    Qr(AccountId),
    Help,
}

pub(super) struct Message {
    pub(super) text: String,
    pub(super) is_error: bool,
    until: u64,
}

pub(crate) struct State {
    /// `None` while it is locked.
    vault: Option<Vault>,
    pub(super) list: List,
    pub(super) screen: Screen,
    /// Whether letters go to the filter. Otherwise, they are keys.
    pub(super) types: bool,
    pub(super) hides_codes: bool,
    /// The command that adds an account, for an empty vault.
    pub(crate) add_command: String,
    pub(super) message: Option<Message>,
    /// The last code of an HOTP account that was given out.
    pub(crate) given: Option<(AccountId, Code)>,
    /// Whether the last key asked to undo: the next one confirms it.
    asks_undo: bool,
    last_key: u64,
    now: u64,
}

impl State {
    pub(crate) fn new(vault: Vault, filter: &str, hides_codes: bool, now: u64) -> Self {
        let mut state = Self {
            vault: None,
            list: List::default(),
            screen: Screen::List,
            types: true,
            hides_codes,
            add_command: String::new(),
            message: None,
            given: None,
            asks_undo: false,
            last_key: now,
            now,
        };
        state.list.set_filter(filter);
        state.set_vault(vault);
        state
    }

    /// Shows these accounts, by issuer and name.
    pub(crate) fn set_vault(&mut self, mut vault: Vault) {
        let selected = self.selected().map(|account| account.id);
        let accounts = &mut vault.accounts;
        accounts.sort_by_cached_key(|a| (a.issuer.to_lowercase(), a.name.to_lowercase()));
        self.vault = Some(vault);
        self.filter();
        let places = || self.accounts().iter();
        let place = selected.and_then(|id| places().position(|account| account.id == id));
        if let Some(place) = place {
            self.list.select(place);
        }
        if let Screen::Pair(id) | Screen::Qr(id) = self.screen
            && self.account(id).is_none()
        {
            self.screen = Screen::List;
        }
    }

    /// Forgets the accounts until a person unlocks the vault.
    pub(crate) fn lock(&mut self) {
        self.vault = None;
        self.given = None;
        self.message = None;
        self.screen = Screen::List;
    }

    pub(crate) const fn is_locked(&self) -> bool {
        self.vault.is_none()
    }

    pub(super) fn accounts(&self) -> &[Account] {
        self.vault.as_ref().map_or(&[], |vault| &vault.accounts)
    }

    pub(crate) fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts().iter().find(|account| account.id == id)
    }

    pub(super) fn selected(&self) -> Option<&Account> {
        self.accounts().get(self.list.selected()?)
    }

    /// Shows the accounts that the filter finds, as `mfa list` does.
    fn filter(&mut self) {
        let accounts: Vec<_> = self.accounts().iter().collect();
        let found = search(&accounts, self.list.filter());
        let groups: Vec<_> = found
            .iter()
            .map(|place| (*place, accounts[*place].issuer.clone()))
            .collect();
        self.list.set_items(found, |place| {
            let at = groups.binary_search_by_key(&place, |(place, _)| *place);
            let (_, issuer) = groups.get(at.ok()?)?;
            (!issuer.is_empty()).then_some(issuer)
        });
    }

    /// Shows a message for a while.
    pub(crate) fn say(&mut self, text: String) {
        self.message = Some(Message {
            text,
            is_error: false,
            until: self.now + MESSAGE_TIME,
        });
    }

    /// Shows why something failed.
    pub(crate) fn warn(&mut self, text: String) {
        self.say(text);
        if let Some(message) = &mut self.message {
            message.is_error = true;
        }
    }

    /// Sets the time, in Unix seconds.
    pub(crate) fn tick(&mut self, now: u64) {
        self.now = now;
        // A clock that was set back hides nothing.
        self.last_key = self.last_key.min(now);
        if now - self.last_key >= HIDE_AFTER {
            self.hides_codes = true;
            self.screen = Screen::List;
        }
        if self
            .message
            .as_ref()
            .is_some_and(|message| message.until <= now)
        {
            self.message = None;
        }
    }

    /// Handles a key, and returns what it asks for.
    pub(crate) fn key(&mut self, key: KeyEvent, now: u64) -> Action {
        self.last_key = now;
        self.now = now;
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if matches!(key.code, KeyCode::Char('c' | 'd')) && control {
            return Action::Quit;
        }
        if self.is_locked() {
            return match key.code {
                KeyCode::Enter => Action::Unlock,
                KeyCode::Esc => Action::Quit,
                _ => Action::None,
            };
        }
        self.message = None;
        let asked_undo = std::mem::take(&mut self.asks_undo);
        if std::mem::take(&mut self.hides_codes) && key.code != KeyCode::Esc {
            // The key only shows the codes.
            return Action::None;
        }
        if self.screen != Screen::List {
            return self.key_on_screen(key.code);
        }
        match self
            .list
            .handle(key, self.types && !self.asks_for_help(key.code))
        {
            Handled::Moved => return Action::None,
            Handled::Filtered => {
                self.filter();
                return Action::None;
            }
            Handled::Ignored => {}
        }
        match key.code {
            KeyCode::Esc if self.types => {
                self.types = false;
                Action::None
            }
            KeyCode::Esc => Action::Quit,
            KeyCode::Enter => self.copy(false),
            KeyCode::Char(letter) if !control => self.command(letter, asked_undo),
            _ => Action::None,
        }
    }

    fn asks_for_help(&self, code: KeyCode) -> bool {
        code == KeyCode::Char('?') && self.list.filter().is_empty()
    }

    fn copy(&mut self, next: bool) -> Action {
        let Some(account) = self.selected() else {
            self.warn("no account is selected".to_owned());
            return Action::None;
        };
        let id = account.id;
        Action::Copy { id, next }
    }

    fn command(&mut self, letter: char, asked_undo: bool) -> Action {
        let selected = self.selected();
        let id = selected.map(|account| account.id);
        let is_timed =
            selected.is_some_and(|account| !matches!(account.credential.kind, Kind::Hotp { .. }));
        match (letter, id) {
            ('/', _) => self.types = true,
            ('?', _) => self.screen = Screen::Help,
            ('u', _) if asked_undo => return Action::Undo,
            ('u', _) => {
                self.asks_undo = true;
                self.say("press u again to undo the last change".to_owned());
            }
            ('n' | 'p', Some(_)) if !is_timed => {
                self.warn("an HOTP account has no next code; Enter takes one".to_owned());
            }
            ('n', Some(id)) => return Action::Copy { id, next: true },
            ('p', Some(id)) => self.screen = Screen::Pair(id),
            ('q', Some(id)) => self.screen = Screen::Qr(id),
            ('j' | 'k', _) => {
                let code = if letter == 'j' {
                    KeyCode::Down
                } else {
                    KeyCode::Up
                };
                self.list.handle(code.into(), false);
            }
            _ => {}
        }
        Action::None
    }

    fn key_on_screen(&mut self, code: KeyCode) -> Action {
        match (self.screen, code) {
            (Screen::Pair(id), KeyCode::Enter) => return Action::Copy { id, next: false },
            (Screen::Pair(id), KeyCode::Char('n')) => return Action::Copy { id, next: true },
            (_, KeyCode::Esc | KeyCode::Enter | KeyCode::Backspace | KeyCode::Char('q'))
            | (Screen::Pair(_), KeyCode::Char('p'))
            | (Screen::Help, KeyCode::Char('?')) => {
                self.screen = Screen::List;
            }
            _ => {}
        }
        Action::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::parse;

    fn state(labels: &[&str]) -> State {
        let account = |(number, label): (u8, &&str)| {
            let uri = format!("otpauth://{label}");
            let draft = parse(&uri).unwrap().draft;
            Account::from_draft(draft, AccountId::new(0, &[number; 10]), 0)
        };
        let mut vault = Vault::default();
        let accounts = (0..).zip(labels).map(account);
        vault.add_all(accounts, false).unwrap();
        State::new(vault, "", false, 1000)
    }

    fn typed(state: &mut State, text: &str) -> Action {
        let keys = text.chars().map(|letter| match letter {
            '\u{1b}' => KeyCode::Esc,
            '\r' => KeyCode::Enter,
            letter => KeyCode::Char(letter),
        });
        keys.map(|code| state.key(code.into(), 1000))
            .last()
            .unwrap()
    }

    const ACCOUNTS: [&str; 3] = [
        "totp/GitHub:npm-bot?secret=GEZDGNBVGY3TQOJQ",
        "totp/AWS:quentin@123?secret=GEZDGNBVGY3TQOJA",
        "hotp/x:counted?secret=GEZDGNBVGY3TQOJB&counter=3",
    ];

    #[test]
    fn letters_filter_until_escape_and_are_keys_afterwards() {
        let mut state = state(&ACCOUNTS);
        assert_eq!(state.selected().unwrap().name, "quentin@123");
        assert_eq!(typed(&mut state, "npm"), Action::None);
        assert_eq!(state.list.filter(), "npm");
        let id = state.selected().unwrap().id;
        assert_eq!(state.selected().unwrap().name, "npm-bot");
        assert_eq!(typed(&mut state, "\r"), Action::Copy { id, next: false });
        assert_eq!(
            typed(&mut state, "\u{1b}n"),
            Action::Copy { id, next: true }
        );
        typed(&mut state, "p");
        assert_eq!(state.screen, Screen::Pair(id));
        assert_eq!(typed(&mut state, "n"), Action::Copy { id, next: true });
        typed(&mut state, "\u{1b}q");
        assert_eq!(state.screen, Screen::Qr(id));
        assert_eq!(typed(&mut state, "qu"), Action::None);
        assert_eq!(typed(&mut state, "jukuu"), Action::Undo);
        typed(&mut state, "/xyz");
        assert!(state.selected().is_none());
        assert_eq!(typed(&mut state, "\r"), Action::None);
        assert_eq!(typed(&mut state, "\u{1b}\u{1b}"), Action::Quit);
    }

    #[test]
    fn a_key_shows_hidden_codes_and_does_nothing_else() {
        let mut state = state(&ACCOUNTS);
        state.tick(1000 + HIDE_AFTER - 1);
        assert!(!state.hides_codes);
        state.tick(1000 + HIDE_AFTER);
        assert!(state.hides_codes);
        assert_eq!(typed(&mut state, "\r"), Action::None);
        assert!(!state.hides_codes);
        assert!(matches!(typed(&mut state, "\r"), Action::Copy { .. }));
    }

    #[test]
    fn a_counted_account_gives_no_code_unasked() {
        let mut state = state(&ACCOUNTS);
        typed(&mut state, "counted\u{1b}");
        let id = state.selected().unwrap().id;
        assert_eq!(typed(&mut state, "p"), Action::None);
        assert_eq!(state.screen, Screen::List);
        assert_eq!(typed(&mut state, "\r"), Action::Copy { id, next: false });
    }

    #[test]
    fn a_locked_vault_has_no_accounts_and_its_place_is_kept() {
        let mut state = state(&ACCOUNTS);
        typed(&mut state, "npm");
        state.lock();
        assert!(state.is_locked() && state.accounts().is_empty());
        assert_eq!(typed(&mut state, "x"), Action::None);
        assert_eq!(typed(&mut state, "\r"), Action::Unlock);
        state.set_vault(self::state(&ACCOUNTS).vault.unwrap());
        assert_eq!(state.selected().unwrap().name, "npm-bot");
    }

    #[test]
    fn what_was_removed_elsewhere_is_no_longer_shown() {
        let mut state = state(&ACCOUNTS);
        typed(&mut state, "npm\u{1b}p");
        let mut vault = self::state(&ACCOUNTS).vault.unwrap();
        vault.accounts.retain(|account| account.name != "npm-bot");
        state.set_vault(vault);
        assert_eq!(state.screen, Screen::List);
        assert!(state.selected().is_none());
    }
}
