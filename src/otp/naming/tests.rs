use proptest::prelude::*;

use super::*;

fn uri(label: &str, issuer: &str, title: &str, user: &str) -> (String, String) {
    let label = Label::Uri(label);
    let named = decide(&Said {
        issuer,
        label,
        title,
        user,
    });
    (named.issuer, named.name)
}

/// The label of a URI and its issuer (decoded), and the account's issuer and name.
const URIS: &[(&str, &str, &str, &str)] = &[
    // A colon within the issuer.
    (
        "https%3A%2F%2Fauth.acme.example:ann",
        "https://auth.acme.example",
        "https://auth.acme.example",
        "ann",
    ),
    (
        "https%3A%2F%2Fauth.acme.example%3Aann",
        "https://auth.acme.example",
        "https://auth.acme.example",
        "ann",
    ),
    (
        "https://auth.acme.example:ann",
        "https://auth.acme.example",
        "https://auth.acme.example",
        "ann",
    ),
    (
        "https%3A%2F%2Fauth.acme.example:ann",
        "",
        "https://auth.acme.example",
        "ann",
    ),
    (
        "https://auth.acme.example:ann",
        "",
        "https://auth.acme.example",
        "ann",
    ),
    (
        "https:%2F%2Fauth.acme.example:8443:ann",
        "",
        "https://auth.acme.example:8443",
        "ann",
    ),
    (
        "https://auth.acme.example",
        "",
        "",
        "https://auth.acme.example",
    ),
    (
        "git.acme.example:3000:ann",
        "git.acme.example:3000",
        "git.acme.example:3000",
        "ann",
    ),
    (
        "git.acme.example%3A3000:ann",
        "",
        "git.acme.example:3000",
        "ann",
    ),
    (
        "git.acme.example:3000:ann",
        "",
        "git.acme.example:3000",
        "ann",
    ),
    ("localhost:3000:ann", "", "localhost:3000", "ann"),
    ("git.acme.example:3000", "", "", "git.acme.example:3000"),
    (
        "ann@git.acme.example:443",
        "",
        "",
        "ann@git.acme.example:443",
    ),
    (
        "Text%3A%20More%20Text:Secret",
        "Text: More Text",
        "Text: More Text",
        "Secret",
    ),
    (
        "Text%3A%20More%20Text:Secret",
        "",
        "Text: More Text",
        "Secret",
    ),
    (
        "text:more text: Secret",
        "Text: More Text",
        "Text: More Text",
        "Secret",
    ),
    // No address: the first colon parts them.
    ("Bank:12345", "", "Bank", "12345"),
    ("bank.example:123456789", "", "bank.example", "123456789"),
    (
        "Example:alice@google.com:443",
        "Example",
        "Example",
        "alice@google.com:443",
    ),
    (
        "Example:alice@google.com:443",
        "",
        "Example",
        "alice@google.com:443",
    ),
    ("ACME%20Co%3A%20john", "", "ACME Co", "john"),
    ("Note%3A%20//ann", "", "Note", "//ann"),
    // Encoded twice.
    ("Acme%2520Corp:ann", "Acme%20Corp", "Acme Corp", "ann"),
    (
        "Acme%2520Corp%253Aann%2540acme.example",
        "",
        "Acme Corp",
        "ann@acme.example",
    ),
    ("M%25C3%25BCller:ann", "", "Müller", "ann"),
    ("100%2525:ann", "100%25", "100%25", "ann"),
    ("100%25:5%25", "", "100%", "5%"),
    ("50%zz:ann", "", "50%zz", "ann"),
    // The issuer repeated.
    (
        "example.com:example.com:simon@example.com",
        "example.com",
        "example.com",
        "simon@example.com",
    ),
    (
        "Example.com: EXAMPLE.COM :simon",
        "example.com",
        "example.com",
        "simon",
    ),
    (
        "Air%20Canada:AirCanada:Ben",
        "Air Canada",
        "Air Canada",
        "Ben",
    ),
    ("Acme%20(ann)", "Acme", "Acme", "Acme (ann)"),
    ("Acme:Acme", "Acme", "Acme", "Acme"),
    ("My%20Code", "My Code", "My Code", "My Code"),
    ("GitHub", "GitHub", "GitHub", "GitHub"),
    ("crossout:", "crossout", "crossout", ""),
    ("Acme", "", "", "Acme"),
    // Nothing said.
    (":alice", "", "", "alice"),
    ("", "X", "X", ""),
    ("null:ann", "", "", "ann"),
    (":null", "Acme", "Acme", ""),
    ("Acme:null", "", "Acme", ""),
    ("Acme:ann", "null", "Acme", "ann"),
    ("Acme:undefined", "Acme", "Acme", ""),
    ("null:null", "null", "", "null"),
    ("(null)", "", "", "(null)"),
    ("null:", "", "null", ""),
    ("nullable:ann", "", "nullable", "ann"),
    ("default", "", "", "default"),
    ("Acme:none", "Acme", "Acme", "none"),
    // Spaces and controls at the ends.
    ("%20%C2%A0Acme%09:%0Aann%20%E2%80%8B", "", "Acme", "ann"),
    ("Acme:ann%20%E2%80%8B%C2%A0", "Acme", "Acme", "ann"),
    ("Acme%3A%20%20ann", " Acme\u{a0}", "Acme", "ann"),
    ("A%20B", "", "", "A B"),
    // AWS.
    ("alice@123456789012", "", "", "alice@123456789012"),
    (
        "Amazon%20Web%20Services:alice@acct",
        "",
        "Amazon Web Services",
        "alice@acct",
    ),
    (
        "Amazon%20Web%20Services:alice@acct",
        "Amazon Web Services",
        "Amazon Web Services",
        "alice@acct",
    ),
    (
        "arn:aws:iam::123456789012:mfa/alice",
        "",
        "",
        "arn:aws:iam::123456789012:mfa/alice",
    ),
    // As real sites write them.
    ("C#:d#e", "", "C#", "d#e"),
    ("%2Fe%2F:ü 你", "", "/e/", "ü 你"),
    ("Shown:alice", "example.com", "example.com", "alice"),
    (
        "kev@stg.example:freeotp%2B%20test",
        "kev@STG.EXAMPLE",
        "kev@STG.EXAMPLE",
        "freeotp+ test",
    ),
    ("::a", "", "", ":a"),
];

