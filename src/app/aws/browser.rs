//! Opens a secret link in a browser.

use std::path::Path;
use std::process::{Command, Stdio};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use super::handover::{Handed, Handover};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::programs;
use crate::aws::config::split_words;
use crate::vault::format::random_array;
use crate::vault::storage::plain;

/// The browsers that `--container` looks for, in this order.
const BROWSERS: &[&str] = &[
    "firefox",
    "google-chrome",
    "google-chrome-stable",
    "chromium",
    "chromium-browser",
    "brave-browser",
    "microsoft-edge",
    "/Applications/Firefox.app/Contents/MacOS/firefox",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Mozilla Firefox\firefox.exe",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
];
/// Parts of the names of Firefox and of browsers that are made from it.
const LIKE_FIREFOX: [&str; 6] = [
    "firefox",
    "floorp",
    "iceweasel",
    "librewolf",
    "waterfox",
    "zen",
];

/// Which browser opens a link, and how.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct BrowserArgs {
    /// Browser to use, with its options [default: the system's]
    #[arg(long, value_name = "COMMAND", value_parser = words)]
    browser: Option<Words>,
    /// Firefox container, or Chrome profile, to open it in
    #[arg(long, value_name = "NAME", value_parser = container)]
    container: Option<String>,
}

/// A program and its arguments.
#[derive(Debug, Clone)]
struct Words(Vec<String>);

/// Splits a command at its spaces, without a shell. A quoted word may contain spaces.
fn words(text: &str) -> std::result::Result<Words, String> {
    let words = split_words(text).filter(|words| words.first().is_some_and(|w| !w.is_empty()));
    words.map(Words).ok_or_else(|| "not a command".to_owned())
}

fn container(text: &str) -> std::result::Result<String, String> {
    if text.is_empty() || text.len() > 100 || text.chars().any(char::is_control) {
        return Err("not the name of a container".to_owned());
    }
    Ok(text.to_owned())
}

impl BrowserArgs {
    /// The program that opens `address`. Fails if `--container` finds no browser.
    fn command(&self, address: &str) -> Result<Command> {
        let given = self.browser.as_ref().map(|Words(words)| words.as_slice());
        let Some(container) = &self.container else {
            let opener: Vec<_> = OPENER.iter().map(ToString::to_string).collect();
            let words = given.unwrap_or(&opener);
            let mut command = programs::child(&words[0]);
            command.args(&words[1..]).arg(address);
            return Ok(command);
        };
        let words = given.map(<[String]>::to_vec);
        let words = words.or_else(any_browser).ok_or_else(|| {
            let message = "found neither Firefox nor Chrome for --container";
            let hint = "mfa aws console --container NAME --browser COMMAND";
            CommandError::new(Exit::Failed, message).with_hint(hint)
        })?;
        let mut command = programs::child(&words[0]);
        command.args(&words[1..]);
        if is_like_firefox(&words[0]) {
            command.arg(container_url(container, address));
        } else {
            command
                .arg(format!("--profile-directory={container}"))
                .arg(address);
        }
        Ok(command)
    }
}

/// The first browser that is installed.
fn any_browser() -> Option<Vec<String>> {
    let is_there = |name: &&&str| programs::is_there(Path::new(name));
    let found = BROWSERS.iter().find(is_there)?;
    Some(vec![(*found).to_owned()])
}

/// Opens a link in the system's browser: a program and its arguments. Windows' `explorer` fails even
/// if it opens the link, and `start` reads the link as a line of `cmd`.
const OPENER: &[&str] = if cfg!(target_os = "macos") {
    &["open"]
} else if cfg!(windows) {
    &["rundll32.exe", "url.dll,FileProtocolHandler"]
} else {
    &["xdg-open"]
};

fn is_like_firefox(program: &str) -> bool {
    let name = Path::new(program).file_name().unwrap_or_default();
    let name = name.to_string_lossy().to_lowercase();
    LIKE_FIREFOX.iter().any(|part| name.contains(part))
}

/// The address that Firefox's extension "Open external links in a container" listens to.
fn container_url(container: &str, address: &str) -> String {
    let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    format!(
        "ext+container:name={}&url={}",
        encoded(container),
        encoded(address)
    )
}

