//! Accounts in a recycle bin or archive of another program. An import leaves them out unless asked.

use std::fmt;

use crate::import::SetAside;

/// How many accounts of one source were left out.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct LeftOut {
    in_trash: usize,
    archived: usize,
}

impl LeftOut {
    /// Counts an account that is in such a place. Returns false if it is in none.
    pub(super) const fn takes(&mut self, place: Option<SetAside>) -> bool {
        match place {
            Some(SetAside::InTrash) => self.in_trash += 1,
            Some(SetAside::Archived) => self.archived += 1,
            None => return false,
        }
        true
    }

    pub(super) const fn total(self) -> usize {
        self.in_trash + self.archived
    }

    pub(super) const fn is_empty(self) -> bool {
        self.total() == 0
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accounts = |count: usize| match count {
            1 => "1 account".to_owned(),
            count => format!("{count} accounts"),
        };
        match (self.in_trash, self.archived) {
            (count, 0) => write!(f, "{} in the recycle bin", accounts(count))?,
            (0, count) => write!(f, "{} in the archive", accounts(count))?,
            (trash, archive) => {
                let trash = accounts(trash);
                write!(f, "{trash} in the recycle bin and {archive} in the archive")?;
            }
        }
        let verb = if self.total() == 1 { "was" } else { "were" };
        write!(f, " {verb} left out")
    }
}

/// The remark on an account that was taken from such a place.
pub(super) const fn was_set_aside(place: SetAside) -> &'static str {
    match place {
        SetAside::InTrash => "it was in the recycle bin",
        SetAside::Archived => "it was in the archive",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_counted_by_place() {
        let shown = |in_trash, archived| LeftOut { in_trash, archived }.to_string();
        assert_eq!(shown(1, 0), "1 account in the recycle bin was left out");
        assert_eq!(shown(0, 2), "2 accounts in the archive were left out");
        assert_eq!(
            shown(1, 1),
            "1 account in the recycle bin and 1 in the archive were left out"
        );
    }
}
