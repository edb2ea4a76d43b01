//! What an object and those around it say of the accounts in it.

use super::fields::{self, Role};
use super::members::{Member, members, scalar};
use super::tree::Node;
use crate::import::support::key_text;
use crate::otp::Algorithm;

/// One thing that is said, by the object at a depth of the walk.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) role: Role,
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    pub(super) depth: usize,
    /// Whether it is said outside of all lists: of the file, if its entries have names of their own.
    far: bool,
}

/// What is said at a place: of each role the nearest.
#[derive(Clone, Default)]
pub(super) struct Context<'a> {
    said: Vec<Said<'a>>,
    /// Whether the place is within an item of a list. What stands outside of all lists is said of the
    /// file, not of its entries.
    in_item: bool,
    /// The name of the member that holds the object, if that may be an account's name.
    member: Option<&'a str>,
}

/// Names of members that say how a file is built, not what an account is called.
const STRUCTURAL: &[&str] = &[
    "account",
    "accounts",
    "attributes",
    "config",
    "content",
    "contents",
    "credential",
    "credentials",
    "data",
    "database",
    "db",
    "details",
    "dict",
    "entries",
    "entry",
    "export",
    "fields",
    "info",
    "item",
    "items",
    "list",
    "login",
    "logins",
    "meta",
    "metadata",
    "options",
    "overview",
    "parameters",
    "params",
    "payload",
    "plist",
    "properties",
    "record",
    "records",
    "result",
    "results",
    "root",
    "row",
    "rows",
    "services",
    "settings",
    "token",
    "tokens",
    "value",
    "values",
    "vault",
    "vaults",
    "resources",
    "map",
    "table",
    "body",
];

impl<'a> Context<'a> {
    /// What an object says by its own members, then by objects in it without keys, then what is said
    /// `around` it.
    pub(super) fn of(members: &[Member<'a>], around: &Self, depth: usize) -> Self {
        let mut context = Self {
            said: Vec::new(),
            in_item: around.in_item,
            member: around.member,
        };
        context.add(members, depth);
        for member in members {
            if let Node::Map(_) = member.value {
                let inner = self::members(member.value);
                let has_key = |inner: &Member<'_>| matches!(inner.role, Role::Key | Role::MaybeKey);
                if member.role == Role::Other && !inner.iter().any(has_key) {
                    context.add(&inner, depth);
                }
            }
        }
        let has_label = context.said.iter().any(|said| is_label(said.role));
        for said in around.said.iter().filter(|said| !(said.far && has_label)) {
            context.push(*said);
        }
        context
    }

    /// Adds what members say; first what their names alone tell.
    fn add(&mut self, members: &[Member<'a>], depth: usize) {
        let mut later = Vec::new();
        for member in members {
            // A label that looks like a key is not shown as one.
            let text = scalar(member.value).filter(|text| !key_text::looks_like_key(text));
            let Some(text) = text else {
                continue;
            };
            let said = Said {
                role: member.role,
                name: member.name,
                text,
                depth,
                far: false,
            };
            match by_value(member.role, text) {
                Some((role, text)) => later.push(Said { role, text, ..said }),
                None => self.push(said),
            }
        }
        for said in later {
            self.push(said);
        }
    }

    fn push(&mut self, said: Said<'a>) {
        let is_of_use = !matches!(said.role, Role::Other | Role::Key | Role::MaybeKey);
        if is_of_use && self.get(said.role).is_none() {
            self.said.push(said);
        }
    }

    /// What an account in a map from names to keys is called.
    pub(super) fn named(name: &'a str) -> Self {
        Self {
            member: Some(name),
            ..Self::default()
        }
    }

    pub(super) fn get(&self, role: Role) -> Option<Said<'a>> {
        self.said.iter().find(|said| said.role == role).copied()
    }

    /// What is said around the row of a table: nothing, but each row is an item.
    pub(super) fn of_a_row() -> Self {
        Self {
            in_item: true,
            ..Self::default()
        }
    }

    /// What is still said within a list: how codes are made is said of one entry only.
    pub(super) fn through_a_list(&self) -> Self {
        use Role::{Archived, Group, Site, Trashed};
        let stays = |role| is_label(role) || matches!(role, Trashed | Archived | Group | Site);
        let stays = self.said.iter().filter(|said| stays(said.role));
        let far = |said: &Said<'a>| Said {
            far: said.far || !self.in_item,
            ..*said
        };
        Self {
            said: stays.map(far).collect(),
            in_item: true,
            member: None,
        }
    }

