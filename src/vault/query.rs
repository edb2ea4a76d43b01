//! Finds the account that a person means. Pure.
//!
//! An account matches by its id, its `name`, `issuer:name` and, for a linked AWS device,
//! `user@account`. The rules are tried in order over all accounts, and the first that matches
//! anything decides. They are: the whole name, a part of it, its initials, then words in any order.

use crate::otp::{Account, AccountId, AwsLink};

/// The accounts that a text means.
#[derive(Debug, PartialEq, Eq)]
pub enum Match<'a> {
    /// Exactly one account matches.
    One(&'a Account),
    /// Several accounts match equally well.
    Many(Vec<&'a Account>),
    /// None matches; the most similar names, best first, at most three.
    None(Vec<String>),
}

/// Finds the account that `text` means: by its id, by a name, or by the ARN of its AWS device.
#[must_use]
pub fn resolve<'a>(accounts: &'a [Account], text: &str) -> Match<'a> {
    resolve_by(accounts, text, RULES)
}

/// Finds the account whose whole name is exactly `text`, for commands that destroy. Its id and the
/// ARN of its AWS device match too.
pub(crate) fn resolve_exactly<'a>(accounts: &'a [Account], text: &str) -> Match<'a> {
    resolve_by(accounts, text, &RULES[..1])
}

fn resolve_by<'a>(accounts: &'a [Account], text: &str, rules: &[Rule]) -> Match<'a> {
    if text.trim().is_empty() {
        // Every name starts with an empty text, which should match none.
        return Match::None(Vec::new());
    }
    let all: Vec<_> = accounts.iter().collect();
    if let Some(account) = identified(&all, text) {
        return Match::One(account);
    }
    match first_hits(&all, text, rules).as_slice() {
        [] => Match::None(nearest(accounts, text)),
        [one] => Match::One(all[*one]),
        several => Match::Many(several.iter().map(|place| all[*place]).collect()),
    }
}

/// Finds the account of an AWS device: the account linked to it, or else one without a link. The
/// latter must be the only one named as AWS's QR codes name it, `user@account`.
#[must_use]
#[cfg(feature = "aws")]
pub(crate) fn by_serial<'a>(accounts: &'a [Account], serial: &str) -> Option<&'a Account> {
    by_serial_among(&accounts.iter().collect::<Vec<_>>(), serial)
}

fn by_serial_among<'a>(accounts: &[&'a Account], serial: &str) -> Option<&'a Account> {
    let linked = |account: &&Account| {
        let link = account.aws.as_ref();
        link.is_some_and(|link| link.serial == serial)
    };
    if let Some(account) = accounts.iter().copied().find(linked) {
        return Some(account);
    }
    let of_serial = AwsLink {
        serial: serial.to_owned(),
        profile: None,
    };
    let name = of_serial.user_at_account()?;
    let fits = |account: &&Account| account.aws.is_none() && account.name == name;
    let mut named = accounts.iter().copied().filter(fits);
    let first = named.next()?;
    named.next().is_none().then_some(first)
}

/// Returns the places of the accounts that `text` means, in their order. An empty text means all;
/// otherwise the first rule that matches decides, as in [`resolve`].
#[must_use]
pub(crate) fn search(accounts: &[&Account], text: &str) -> Vec<usize> {
    if text.trim().is_empty() {
        return (0..accounts.len()).collect();
    }
    if let Some(identified) = identified(accounts, text) {
        let is_it = |account: &&Account| account.id == identified.id;
        return accounts.iter().position(is_it).into_iter().collect();
    }
    first_hits(accounts, text, RULES)
}

/// The account whose id or ARN is `text`.
fn identified<'a>(accounts: &[&'a Account], text: &str) -> Option<&'a Account> {
    let by_id = AccountId::parse(text)
        .and_then(|id| accounts.iter().find(|account| account.id == id))
        .copied();
    let by_arn = || {
        text.starts_with("arn:")
            .then(|| by_serial_among(accounts, text))
    };
    by_id.or_else(|| by_arn().flatten())
}

/// The places of the accounts that the first rule which matches any finds.
fn first_hits(accounts: &[&Account], text: &str, rules: &[Rule]) -> Vec<usize> {
    let query = Query::new(text);
    let hits = |rule: &Rule| -> Vec<usize> {
        let all = accounts.iter().enumerate();
        let hits = all.filter(|(_, account)| query.matches(rule, account));
        hits.map(|(place, _)| place).collect()
    };
    let mut all = rules.iter().map(hits);
    all.find(|hits| !hits.is_empty()).unwrap_or_default()
}

struct Query<'a> {
    text: &'a str,
    lower: String,
}

