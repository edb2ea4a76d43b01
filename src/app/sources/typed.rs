//! Keys and URIs that the user types. A mistyped one is asked for again.

use std::io::ErrorKind;
use std::path::PathBuf;

use super::payloads::{Batch, MAX_TEXT_BYTES, is_picture, pictures, text};
use crate::app::account_args::label;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::folders;
use crate::app::user_files::read_stdin;
use crate::import::Found;
use crate::otp::{self, Parsed, Secret, SecretError, split_label};
use crate::ui::{Look, Prompt};

/// Reads a key from a prompt or from stdin.
pub(crate) fn key(context: &Context) -> Result<Found> {
    match context.ui.prompt() {
        Some(mut prompt) if context.ui.stdin_is_terminal() => {
            ask_until(context, &mut prompt, "Secret key", uri_or_key)
        }
        _ => {
            let text = text(read_stdin(
                &context.ui,
                "a key from the terminal",
                MAX_TEXT_BYTES,
            )?)?;
            let mut lines = text.lines().filter(|line| !line.trim().is_empty());
            let first = lines.next().unwrap_or_default();
            if lines.next().is_some() {
                let message = "stdin has more than one line; pass only the key";
                return Err(CommandError::new(Exit::Unusable, message));
            }
            uri_or_key(first)
        }
    }
}

/// Asks for a URI, a key or the path of a picture, without echo.
pub(crate) fn prompt(context: &Context) -> Result<Vec<Found>> {
    match context.ui.prompt() {
        Some(mut prompt) if context.ui.stdin_is_terminal() => ask_until(
            context,
            &mut prompt,
            "otpauth URI, secret key or picture",
            |typed| uri_key_or_picture(context, typed),
        ),
        _ => Err(CommandError::new(
            Exit::Usage,
            "nothing to add: no picture, URI or key was given",
        )
        .with_hint("mfa add --qr PICTURE")),
    }
}

/// Asks for an account's name, in the form of `--name`. Enter alone accepts the `proposed` one, if it is
/// not empty. `None` if it was accepted, or if there is no terminal.
pub(crate) fn ask_name(
    context: &Context,
    question: &str,
    proposed: &str,
) -> Result<Option<String>> {
    let question = if proposed.is_empty() {
        format!("{question} (ISSUER:NAME)")
    } else {
        format!("{question} (or press Enter for {proposed})")
    };
    let Some(mut prompt) = context.ui.prompt() else {
        return Ok(None);
    };
    loop {
        let typed = match prompt.line(&question) {
            Err(error) if error.kind() == ErrorKind::InvalidData => Err(NOT_TEXT.to_owned()),
            typed => label(&typed?),
        };
        match typed {
            Ok(name) if name.trim().is_empty() && !proposed.is_empty() => return Ok(None),
            Ok(name) if split_label(&name).1.trim().is_empty() => {
                context.ui.note("the account needs a name");
            }
            Ok(name) => return Ok(Some(name)),
            Err(why) => context.ui.note(&why),
        }
    }
}

/// Asks without echo until `read` accepts the input. Only ^C and ^D end the loop.
fn ask_until<T>(
    context: &Context,
    prompt: &mut Prompt<'_>,
    question: &str,
    read: impl Fn(&str) -> Result<T>,
) -> Result<T> {
    loop {
        let typed = match prompt.checked(question, &look) {
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                context.ui.note(NOT_TEXT);
                continue;
            }
            typed => typed?,
        };
        match read(&typed) {
            Ok(read) => return Ok(read),
            Err(error) => {
                context.ui.note(&error.to_string());
                error.details.iter().for_each(|more| context.ui.note(more));
            }
        }
    }
}

/// What is shown of a key, a URI or a path while it is typed: the first character that no key has.
fn look(typed: &str) -> Look {
    if typed.trim().is_empty() || typed.to_lowercase().starts_with("otpauth:") {
        return Look::Hidden(String::new());
    }
    if path(typed).is_some() && !otp::is_uri(typed) {
        return Look::Plain;
    }
    match Secret::from_base32(typed) {
        Err(SecretError::BadCharacter {
            character,
            position,
        }) => {
            let character = character.escape_default();
            Look::Hidden(format!(
                "character {position} is '{character}', not A–Z or 2–7"
            ))
        }
        Err(
            error @ (SecretError::TooLong
            | SecretError::NotHex
            | SecretError::NotBase64
            | SecretError::UnclearText
            | SecretError::OddSpaces),
        ) => Look::Hidden(error.to_string()),
        Ok(_) | Err(SecretError::Empty) => {
            let count = typed
                .chars()
                .filter(|letter| letter.is_alphanumeric())
                .count();
            Look::Hidden(format!("{count} characters"))
        }
    }
}

const NOT_TEXT: &str = "that is not UTF-8 text";

fn uri_key_or_picture(context: &Context, typed: &str) -> Result<Vec<Found>> {
    if otp::is_uri(typed) {
        let mut batch = Batch::default();
        batch.add_payload(context, typed.trim())?;
        return batch.finish(context);
    }
    match path(typed).filter(|path| is_picture(path)) {
        Some(path) => pictures(context, &[path]),
        None => Ok(vec![uri_or_key(typed)?]),
    }
}

/// Reads a typed, pasted or dropped path: quoted, with `\\ ` for a space, or starting with `~`.
/// `None` if the text may be a key: a key must not be looked up as a file, perhaps over a network.
fn path(typed: &str) -> Option<PathBuf> {
    let typed = typed.trim();
    if !typed.contains(['.', '/', std::path::MAIN_SEPARATOR]) {
        return None;
    }
    let quoted = ['\'', '"'].iter().find_map(|&quote| {
        let inner = typed.strip_prefix(quote)?.strip_suffix(quote)?;
        Some(inner.to_owned())
    });
    let path = quoted.unwrap_or_else(|| {
        if cfg!(windows) {
            typed.to_owned()
        } else {
            unescaped(typed)
        }
    });
    let home = path
        .strip_prefix("~/")
        .and_then(|below| Some(folders::home()?.join(below)));
    Some(home.unwrap_or_else(|| path.into()))
}

/// The path that a terminal wrote as a word of a shell, such as `code\ \(1\).png`.
fn unescaped(typed: &str) -> String {
    let words = typed.contains('\\').then(|| shlex::split(typed)).flatten();
    match words.as_deref() {
        Some([word]) => word.clone(),
        _ => typed.replace("\\ ", " "),
    }
}

fn uri_or_key(text: &str) -> Result<Found> {
    if otp::is_uri(text) {
        Ok(otp::parse(text)?.into())
    } else {
        Ok(Parsed::from_key(text)?.into())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_a_terminal_pastes_it() {
        let home = folders::home().unwrap();
        for (typed, read) in [
            ("./aws", Some("./aws".into())),
            ("/tmp/my shot.png ", Some("/tmp/my shot.png".into())),
            (r"/tmp/my\ shot.png", Some("/tmp/my shot.png".into())),
            (
                r"/tmp/a\ \(1\)\'s\ \#2.png",
                Some("/tmp/a (1)'s #2.png".into()),
            ),
            (
                r"/tmp/not one\(1\).png",
                Some(r"/tmp/not one\(1\).png".into()),
            ),
            ("'/tmp/my shot.png' ", Some("/tmp/my shot.png".into())),
            ("\"aws.png\"", Some("aws.png".into())),
            ("~/aws.png", Some(home.join("aws.png"))),
            ("", None),
            ("gezd gnbv-GY3T==", None),
        ] {
            assert_eq!(path(typed), read, "{typed}");
        }
    }
}
