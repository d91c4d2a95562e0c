//! A process whose memory is examined: a test of the same program that holds still after each stage.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Lines, Read as _, Seek as _, SeekFrom, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

pub struct Examined {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    waits: bool,
}

impl Examined {
    /// Starts the ignored test of this name.
    pub fn start(test: &str, name: &str, value: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", test, "--ignored", "--nocapture", "--test-threads", "1"]).env(name, value);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines, waits: false }
    }

    /// Lets it go on until it holds still after this stage.
    pub fn reach(&mut self, stage: &str) {
        if self.waits {
            self.child.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
        }
        let end = format!("stage {stage}");
        let reached = self.lines.by_ref().map_while(Result::ok).any(|line| line.ends_with(&end));
        assert!(reached, "the child ended early");
        self.waits = true;
    }

    /// Shows all memory that it can write: what is mapped there, the first address, the bytes.
    pub fn each_region(&self, mut see: impl FnMut(&str, u64, &[u8])) {
        let pid = self.child.id();
        let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
        let mut memory = File::open(format!("/proc/{pid}/mem")).unwrap();
        for line in maps.lines().filter(|line| line.contains(" rw")) {
            let range = line.split(' ').next().and_then(|range| range.split_once('-')).unwrap();
            let [from, to] = [range.0, range.1].map(|hex| u64::from_str_radix(hex, 16).unwrap());
            let mut bytes = vec![0; (to - from) as usize];
            if memory.seek(SeekFrom::Start(from)).is_ok() && memory.read_exact(&mut bytes).is_ok() {
                see(line.split_whitespace().nth(5).unwrap_or("anonymous"), from, &bytes);
            }
        }
    }
}

impl Drop for Examined {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// In the examined process: holds still after a stage.
pub fn pause(stage: &str) {
    std::io::stdout().write_all(format!("stage {stage}\n").as_bytes()).unwrap();
    std::io::stdin().lines().next().unwrap().unwrap();
}