/// Compares what was typed (first) with a name (second).
enum Rule {
    AsTyped(fn(&str, &str) -> bool),
    /// Both texts are in lower case.
    IgnoringCase(fn(&str, &str) -> bool),
    /// Only the typed text is in lower case: capitals start words in a name.
    ByWords(fn(&str, &str) -> bool),
}

/// The rules in order; the first is the exact one.
const RULES: &[Rule] = &[
    Rule::AsTyped(|query, name| name == query),
    Rule::IgnoringCase(|query, name| name == query),
    Rule::AsTyped(|query, name| name.split_once('@').is_some_and(|(user, _)| user == query)),
    Rule::IgnoringCase(|query, name| name.starts_with(query)),
    Rule::IgnoringCase(|query, name| name.contains(query)),
    Rule::ByWords(are_initials),
    Rule::ByWords(|query, name| {
        let lower = name.to_lowercase();
        query
            .split_whitespace()
            .all(|word| lower.contains(word) || are_initials(word, name))
    }),
];

/// Whether `query` is the initials of `name`, or the first of them: `aws` for "Amazon Web
/// Services", `gh` for "GitHub". One letter is too little.
fn are_initials(query: &str, name: &str) -> bool {
    let mut initials = initials(name);
    let mut letters = query.chars();
    query.chars().nth(1).is_some() && letters.all(|letter| initials.next() == Some(letter))
}

/// Returns the first letters of the words of `name` in lower case. A capital after a small letter
/// starts a word.
fn initials(name: &str) -> impl Iterator<Item = char> {
    let mut before = ' ';
    let first = move |letter: char| {
        let begins = letter.is_alphanumeric()
            && (!before.is_alphanumeric() || (letter.is_uppercase() && before.is_lowercase()));
        before = letter;
        begins.then(|| letter.to_lowercase().next().unwrap_or(letter))
    };
    name.chars().filter_map(first)
}

impl<'a> Query<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            lower: text.to_lowercase(),
        }
    }

    fn matches(&self, rule: &Rule, account: &Account) -> bool {
        let fits = |name: &str| match rule {
            Rule::AsTyped(fits) => fits(self.text, name),
            Rule::IgnoringCase(fits) => fits(&self.lower, &name.to_lowercase()),
            Rule::ByWords(fits) => fits(&self.lower, name),
        };
        // A whole `issuer:name` contains a colon. Without one, these rules need not build it.
        let with_issuer =
            !matches!(rule, Rule::AsTyped(_)) || self.text.contains(':') || account.name.is_empty();
        fits(&account.name)
            || (with_issuer && fits(&account.full_name()))
            || account
                .aws
                .as_ref()
                .and_then(AwsLink::user_at_account)
                .is_some_and(|n| fits(&n))
    }
}

fn nearest(accounts: &[Account], text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let similarity = |name: &str| {
        let name = name.to_lowercase();
        let user = name.split_once('@').map_or(name.as_str(), |(user, _)| user);
        strsim::jaro_winkler(&lower, &name).max(strsim::jaro_winkler(&lower, user))
    };
    most_similar(accounts.iter().map(|account| {
        let full = account.full_name();
        (similarity(&account.name).max(similarity(&full)), full)
    }))
}

