//! Keys and URIs that somebody types. What is mistyped is asked for again.

use std::io::ErrorKind;
use std::path::PathBuf;

use super::payloads::{Batch, MAX_TEXT_BYTES, is_picture, pictures, text};
use crate::app::account_args::label;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::user_files::read_stdin;
use crate::import::Found;
use crate::otp::{self, Parsed, split_label};
use crate::ui::Prompt;

/// A key alone, by prompt or from stdin.
pub(crate) fn key(context: &Context) -> Result<Found> {
    match context.ui.prompt() {
        Some(mut prompt) if context.ui.stdin_is_terminal() => {
            ask_until(context, &mut prompt, "Key", uri_or_key)
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
                let message = "stdin has more than one line: a key is one";
                return Err(CommandError::new(Exit::Unusable, message));
            }
            uri_or_key(first)
        }
    }
}

/// A URI, a key or a picture's path, by hidden prompt.
pub(crate) fn prompt(context: &Context) -> Result<Vec<Found>> {
    match context.ui.prompt() {
        Some(mut prompt) if context.ui.stdin_is_terminal() => ask_until(
            context,
            &mut prompt,
            "otpauth URI, secret key or picture",
            |typed| uri_key_or_picture(context, typed),
        ),
        _ => Err(
            CommandError::new(Exit::Usage, "nothing to add: no picture, URI or key")
                .with_hint("mfa add --qr PICTURE"),
        ),
    }
}

/// Asks for the name of an account, as `--name` would give it. `None` if nobody can be asked.
pub(crate) fn ask_name(context: &Context, question: &str) -> Result<Option<String>> {
    let Some(mut prompt) = context.ui.prompt() else {
        return Ok(None);
    };
    loop {
        let typed = match prompt.line(question) {
            Err(error) if error.kind() == ErrorKind::InvalidData => Err(NOT_TEXT.to_owned()),
            typed => label(&typed?),
        };
        match typed {
            Ok(name) if split_label(&name).1.trim().is_empty() => {
                context.ui.note("the account needs a name");
            }
            Ok(name) => return Ok(Some(name)),
            Err(why) => context.ui.note(&why),
        }
    }
}

/// Asks without echo, until `read` can use what was typed. Only ^C and ^D end it.
fn ask_until<T>(
    context: &Context,
    prompt: &mut Prompt<'_>,
    question: &str,
    read: impl Fn(&str) -> Result<T>,
) -> Result<T> {
    loop {
        let typed = match prompt.hidden(question) {
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

const NOT_TEXT: &str = "that is not UTF-8 text";

fn uri_key_or_picture(context: &Context, typed: &str) -> Result<Vec<Found>> {
    if typed.contains("://") {
        let mut batch = Batch::default();
        batch.add_payload(context, typed.trim())?;
        return batch.finish(context);
    }
    match path(typed).filter(|path| is_picture(path)) {
        Some(path) => pictures(context, &[path]),
        None => Ok(vec![uri_or_key(typed)?]),
    }
}

/// A path as it is typed, pasted or dropped where no shell reads it: in quotes, with `\\ ` for a space, from
/// `~` on. `None` for what has no character that a key cannot have: a key is not looked up as the name of
/// a file, which may go over a network.
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
            typed.replace("\\ ", " ")
        }
    });
    let home = path.strip_prefix("~/").and_then(|below| {
        let home = directories::BaseDirs::new()?;
        Some(home.home_dir().join(below))
    });
    Some(home.unwrap_or_else(|| path.into()))
}

fn uri_or_key(text: &str) -> Result<Found> {
    if text.contains("://") {
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
        let home = directories::BaseDirs::new().unwrap();
        for (typed, read) in [
            ("./aws", Some("./aws".into())),
            ("/tmp/my shot.png ", Some("/tmp/my shot.png".into())),
            (r"/tmp/my\ shot.png", Some("/tmp/my shot.png".into())),
            ("'/tmp/my shot.png' ", Some("/tmp/my shot.png".into())),
            ("\"aws.png\"", Some("aws.png".into())),
            ("~/aws.png", Some(home.home_dir().join("aws.png"))),
            ("", None),
            ("gezd gnbv-GY3T==", None),
        ] {
            assert_eq!(path(typed), read, "{typed}");
        }
    }
}
