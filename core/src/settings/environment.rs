//! Variables of the environment as files hold them: `/etc/environment`, `EnvironmentFile=`, and the output of `env`. What a shell
//! reads is [`shell`](super::shell)'s.
//!
//! A line is `NAME=value`, also behind `export`; `#` begins a comment line. Quotation marks around the whole value are taken
//! off (`pam_env` and systemd do so). Only the [`Variable`]s are read; all other names, and lines of other forms, are passed over
//! without a word: such files are full of them, and of secrets.

use crate::mistake::MistakeKind;
use crate::select::environment::Variable;
use crate::settings::{Key, Reading, Scope};
use crate::target::lines;

/// Reads such a text.
pub fn read<'a>(text: &'a str, scope: &Scope<'a>) -> Reading<'a> {
    let mut reading = Reading::default();
    for (_, start, line) in lines(text) {
        assignment(line, start, scope, &mut reading);
    }
    reading
}

/// Reads one line, which begins at this byte of the input.
fn assignment<'a>(line: &'a str, start: usize, scope: &Scope<'a>, reading: &mut Reading<'a>) {
    let trimmed = line.trim_start();
    let words =
        trimmed.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).unwrap_or(trimmed);
    let Some((name, value)) = words.trim_start().split_once('=') else { return };
    let Some(variable) = variable(name, start.saturating_add(super::place(line, name).start), reading) else {
        return;
    };
    let value = value.trim();
    if let Some(sudo) = sudo_behind(value) {
        let from = start.saturating_add(super::place(line, sudo).start);
        return reading.note(MistakeKind::SudoDropsVariable, from..from.saturating_add(sudo.len()));
    }
    let from = start.saturating_add(super::place(line, value).start);
    let (inner, is_closed) = unquoted(value);
    if !is_closed {
        reading.note(MistakeKind::QuoteOpen, from..from.saturating_add(value.len()));
    }
    let from = start.saturating_add(super::place(line, inner).start);
    reading.add(Key::Variable(variable), scope.clone(), inner, from..from.saturating_add(inner.len()));
}

/// The variable of this name, which begins at this byte of the input. Python reads such names in any mix of letter cases; where no
/// other program does, that is a mistake.
pub(super) fn variable(name: &str, at: usize, reading: &mut Reading<'_>) -> Option<Variable> {
    let known = Variable::ALL.into_iter().find(|variable| variable.as_str() == name);
    let of_proxy = |known: &Variable| known.as_str().ends_with("_proxy");
    if known.is_none()
        && Variable::ALL.iter().filter(|one| of_proxy(one)).any(|one| one.as_str().eq_ignore_ascii_case(name))
    {
        reading.note(MistakeKind::VariableCase, at..at.saturating_add(name.len()));
    }
    known
}

/// The word `sudo`, where a command line has it between this value and the command that it is for, and it does not pass the
/// environment on (`-E`): the variable is lost.
fn sudo_behind(value: &str) -> Option<&str> {
    let mark = value.chars().next().filter(|mark| matches!(mark, '"' | '\''));
    let rest = match mark {
        Some(mark) => value.get(1..)?.split_once(mark)?.1,
        None => value.split_once([' ', '\t'])?.1,
    };
    let mut words = rest.split_ascii_whitespace().skip_while(|word| word.contains('='));
    let sudo = words.next().filter(|word| *word == "sudo")?;
    let passes = words.next().is_some_and(|flag| flag == "-E" || flag.starts_with("--preserve-env"));
    (!passes).then_some(sudo)
}

/// A value without the quotation marks around it, and whether they are a pair.
fn unquoted(value: &str) -> (&str, bool) {
    for mark in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(mark) {
            return rest.strip_suffix(mark).map_or((rest, false), |inner| (inner, true));
        }
    }
    (value, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString as _;
    use std::vec::Vec;

    #[test]
    fn what_files_of_the_environment_look_like() {
        let text = "PATH=\"/usr/bin\"\n# https_proxy=http://old:1\nHTTPS_PROXY=\"http://p.example:3128/\"\r\n\
                    export no_proxy='a, b'\nHTTP_PROXY= http://q:1 \nall_proxy=\"http://r:1\nSECRET=x\nftp_proxy=f";
        let reading = read(text, &Scope::Machine);
        let found: Vec<_> =
            reading.entries.iter().map(|entry| (entry.key.to_string(), entry.value.to_string())).collect();
        let want = [
            ("HTTPS_PROXY", "http://p.example:3128/"),
            ("no_proxy", "a, b"),
            ("HTTP_PROXY", "http://q:1"),
            ("all_proxy", "http://r:1"),
        ];
        assert_eq!(found, want.map(|(key, value)| (key.to_string(), value.to_string())));
        assert!(reading.entries.iter().all(|entry| text[entry.at.clone()] == *entry.value));
        let mistakes: Vec<_> =
            reading.mistakes.iter().map(|mistake| (mistake.kind, &text[mistake.at.clone()])).collect();
        assert_eq!(mistakes, [(MistakeKind::QuoteOpen, "\"http://r:1")]);
    }

    #[test]
    fn names_that_python_alone_reads() {
        let text = "PATH=/bin\n export Http_Proxy=http://p:1\nNo_proxy=a\nAll_Proxies=b\nRequest_Method=GET";
        let reading = read(text, &Scope::Machine);
        let mistakes = reading.mistakes.into_iter().map(|mistake| (mistake.kind, &text[mistake.at]));
        let want = ["Http_Proxy", "No_proxy"].map(|name| (MistakeKind::VariableCase, name));
        assert_eq!((mistakes.collect::<Vec<_>>(), reading.entries), (want.into(), Vec::new()));
    }

    #[test]
    fn sudo_between_variable_and_command() {
        for text in [
            "https_proxy=http://p:1 sudo apt-get install mdatp",
            "https_proxy=\"http://p:1\" http_proxy=http://p:1 sudo apt-get install mdatp",
        ] {
            let reading = read(text, &Scope::Machine);
            assert_eq!(reading.entries, []);
            let [mistake] = &reading.mistakes[..] else { panic!("{reading:?}") };
            assert_eq!((mistake.kind, &text[mistake.at.clone()]), (MistakeKind::SudoDropsVariable, "sudo"));
        }
        for text in
            ["https_proxy=http://p:1 sudo -E apt", "https_proxy='a sudo b'", "no_proxy=a, sudo.example"]
        {
            assert_eq!(read(text, &Scope::Machine).mistakes, [], "{text}");
        }
    }
}
