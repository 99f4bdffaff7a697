//! Asks a program of the system for settings that only it can print, within bounds of time and size.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::input::read_bounded;

/// How long a program may take. What is asked prints what it has stored, in well under a second.
const TIME: Duration = Duration::from_secs(5);

/// How much it may print, in bytes; real answers have a few KiB.
const OUTPUT: u64 = 1024 * 1024;

/// How often is looked whether a program that has said all has ended.
const LOOK: Duration = Duration::from_millis(5);

/// So many characters of a program's own complaint are told.
const COMPLAINT: usize = 200;

/// What a program at this absolute path prints; `None` where there is none. It gets no input, and speaks English where it can.
///
/// The path is absolute because this program may run as root, and what `PATH` finds may be anybody's.
///
/// # Errors
/// The program cannot be started, takes longer than 5 s (it is ended), prints more than 1 MiB, or fails: then with what it said
/// itself.
pub(super) fn asked(program: &Path, arguments: &[&str]) -> io::Result<Option<Vec<u8>>> {
    asked_within(program, arguments, TIME)
}

/// A question, for people: the program without its folder.
pub(super) fn name(program: &Path, arguments: &[&str]) -> String {
    let program = program.file_stem().unwrap_or(program.as_os_str()).to_string_lossy();
    [&[&*program], arguments].concat().join(" ")
}

fn asked_within(program: &Path, arguments: &[&str], time: Duration) -> io::Result<Option<Vec<u8>>> {
    if !program.is_absolute() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path of a program is absolute"));
    }
    let mut command = Command::new(program);
    command.args(arguments).env("LC_ALL", "C");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(&mut command, CREATE_NO_WINDOW);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let answer = answer(&mut child, Instant::now() + time);
    if answer.is_err() {
        // It may have ended by itself, and then there is nothing to end.
        let _ = child.kill();
        let _ = child.wait();
    }
    let (status, output, complaint) = answer?;
    if status.success() { Ok(Some(output)) } else { Err(failure(status, &output, &complaint)) }
}

/// `CREATE_NO_WINDOW` of `CreateProcess`: without it a program for the console opens one where there is none.
#[cfg(windows)]
const CREATE_NO_WINDOW: u32 = 0x0800_0000;

/// How a program ended, and what it wrote to standard output and to standard error.
type Answer = (ExitStatus, Vec<u8>, Vec<u8>);

fn answer(child: &mut Child, deadline: Instant) -> io::Result<Answer> {
    let late = || io::Error::new(io::ErrorKind::TimedOut, "it takes too long");
    // Both are read at once: a program that waits for one to be read never ends the other.
    let output = reader(child.stdout.take());
    let complaint = reader(child.stderr.take());
    let taken = |receive: mpsc::Receiver<io::Result<Option<Vec<u8>>>>| {
        let left = deadline.saturating_duration_since(Instant::now());
        let bytes = receive.recv_timeout(left).map_err(|_| late())??;
        bytes.ok_or_else(|| io::Error::other(format!("it prints more than {} MiB", OUTPUT / 1024 / 1024)))
    };
    let (output, complaint) = (taken(output)?, taken(complaint)?);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status, output, complaint));
        }
        if Instant::now() >= deadline {
            return Err(late());
        }
        thread::sleep(LOOK);
    }
}

/// Reads on a thread of its own, which nobody waits for: where the program has left its output to another one that lives on,
/// it ends with that one.
fn reader(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<io::Result<Option<Vec<u8>>>> {
    let (send, receive) = mpsc::sync_channel(1);
    thread::spawn(move || {
        let bytes = pipe.map_or(Ok(Some(Vec::new())), |pipe| read_bounded(pipe, OUTPUT));
        // Whoever asked may have stopped waiting.
        let _ = send.send(bytes);
    });
    receive
}

/// How a program failed, with the first line of what it said. Some say it on standard output.
fn failure(status: ExitStatus, output: &[u8], complaint: &[u8]) -> io::Error {
    let first = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
        Some(line.chars().take(COMPLAINT).collect::<String>())
    };
    match first(complaint).or_else(|| first(output)) {
        Some(line) => io::Error::other(format!("{status}: {line}")),
        None => io::Error::other(status.to_string()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// The shell stands for any program.
    fn shell(script: &str, time: Duration) -> io::Result<Option<Vec<u8>>> {
        asked_within(Path::new("/bin/sh"), &["-c", script], time)
    }

    #[test]
    fn what_a_program_prints() {
        let answer = shell("cat; echo \"$0 $LC_ALL\"", TIME).unwrap().unwrap();
        assert_eq!(String::from_utf8_lossy(&answer), "/bin/sh C\n");
        assert_eq!(shell("exit 0", TIME).unwrap(), Some(Vec::new()));
        // More than a pipe holds, on both.
        let both = shell("head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero", TIME).unwrap().unwrap();
        assert_eq!(both.len(), 300_000);
    }

    #[test]
    fn a_program_that_is_not_there_or_fails() {
        assert_eq!(asked(Path::new("/no/such/program"), &[]).unwrap(), None);
        let told = |script| shell(script, TIME).unwrap_err().to_string();
        assert_eq!(told("echo no such schema >&2; exit 3"), "exit status: 3: no such schema");
        assert_eq!(told("echo; echo  not found; exit 1"), "exit status: 1: not found");
        assert_eq!(told("exit 7"), "exit status: 7");
        assert_eq!(asked(Path::new("sh"), &[]).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn bounds_of_time_and_size() {
        let short = Duration::from_millis(100);
        for script in ["sleep 5", "exec >&- 2>&-; sleep 5", "sleep 5 & exit 0"] {
            let begin = Instant::now();
            assert_eq!(shell(script, short).unwrap_err().kind(), io::ErrorKind::TimedOut, "{script}");
            assert!(begin.elapsed() < Duration::from_secs(4), "{script}: {:?}", begin.elapsed());
        }
        let begin = Instant::now();
        assert_eq!(shell("cat /dev/zero", TIME).unwrap_err().to_string(), "it prints more than 1 MiB");
        assert!(begin.elapsed() < TIME);
    }

    #[test]
    fn a_question_has_the_name_of_its_program() {
        assert_eq!(name(&PathBuf::from("/usr/sbin/scutil"), &["--proxy"]), "scutil --proxy");
    }
}
