//! `mfa cp` without a desktop: terminals over SSH, screen and tmux.

use rexpect::session::{PtySession, spawn_command};

use crate::desktops::{Tmux, ends, have, wait_for};
use crate::sandbox::Sandbox;
use crate::terminal::rest;

/// `mfa cp` on a terminal that is not a desktop's.
fn over_ssh(sandbox: &Sandbox, variables: &[(&str, &str)], line: &str) -> PtySession {
    let mut command = sandbox.command(line);
    command.env("TERM", "xterm").env("SSH_TTY", "/dev/pts/0");
    command.envs(variables.iter().copied());
    spawn_command(command, Some(20_000)).unwrap()
}

#[test]
fn over_ssh_the_terminal_gets_the_code() {
    let sandbox = Sandbox::with_aws();
    for (variable, sequence) in [
        ("OTHER", "\u{1b}]52;c;MTQwNjE1\u{7}"),
        ("STY", "\u{1b}P\u{1b}]52;c;MTQwNjE1\u{7}\u{1b}\\"),
    ] {
        let line = "mfa cp my --at 59 --clear-after 0";
        let text = rest(over_ssh(&sandbox, &[(variable, "1.x")], line), 0);
        assert!(text.contains(sequence), "{text:?}");
        assert!(
            text.contains("sent to the terminal's clipboard (OSC 52)"),
            "{text}"
        );
        assert!(!text.contains("140615"), "{text}");
    }
    // The console of Linux has no clipboard.
    let text = rest(over_ssh(&sandbox, &[("TERM", "linux")], "mfa cp my"), 1);
    assert!(text.contains("no clipboard: "), "{text}");
}

#[test]
fn a_terminal_that_stays_is_cleared_once() {
    let sandbox = Sandbox::with_aws();
    let mut shell = sandbox.command("mfa");
    let program = shell.get_program().to_owned();
    let script =
        "$0 cp my --at 59 --clear-after 1; sleep 0.5; $0 cp my --at 59 --clear-after 2; cat";
    shell = {
        let mut command = std::process::Command::new("sh");
        command.arg("-c").arg(script).arg(program).env_clear();
        command.envs(
            shell
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        command
            .env("TERM", "xterm")
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        command
    };
    let mut session = spawn_command(shell, Some(20_000)).unwrap();
    for _ in 0..2 {
        session.exp_string("\u{1b}]52;c;MTQwNjE1\u{7}").unwrap();
    }
    // The first helper leaves the clearing to the second.
    session
        .exp_string("\u{1b}]52;c;IA==\u{7}\u{1b}]52;c;\u{7}")
        .unwrap();
    ends(&sandbox);
    session.send_control('d').unwrap();
    let text = rest(session, 0);
    assert!(!text.contains("]52;"), "{text:?}");
}

#[test]
fn tmux_gets_the_code_and_passes_it_on() {
    if !have(&["tmux"]) {
        return;
    }
    let sandbox = Sandbox::with_aws();
    for setting in ["external", "on"] {
        let tmux = Tmux::new(&sandbox, setting);
        let line = ["new-session", "-x", "80", "-y", "24", "echo ready; exec sh"];
        let mut session = spawn_command(tmux.command(&sandbox, &line), Some(20_000)).unwrap();
        session.exp_string("ready").unwrap();
        tmux.run(&sandbox, &["set", "-s", "set-clipboard", setting])
            .unwrap();
        let line = "$MFA cp my --at 59 --clear-after 3";
        session.send_line(line).unwrap();
        // The terminal of tmux.
        session.exp_string("]52;;MTQwNjE1").unwrap();
        let buffer = || tmux.run(&sandbox, &["show-buffer"]);
        assert_eq!(buffer().as_deref(), Some("140615"));
        let screen = tmux.run(&sandbox, &["capture-pane", "-p"]).unwrap();
        assert!(!screen.contains("140615"), "{screen}");
        wait_for("tmux has it no more", || buffer().is_none().then_some(()));
        session.exp_string("]52;;IA==").unwrap();
        // What was copied since stays.
        session
            .send_line("$MFA cp my --at 59 --clear-after 1")
            .unwrap();
        session.exp_string("]52;;MTQwNjE1").unwrap();
        tmux.run(&sandbox, &["set-buffer", "other"]).unwrap();
        ends(&sandbox);
        let buffers = tmux.run(&sandbox, &["list-buffers", "-F", "#{buffer_sample}"]);
        assert_eq!(buffers.as_deref(), Some("other\n"));
    }
}
