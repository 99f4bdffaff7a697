//! What a console of Windows shows around the output of a command, where both were copied from it: the prompt with the command
//! line, and the next prompt.

use crate::target::lines;

/// The lines that a command printed, with where they begin. Passed over are prompts, and, where one of them has a command line
/// with this name in it (in lower case), all that stands before the first such.
pub(super) fn printed<'a>(text: &'a str, name: &str) -> impl Iterator<Item = (usize, &'a str)> {
    let is_command = |line: &str| is_prompt(line) && line.to_ascii_lowercase().contains(name);
    let command = lines(text).find(|(_, _, line)| is_command(line)).map_or(0, |(number, _, _)| number);
    let behind = lines(text).filter(move |(number, _, line)| *number > command && !is_prompt(line));
    behind.map(|(_, start, line)| (start, line))
}

/// Whether a line begins with a prompt: of `cmd` (`C:\>`), of PowerShell (`PS C:\>`), or of `netsh` (`netsh winhttp>`).
fn is_prompt(line: &str) -> bool {
    let Some((before, _)) = line.trim().split_once('>') else { return false };
    let path = before.strip_prefix("PS ").unwrap_or(before);
    matches!(path.as_bytes(), [drive, b':', b'\\', ..] if drive.is_ascii_alphabetic())
        || before.split_ascii_whitespace().next() == Some("netsh")
}