/// Opens a link in the browser, and waits until the browser has it.
///
/// # Errors
/// If there is no browser, or it does not ask for the link.
pub(crate) fn open_link(
    context: &mut Context,
    args: &BrowserArgs,
    link: &Zeroizing<String>,
) -> Result {
    let failed = |why: &str| {
        CommandError::new(Exit::Failed, format!("cannot open a browser: {why}"))
            .with_hint("mfa aws console --print")
    };
    let handover = Handover::new(random_array(&mut context.random)?);
    let handover = handover.map_err(|error| failed(&plain(&error)))?;
    let address = Address::new(context, &handover)?;
    let mut command = args.command(&address.text)?;
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // ^C and the end of this terminal do not end the browser.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut browser = programs::start(&mut command).map_err(|error| {
        let name = command.get_program().to_string_lossy();
        failed(&format!("{name}: {}", plain(&error)))
    })?;
    context.ui.note("opening the console in the browser");
    let mut status = None;
    let handed = handover.serve(link, || {
        status = status.or_else(|| browser.try_wait().ok().flatten());
        // It may have passed the address on to a browser that is open already.
        status.is_some_and(|status| !status.success())
    });
    match (handed, status) {
        (Handed::Over, _) => Ok(()),
        (Handed::GivenUp, Some(status)) => {
            let name = command.get_program().to_string_lossy();
            Err(failed(&format!("{name} failed ({status})")))
        }
        _ => Err(failed("it did not ask for the link")),
    }
}

/// What the browser gets as its argument.
struct Address {
    text: String,
    #[cfg(not(any(target_os = "linux", windows)))]
    file: crate::vault::storage::StateDir,
}

/// Where the handover checks who asks, its own address is enough. So it is on Windows, where users do not
/// see the arguments of others' programs.
#[cfg(any(target_os = "linux", windows))]
impl Address {
    #[expect(
        clippy::unnecessary_wraps,
        reason = "writing a file may fail on other systems"
    )]
    fn new(_: &Context, handover: &Handover) -> Result<Self> {
        let text = handover.url();
        Ok(Self { text })
    }
}

/// Elsewhere, other users may see the arguments: a private file has the address, which is worthless after
/// the first answer.
#[cfg(not(any(target_os = "linux", windows)))]
impl Address {
    const NAME: &str = "aws-console-address.html";

    fn new(context: &Context, handover: &Handover) -> Result<Self> {
        let url = handover.url();
        let page =
            format!("<!doctype html><meta http-equiv=\"refresh\" content=\"0;url={url}\">\n");
        context.state.write(Self::NAME, page.as_bytes())?;
        Ok(Self {
            text: context.state.path(Self::NAME).display().to_string(),
            file: context.state.clone(),
        })
    }
}

#[cfg(not(any(target_os = "linux", windows)))]
impl Drop for Address {
    fn drop(&mut self) {
        let _ = self.file.remove(Self::NAME);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(args: &BrowserArgs) -> Vec<String> {
        let command = args.command("http://127.0.0.1:1/a").unwrap();
        std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word| word.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn each_browser_has_its_own_way_to_keep_accounts_apart() {
        let args = |browser: &str, container: Option<&str>| BrowserArgs {
            browser: Some(words(browser).unwrap()),
            container: container.map(ToOwned::to_owned),
        };
        let plain = line(&args("firefox -P \"my work\"", None));
        assert_eq!(plain, ["firefox", "-P", "my work", "http://127.0.0.1:1/a"]);
        let in_firefox = line(&args("/usr/bin/librewolf", Some("a&b")));
        let url = "ext+container:name=a%26b&url=http%3A%2F%2F127%2E0%2E0%2E1%3A1%2Fa";
        assert_eq!(in_firefox, ["/usr/bin/librewolf", url]);
        let in_chrome = line(&args("chromium --incognito", Some("Profile 2")));
        let profile = "--profile-directory=Profile 2";
        assert_eq!(
            in_chrome,
            ["chromium", "--incognito", profile, "http://127.0.0.1:1/a"]
        );
        // On Windows, with the folder in which it was found.
        assert!(line(&BrowserArgs::default())[0].ends_with(OPENER[0]));
    }

    #[test]
    fn what_is_no_command_is_refused() {
        // Windows has no single quotes.
        let unclosed = if cfg!(windows) { "" } else { "'" };
        for bad in ["", " ", "\"\"", unclosed] {
            assert!(words(bad).is_err(), "{bad:?}");
        }
        for bad in ["", "a\nb", "a\u{1b}b"] {
            assert!(container(bad).is_err(), "{bad:?}");
        }
    }
}