#[test]
fn labels_of_uris() {
    for &(label, parameter, issuer, name) in URIS {
        let named = uri(label, parameter, "", "");
        assert_eq!(
            named,
            (issuer.to_owned(), name.to_owned()),
            "{label} {parameter}"
        );
    }
}

#[test]
fn names_in_fields() {
    for (own, field, issuer, name) in [
        (
            "example.com",
            "example.com:simon@example.com",
            "example.com",
            "simon@example.com",
        ),
        ("Deno", "deno : Deno: Mason", "Deno", "Mason"),
        ("", "encoding: ¿ä? (demo)", "", "encoding: ¿ä? (demo)"),
        ("Acme", "Acme (ann)", "Acme", "Acme (ann)"),
        ("", "a:b", "", "a:b"),
        (
            "Acme%20Corp",
            "ann%40acme.example",
            "Acme Corp",
            "ann@acme.example",
        ),
        ("null", "ann", "", "ann"),
        ("undefined", "undefined", "", "undefined"),
        (":null", " ann\t", "", "ann"),
        (
            "git.example:3000",
            "git.example:3000:ann",
            "git.example:3000",
            "ann",
        ),
    ] {
        let label = Label::Field(field);
        let named = decide(&Said {
            issuer: own,
            label,
            ..Said::default()
        });
        assert_eq!(
            (named.issuer.as_str(), named.name.as_str()),
            (issuer, name),
            "{own} {field}"
        );
    }
}

#[test]
fn entries_of_password_managers() {
    for (label, parameter, title, user, issuer, name) in [
        ("default", "", "Beta", "bob", "Beta", "bob"),
        ("Strongbox", "", "Acme", "ann", "Acme", "ann"),
        ("Acme:none", "Acme", "Acme", "", "Acme", "none"),
        ("Acme:none", "Acme", "Acme", "ann", "Acme", "ann"),
        ("KeePassXC:none", "KeePassXC", "Acme", "ann", "Acme", "ann"),
        ("None:OTP", "None", "Acme", "ann", "Acme", "ann"),
        ("None:OTP", "None", "", "", "None", "OTP"),
        ("default", "", "", "", "", "default"),
        ("", "", "Acme", "ann", "Acme", "ann"),
        ("", "", "Acme", "", "Acme", ""),
        ("", "", "ann", "ann", "", "ann"),
        ("", "", ":null", "ann@acme.example", "", "ann@acme.example"),
        ("ann@acme.example", "", ":null", "", "", "ann@acme.example"),
        (
            "ann@acme.example",
            "",
            "null:null",
            "null",
            "",
            "ann@acme.example",
        ),
        ("GitHub", "GitHub", "GitHub", "ann", "GitHub", "GitHub"),
        ("Acme", "", "Acme", "ann", "Acme", "ann"),
        ("Acme:ann", "Acme", "My work login", "boss", "Acme", "ann"),
        (
            "alice@123456789012",
            "",
            "AWS root",
            "",
            "AWS root",
            "alice@123456789012",
        ),
        (" ", "", " Acme ", "\u{a0}ann", "Acme", "ann"),
    ] {
        let named = uri(label, parameter, title, user);
        assert_eq!(
            named,
            (issuer.to_owned(), name.to_owned()),
            "{label} {title} {user}"
        );
        // In two steps, as a format does that reads the URI first.
        let (own, first) = uri(label, parameter, "", "");
        let label = Label::Field(&first);
        let again = decide(&Said {
            issuer: &own,
            label,
            title,
            user,
        });
        assert_eq!((again.issuer.as_str(), again.name.as_str()), (issuer, name));
    }
}

proptest! {
    /// Nobody's name changes at the second export and import.
    #[test]
    fn a_decision_is_final(
        label in r"((Acme|null|none|a\.b|[:/ %a]|%3[aA]|%25|%20|443|\PC){0,8})",
        issuer in r"((Acme|null|[:/ %a]|\PC){0,5})",
        user in "(bob|null|Acme|)",
    ) {
        let label = Label::Uri(&label);
        let first = decide(&Said { issuer: &issuer, label, title: "", user: &user });
        let label = Label::Field(&first.name);
        let again = decide(&Said { issuer: &first.issuer, label, title: "", user: &user });
        prop_assert_eq!((&again.issuer, &again.name), (&first.issuer, &first.name));
    }
}