/// Returns the names that a person may have meant, best first. They are at most three, with a
/// Jaro-Winkler similarity (0 to 1) of at least 0.7.
pub(crate) fn most_similar(names: impl Iterator<Item = (f64, String)>) -> Vec<String> {
    let mut names: Vec<_> = names.filter(|(similarity, _)| *similarity >= 0.7).collect();
    names.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    names.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp;

    fn accounts(labels: &[&str]) -> Vec<Account> {
        let account = |(n, label): (u8, &&str)| {
            let draft = otp::parse(&format!("otpauth://totp/{label}?secret=AAAAAAAA"))
                .unwrap()
                .draft;
            Account::from_draft(draft, AccountId::new(0, &[n; 10]), 0)
        };
        (0..).zip(labels).map(account).collect()
    }

    fn found(labels: &[&str], text: &str) -> Vec<String> {
        match resolve(&accounts(labels), text) {
            Match::One(one) => vec![one.full_name()],
            Match::Many(many) => many.iter().map(|a| a.full_name()).collect(),
            Match::None(_) => Vec::new(),
        }
    }

    #[test]
    fn the_first_rule_that_matches_anything_decides() {
        let all = [
            "GitHub:alice",
            "GitLab:Alice",
            "AWS:alice@123",
            "AWS:alice-admin@123",
            "x:malice",
        ];
        assert_eq!(found(&all, "alice"), ["GitHub:alice"]);
        assert_eq!(found(&all, "ALICE"), ["GitHub:alice", "GitLab:Alice"]);
        assert_eq!(found(&all, "gitlab:alice"), ["GitLab:Alice"]);
        assert_eq!(found(&all[2..], "alice"), ["AWS:alice@123"]);
        assert_eq!(found(&all[2..], "AWS:alice"), ["AWS:alice@123"]);
        assert_eq!(found(&all, "alice@123"), ["AWS:alice@123"]);
        assert_eq!(found(&all, "Alice-"), ["AWS:alice-admin@123"]);
        assert_eq!(found(&all, "GITH"), ["GitHub:alice"]);
        assert_eq!(found(&all, "mal"), ["x:malice"]);
        assert_eq!(found(&all, "lice-ad"), ["AWS:alice-admin@123"]);
        assert_eq!(found(&all, "aws admin"), ["AWS:alice-admin@123"]);
        assert_eq!(found(&all, "admin aws"), ["AWS:alice-admin@123"]);
        assert_eq!(found(&all, "git"), ["GitHub:alice", "GitLab:Alice"]);
        assert_eq!(found(&all[..1], ""), [""; 0]);
        assert_eq!(found(&all[..1], " "), [""; 0]);
    }

    #[test]
    fn a_linked_device_answers_to_its_aws_name() {
        let mut all = accounts(&["prod", "dev"]);
        let serial = "arn:aws:iam::123456789012:mfa/alice".to_owned();
        all[1].aws = Some(AwsLink {
            serial,
            profile: None,
        });
        assert_eq!(resolve(&all, "alice@123456789012"), Match::One(&all[1]));
        assert_eq!(resolve(&all, "alice"), Match::One(&all[1]));
    }

    #[test]
    fn an_exact_name_is_the_whole_one_or_an_id() {
        let all = accounts(&["GitHub:alice2", "GitHub:Alice", "AWS:bob@123", "alice@x"]);
        for text in [
            "alice",
            "ALICE",
            "bob",
            "AWS:bob",
            "github:alice2",
            "ali",
            "",
        ] {
            let none = matches!(resolve_exactly(&all, text), Match::None(_));
            assert!(none, "{text}");
        }
        let id = all[1].id.to_string();
        for (text, index) in [("alice2", 0), ("GitHub:Alice", 1), ("bob@123", 2), (&id, 1)] {
            assert_eq!(resolve_exactly(&all, text), Match::One(&all[index]));
            assert_eq!(resolve(&all, text), Match::One(&all[index]));
        }
    }

    #[test]
    fn a_typo_gets_the_nearest_names() {
        let all = accounts(&["AWS:my-iam-user@123456789012", "GitHub:bob"]);
        let Match::None(near) = resolve(&all, "my-aim-user") else {
            panic!("found")
        };
        assert_eq!(near, ["AWS:my-iam-user@123456789012"]);
        assert_eq!(resolve(&all, "zzzz"), Match::None(Vec::new()));
        assert_eq!(resolve(&[], "x"), Match::None(Vec::new()));
    }

    #[test]
    fn initials_and_words_in_any_order_find_an_account() {
        let all = [
            "Amazon%20Web%20Services:my-iam-user@123",
            "Amazon:shop",
            "GitHub:me",
            "DigitalOcean:me",
        ];
        let aws = "Amazon Web Services:my-iam-user@123";
        for text in [
            "aws",
            "AWS",
            "miu",
            "amazon my",
            "my web",
            "aws my",
            "user aws",
        ] {
            assert_eq!(found(&all, text), [aws], "{text}");
        }
        assert_eq!(found(&all, "gh"), ["GitHub:me"]);
        assert_eq!(found(&all, "me do"), ["DigitalOcean:me"]);
        assert_eq!(found(&all, "as"), ["Amazon:shop"]);
        for text in ["ws", "aws shop", "awsx", "amazon nobody"] {
            assert_eq!(found(&all, text), [""; 0], "{text}");
        }
        // A part of a name counts before initials.
        assert_eq!(found(&["Amazon Web Services:x", "y:aws"], "aws"), ["y:aws"]);
    }

    #[test]
    fn a_search_finds_what_a_name_means() {
        let all = accounts(&["AWS:alice", "AWS:bob", "GitHub:alice"]);
        let all: Vec<_> = all.iter().collect();
        assert_eq!(search(&all, "aws"), [0, 1]);
        assert_eq!(search(&all, "alice"), [0, 2]);
        assert_eq!(search(&all, "b a"), [1, 2]);
        assert_eq!(search(&all, &all[1].id.to_string()), [1]);
        assert_eq!(search(&all, "zzzz"), [0; 0]);
        assert_eq!(search(&all, " ").len(), 3);
    }
}
