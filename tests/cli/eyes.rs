//! A terminal of a test: what a person sees on it, and the keys that they press.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rexpect::process::PtyProcess;
use rustix::termios::{Winsize, tcsetwinsize};

/// What is waited for comes within this time, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Screen {
    process: PtyProcess,
    terminal: File,
    /// A file with the process id.
    number: tempfile::NamedTempFile,
    parser: Arc<Mutex<vt100::Parser>>,
    /// All bytes that the program wrote.
    written: Arc<Mutex<Vec<u8>>>,
}

impl Screen {
    /// Starts a program on a terminal of this size.
    pub fn start(mut command: Command, columns: u16, rows: u16) -> Self {
        // A shell sets the size and tells its process id, which is then the program's.
        let number = tempfile::NamedTempFile::new().unwrap();
        let program = command.get_program().to_owned();
        let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        let mut shell = Command::new("sh");
        let size = format!(
            "stty sane rows {rows} cols {columns}; echo $$ >\"$NUMBER\"; exec \"$0\" \"$@\""
        );
        shell
            .args(["-c", &size])
            .arg(program)
            .args(arguments)
            .env_clear();
        let variables = command
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)));
        shell
            .envs(variables)
            .env("TERM", "xterm-256color")
            .env("NUMBER", number.path());
        if let Some(term) = command.get_envs().find(|(name, _)| *name == "TERM") {
            shell.env("TERM", term.1.unwrap());
        }
        if let Some(folder) = command.get_current_dir() {
            shell.current_dir(folder);
        }
        command = shell;
        let mut process = PtyProcess::new(command).unwrap();
        // A shell ignores the signal that ends other programs.
        process.set_kill_timeout(Some(1000));
        let terminal = process.get_file_handle().unwrap();
        let parser = Arc::new(Mutex::new(vt100::Parser::new(rows, columns, 0)));
        let written = Arc::new(Mutex::new(Vec::new()));
        let mut output = process.get_file_handle().unwrap();
        let (to_parser, to_written) = (Arc::clone(&parser), Arc::clone(&written));
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // It ends with an error when the program has ended.
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                to_parser.lock().unwrap().process(&bytes[..count]);
                to_written
                    .lock()
                    .unwrap()
                    .extend_from_slice(&bytes[..count]);
            }
        });
        Self {
            process,
            terminal,
            number,
            parser,
            written,
        }
    }

    /// The lines of the screen.
    pub fn text(&self) -> String {
        self.parser.lock().unwrap().screen().contents()
    }

    /// How many bytes the program has written.
    pub fn written(&self) -> usize {
        self.written.lock().unwrap().len()
    }

    /// Whether the program uses the screen that full-screen programs have for themselves.
    pub fn is_alternate(&self) -> bool {
        self.parser.lock().unwrap().screen().alternate_screen()
    }

    pub fn hides_cursor(&self) -> bool {
        self.parser.lock().unwrap().screen().hide_cursor()
    }

    /// Waits until the screen is as wanted, and returns its text.
    pub fn until(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let begin = Instant::now();
        loop {
            let text = self.text();
            if wanted(&text) {
                // The rest of the same drawing may be on its way.
                std::thread::sleep(Duration::from_millis(50));
                let text = self.text();
                if wanted(&text) {
                    return text;
                }
            }
            assert!(
                begin.elapsed() < PATIENCE,
                "not seen: {what}; the screen:\n{text}"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until this is on the screen.
    pub fn shows(&self, wanted: &str) -> String {
        self.until(wanted, |text| text.contains(wanted))
    }

    /// Waits until this is no longer on the screen.
    pub fn no_longer_shows(&self, wanted: &str) -> String {
        self.until(&format!("the end of {wanted}"), |text| {
            !text.contains(wanted)
        })
    }

    pub fn keys(&mut self, keys: &str) {
        self.terminal.write_all(keys.as_bytes()).unwrap();
    }

    /// Gives the terminal another size, which the program is told by a signal.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.parser
            .lock()
            .unwrap()
            .screen_mut()
            .set_size(rows, columns);
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&self.terminal, size).unwrap();
    }

    pub fn signal(&mut self, name: &str) {
        let process = std::fs::read_to_string(self.number.path()).unwrap();
        let killed = Command::new("kill").args([name, process.trim()]).status();
        assert!(killed.unwrap().success());
    }

    /// Waits for the end of the program: `Exited(…, code)` or `Signaled(…)`.
    pub fn end(&mut self) -> String {
        let status = self.process.wait().unwrap();
        format!("{status:?}")
    }
}
