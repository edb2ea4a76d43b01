//! The escape sequence that sets the clipboard of a terminal (xterm's "Manipulate Selection Data").
//! What the clipboard holds cannot be read back: most terminals refuse, and the answer would come as
//! typed text.

use data_encoding::BASE64;
use zeroize::Zeroizing;

/// What stands between this program and the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrap {
    /// Nothing: it gets the sequence as it is.
    Plain,
    /// GNU screen passes on what is in a device control string.
    Screen,
    /// tmux passes on what is in a device control string of its own, with each escape doubled. Since
    /// tmux 3.3 only with `allow-passthrough`.
    Tmux,
}

/// The sequence that sets the clipboard to `text`.
pub(crate) fn setting(text: &str, wrap: Wrap) -> Zeroizing<String> {
    let data = Zeroizing::new(BASE64.encode(text.as_bytes()));
    let data = data.as_str();
    Zeroizing::new(match wrap {
        Wrap::Plain => format!("\u{1b}]52;c;{data}\u{7}"),
        Wrap::Screen => format!("\u{1b}P\u{1b}]52;c;{data}\u{7}\u{1b}\\"),
        Wrap::Tmux => format!("\u{1b}Ptmux;\u{1b}\u{1b}]52;c;{data}\u{7}\u{1b}\\"),
    })
}

/// The sequence that clears the clipboard. Some terminals ignore an empty text, so a space comes first.
pub(crate) fn clearing(wrap: Wrap) -> String {
    [" ", ""]
        .map(|text| setting(text, wrap).to_string())
        .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_in_base64_and_wrapped() {
        let made = |wrap| setting("123456", wrap).to_string();
        assert_eq!(made(Wrap::Plain), "\u{1b}]52;c;MTIzNDU2\u{7}");
        assert_eq!(
            made(Wrap::Screen),
            "\u{1b}P\u{1b}]52;c;MTIzNDU2\u{7}\u{1b}\\"
        );
        assert_eq!(
            made(Wrap::Tmux),
            "\u{1b}Ptmux;\u{1b}\u{1b}]52;c;MTIzNDU2\u{7}\u{1b}\\"
        );
        let cleared = "\u{1b}]52;c;IA==\u{7}\u{1b}]52;c;\u{7}";
        assert_eq!(clearing(Wrap::Plain), cleared);
    }
}