    /// What is said within the member of this name.
    pub(super) fn within(&self, name: &'a str, is_repeated: bool) -> Self {
        let lower = name.to_lowercase();
        let is_name = fields::role(name) == Role::Other
            && !is_repeated
            && !STRUCTURAL.contains(&lower.as_str());
        Self {
            member: is_name.then_some(name).or(self.member),
            in_item: self.in_item || is_repeated,
            ..self.clone()
        }
    }

    /// The service and the account name, and what they were taken from.
    pub(super) fn labels(&self) -> (Option<Said<'a>>, Option<Said<'a>>) {
        let get = |role| self.get(role);
        let issuer = get(Role::Issuer).or(get(Role::Title));
        let site = get(Role::Site).map(|said| Said {
            text: host(said.text),
            ..said
        });
        let user = get(Role::User);
        let (name, label) = (get(Role::Name), get(Role::Label));
        let spare = label.or(name).or(get(Role::Mail));
        match (issuer, user) {
            (Some(_), Some(_)) => (issuer, user),
            (Some(own), None) => {
                let title = get(Role::Title).filter(|title| title.text != own.text);
                (issuer, spare.or(title))
            }
            (None, Some(_)) => (name.or(label).or(site), user),
            (None, None) => match (name, label, get(Role::Mail)) {
                (Some(name), Some(label), _)
                    if label.text.contains(':') || name.text == label.text =>
                {
                    (None, Some(label))
                }
                (Some(name), Some(label), _) if name.text.contains('@') => {
                    (Some(label), Some(name))
                }
                (Some(name), Some(label), _) => (Some(name), Some(label)),
                (one, other, Some(mail)) if one.or(other).is_some() => (one.or(other), Some(mail)),
                (one, other, mail) => (site, one.or(other).or(mail)),
            },
        }
    }

    /// The name of the member that holds the entry, for entries that say nothing of themselves.
    pub(super) fn fallback(&self) -> &'a str {
        self.member.unwrap_or_default()
    }
}

/// The host of a web address, for entries without a title.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ' ', ',']).next();
    let host = host.unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host)
}

/// Whether it says what an account is called.
pub(super) const fn is_label(role: Role) -> bool {
    use Role::{Issuer, Label, Mail, Name, Title, User};
    matches!(role, Issuer | Title | Name | Label | User | Mail)
}

/// What a member of such a role says by its value, if that fits; `None` for the other roles.
fn by_value(role: Role, text: &str) -> Option<(Role, &str)> {
    let within = |range: std::ops::RangeInclusive<u64>| {
        text.parse()
            .is_ok_and(|number: u64| range.contains(&number))
    };
    let or_nothing = |fits: bool, role| Some((if fits { role } else { Role::Other }, text));
    match role {
        Role::MaybeDigits => or_nothing(within(5..=10), Role::Digits),
        Role::MaybePeriod => or_nothing(within(10..=600), Role::Period),
        Role::MaybeAlgorithm => or_nothing(text.parse::<Algorithm>().is_ok(), Role::Algorithm),
        Role::IsHotp if is_set(text) => Some((Role::Kind, "hotp")),
        Role::IsTotp if !is_set(text) => Some((Role::Kind, "hotp")),
        Role::IsSteam if is_set(text) => Some((Role::Kind, "steam")),
        Role::Status => match text.to_ascii_lowercase().as_str() {
            "deleted" | "trashed" | "trash" | "removed" | "recycled" => Some((Role::Trashed, text)),
            "archived" => Some((Role::Archived, text)),
            _ => Some((Role::Other, text)),
        },
        Role::IsHotp | Role::IsTotp | Role::IsSteam => Some((Role::Other, text)),
        _ => None,
    }
}

/// Whether a value says yes, or when something happened.
pub(super) fn is_set(text: &str) -> bool {
    const NOT: &[&str] = &[
        "", "0", "false", "no", "n", "null", "none", "never", "nein", "non", "falsch", "faux",
        "falso", "off",
    ];
    let text = text.to_ascii_lowercase();
    !NOT.contains(&text.as_str()) && !text.starts_with("0001-01-01")
}
