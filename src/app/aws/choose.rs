//! Which profile a command means if none was named: on a terminal, a person picks one.

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::aws::config::{Files, ProfileError};
use crate::aws::{Host, Selection};
use crate::ui::Choices;

/// The profiles that a person used, one per line, the last one first.
const NAME: &str = "aws-last-used";
/// More than anyone uses by hand.
const KEPT: usize = 100;

impl Context {
    /// Names the profile of a selection that names none, if AWS's tools would find none either: the
    /// only one, or the one that a person picks. Without a terminal, nothing changes.
    ///
    /// # Errors
    /// If the person cancels, or AWS's files cannot be read.
    pub(crate) fn choose_profile(&mut self, selection: &mut Selection) -> Result {
        if selection.profile.is_none() && self.ui.can_prompt() {
            let files = self.profiles()?;
            if is_nothing_meant(&files) {
                selection.profile = self.pick_profile(&files)?;
            }
        }
        if let Some(profile) = &selection.profile {
            self.remember_profile(profile);
        }
        Ok(())
    }

    /// AWS's files, with the profiles whose keys are in the vault, unless it is locked.
    ///
    /// # Errors
    /// If the files cannot be read.
    pub(crate) fn profiles(&mut self) -> Result<Files> {
        let mut files = self.aws_files()?;
        if self.opens_without_prompt()
            && let Some(open) = self.open_vault_if_any()?
        {
            files.add_vault_keys(&open.vault);
        }
        Ok(files)
    }

    /// The only profile, or the one that a person picks; `None` if there is none.
    ///
    /// # Errors
    /// If the person cancels.
    pub(crate) fn pick_profile(&self, files: &Files) -> Result<Option<String>> {
        let mut names: Vec<_> = files.names().into_iter().map(ToOwned::to_owned).collect();
        let used = self.last_profiles();
        names.sort_by_cached_key(|name| {
            let place = used.iter().position(|used| used == name);
            (place.unwrap_or(usize::MAX), name.to_lowercase())
        });
        if names.len() < 2 {
            return Ok(names.pop());
        }
        let Some(mut prompt) = self.ui.prompt() else {
            return Ok(None);
        };
        let choices = Choices {
            question: "AWS profile",
            names: &names,
            filter: "",
            find: &|filter| containing(&names, filter),
        };
        match prompt.pick(&choices)? {
            Some(index) => Ok(Some(names.swap_remove(index))),
            None => Err(CommandError::quiet(Exit::Failed)),
        }
    }

    /// The index of what a person picks.
    ///
    /// # Errors
    /// If the person cancels, or there is no terminal.
    pub(crate) fn pick_action(&self, actions: &[&str]) -> Result<usize> {
        let names: Vec<_> = actions.iter().map(|action| (*action).to_owned()).collect();
        let choices = Choices {
            question: "To do",
            names: &names,
            filter: "",
            find: &|filter| containing(&names, filter),
        };
        let mut prompt = self.ui.prompt();
        let picked = prompt.as_mut().map(|prompt| prompt.pick(&choices));
        let picked = picked.transpose()?.flatten();
        picked.ok_or_else(|| CommandError::quiet(Exit::Failed))
    }

    /// Records that a person used the profile. A failure is ignored: only the order depends on it.
    fn remember_profile(&self, profile: &str) {
        let mut names = self.last_profiles();
        let is_person = self.ui.can_prompt();
        if !is_person || names.first().is_some_and(|first| first == profile) {
            return;
        }
        names.retain(|name| name != profile);
        names.insert(0, profile.to_owned());
        names.truncate(KEPT);
        let _ = self.state.write(NAME, names.join("\n").as_bytes());
    }

    fn last_profiles(&self) -> Vec<String> {
        let bytes = self.state.read(NAME).ok().flatten().unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        text.lines().map(ToOwned::to_owned).collect()
    }
}

/// The indices of the names that contain all words of a filter.
fn containing(names: &[String], filter: &str) -> Vec<usize> {
    let filter = filter.to_lowercase();
    let has_all = |name: &str| {
        let name = name.to_lowercase();
        filter.split_whitespace().all(|word| name.contains(word))
    };
    let found = names.iter().enumerate().filter(|(_, name)| has_all(name));
    found.map(|(index, _)| index).collect()
}

/// Whether neither the environment nor the files say which keys to use.
fn is_nothing_meant(files: &Files) -> bool {
    let is_named = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]
        .iter()
        .any(|name| files.variable(name).is_some());
    let missing = |error| matches!(error, ProfileError::Missing(_) | ProfileError::NoKeys(_));
    !is_named && files.profile(None).is_err_and(missing)
}
