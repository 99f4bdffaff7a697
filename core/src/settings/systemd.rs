//! Units of systemd and their drop-ins: the environment that `[Service]` gives to a service.
//!
//! The form of a file is that of systemd.syntax(7): a `\` at the end of a line goes on with the next one (over comments), `#`
//! and `;` begin comment lines. `Environment=` (systemd.exec(5)) has several assignments with the quotation marks and escapes
//! of that page; lines add up, the later of two assignments counts, and an empty one takes back all before it. A word that
//! systemd cannot read is a mistake and no entry: systemd ignores it, too.
//!
//! Several files say together what counts. [`read`] tells what one of them says by itself; [`join`] finds out which files
//! systemd reads and in which order, and leaves in each only the settings that still count.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::ops::Range;

use crate::mistake::{Mistake, MistakeKind};
use crate::select::environment::Variable;
use crate::settings::{Key, Reading, Scope};
use crate::target::lines;

mod environment_file;
mod files;
mod joining;
mod keys;
mod specifiers;
mod words;

use self::keys::{KEYS, is_nearly_one};
use self::words::{Word, words};

pub use self::files::{FOLDERS, is_part_of_a_unit, service_of};
pub use self::joining::{Joined, Source, Unread, join};

/// The service whose settings are looked for where a file does not tell which one it belongs to.
const SERVICE: &str = "mdatp";

/// A file with further variables (`EnvironmentFile=`). What it sets outdoes `Environment=`, and a later file an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File<'a> {
    /// Its absolute path; may be a pattern (glob(7)).
    path: Cow<'a, str>,
    /// Written with a `-` before the path: the service starts also without the file.
    is_optional: bool,
    /// The bytes of the path.
    at: Range<usize>,
}

/// Values of a setting that takes several: an empty one takes back all before it, those of earlier files as well.
#[derive(Debug)]
struct Values<T> {
    values: Vec<T>,
    /// Those of earlier files do not count.
    is_reset: bool,
}

impl<T> Default for Values<T> {
    fn default() -> Self {
        Self { values: Vec::new(), is_reset: false }
    }
}

impl<T> Values<T> {
    fn reset(&mut self) {
        self.values.clear();
        self.is_reset = true;
    }
}

/// What one file of a unit says about the environment of its service.
#[derive(Debug, Default)]
struct Part<'a> {
    /// What `Environment=` sets, after the last time that it takes back all.
    reading: Reading<'a>,
    /// `Environment=` takes back what earlier files set.
    is_reset: bool,
    /// `EnvironmentFile=`.
    files: Values<File<'a>>,
    /// `UnsetEnvironment=`: taken away at the end, by name or only where the value is this one.
    unset: Values<Word<'a>>,
    /// `PassEnvironment=`: variables of the service manager, which stand elsewhere.
    passed: Values<(Variable, Range<usize>)>,
}

/// Reads a file of a unit by itself. `service` is the name of the unit, with or without `.service`.
pub fn read<'a>(text: &'a str, service: &'a str) -> Reading<'a> {
    let mut parts = [part(text, service)];
    joining::settle(&mut parts, &mut []);
    let [part] = parts;
    part.reading
}

/// Reads what one file of a unit says.
fn part<'a>(text: &'a str, service: &'a str) -> Part<'a> {
    let mut reader = Reader { text, service, section: "", part: Part::default() };
    let mut open = None;
    for (_, start, line) in lines(text) {
        if is_comment(line) {
            continue;
        }
        let end = start.saturating_add(line.len());
        let (from, _) = open.take().unwrap_or((start, end));
        // A `\` behind a `\` is escaped and ends no line.
        if line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1 {
            open = Some((from, end));
        } else {
            reader.line(from..end);
        }
    }
    if let Some((from, end)) = open {
        reader.line(from..end);
    }
    reader.part
}

const BLANK: [char; 4] = [' ', '\t', '\n', '\r'];

fn is_comment(line: &str) -> bool {
    line.trim_start_matches(BLANK).starts_with(['#', ';'])
}

struct Reader<'a> {
    text: &'a str,
    service: &'a str,
    section: &'a str,
    part: Part<'a>,
}

impl<'a> Reader<'a> {
    /// One line, with all that it is continued by.
    fn line(&mut self, at: Range<usize>) {
        let raw = self.text.get(at.clone()).unwrap_or_default();
        let line = raw.trim_matches(BLANK);
        let shown = super::place(self.text, line);
        if line.is_empty() {
            return;
        }
        if let Some(name) = line.strip_prefix('[') {
            match name.strip_suffix(']') {
                Some(name) => self.section = name,
                None => self.part.reading.note(MistakeKind::FormUnknown, shown),
            }
            return;
        }
        let Some((name, _)) = line.split_once('=') else {
            return self.part.reading.note(MistakeKind::FormUnknown, shown);
        };
        let from = shown.start.saturating_add(name.len()).saturating_add(1);
        let name = name.trim_end_matches(BLANK);
        if !KEYS.contains(&name) {
            if self.section == "Service" && is_nearly_one(name) {
                self.part.reading.note(MistakeKind::UnitKey, super::place(self.text, name));
            }
            return;
        }
        match self.section {
            "Service" => self.setting(name, from..at.end),
            // Units that run programs without being services.
            "Socket" | "Mount" | "Swap" => {}
            _ => self.part.reading.note(MistakeKind::SettingPlace, super::place(self.text, name)),
        }
    }

    fn setting(&mut self, name: &str, at: Range<usize>) {
        let value = self.text.get(at.clone()).unwrap_or_default().trim_matches(BLANK);
        let part = &mut self.part;
        match (name, value.is_empty()) {
            ("Environment", true) => {
                part.reading.entries.clear();
                part.is_reset = true;
            }
            ("EnvironmentFile", true) => part.files.reset(),
            ("PassEnvironment", true) => part.passed.reset(),
            (_, true) => part.unset.reset(),
            ("EnvironmentFile", false) => self.file(value),
            (_, false) => {
                let (words, mistake) = words(self.text, at);
                for word in words {
                    self.word(name, word);
                }
                self.part.reading.mistakes.extend(mistake);
            }
        }
    }

    fn word(&mut self, name: &str, word: Word<'a>) {
        if name == "Environment" && word.value.is_none() {
            return self.part.reading.note(MistakeKind::AssignmentMissing, word.at);
        }
        let Some(variable) = word.variable() else { return };
        let value = word.value.map(|value| self.filled(value, &word.at));
        match (name, value) {
            ("Environment", Some(value)) => {
                let scope = Scope::Service(self.service.into());
                self.part.reading.add(Key::Variable(variable), scope, value, word.at);
            }
            ("PassEnvironment", None) => self.part.passed.values.push((variable, word.at)),
            ("UnsetEnvironment", value) => self.part.unset.values.push(Word { value, ..word }),
            _ => {}
        }
    }

    fn file(&mut self, value: &'a str) {
        let path = value.strip_prefix('-').unwrap_or(value);
        let at = super::place(self.text, path);
        let is_optional = path.len() < value.len();
        let path = self.filled(path.into(), &at);
        if !path.starts_with('/') {
            return self.part.reading.note(MistakeKind::PathRelative, at);
        }
        self.part.files.values.push(File { path, is_optional, at });
    }

    /// A value, which stands at these bytes, with its specifiers filled in; those that nobody can fill in here are mistakes.
    fn filled(&mut self, value: Cow<'a, str>, at: &Range<usize>) -> Cow<'a, str> {
        let is_verbatim = value.len() == at.len();
        let (value, unknown) = specifiers::filled(value, self.service);
        let mistakes = unknown.into_iter().map(|place| {
            let mistake = Mistake::new(MistakeKind::SpecifierUnknown, place);
            if is_verbatim { mistake.shifted(at.start) } else { Mistake::new(mistake.kind, at.clone()) }
        });
        self.part.reading.mistakes.extend(mistakes);
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::cuts;
    use std::string::ToString as _;

    const UNIT: &str = r#"# /usr/lib/systemd/system/agent.service
[Unit]
Description=An agent = a service
[Service]
ExecStart=/opt/agent/bin/agent
Environment=LANG=C "HTTPS_PROXY=http://proxy.example:3128/" 'NO_PROXY=*.corp.example, 192.0.2.0/24'
Environment = \
    http_proxy="http://user:p%%40ss@proxy.example:3128" \
; a comment goes between
    all_proxy=http://proxy\x2eexample:1\u0038
EnvironmentFile=-/etc/default/agent
EnvironmentFile=/etc/%p/env.d/*.conf
[Install]
WantedBy=multi-user.target
"#;

    fn entries<'r>(reading: &'r Reading<'_>) -> Vec<(&'static str, &'r str)> {
        reading.entries.iter().map(|entry| (entry.key.as_str(), &*entry.value)).collect()
    }

    fn mistakes(text: &str) -> Vec<(MistakeKind, &str)> {
        let reading = read(text, "agent.service");
        reading.mistakes.iter().map(|mistake| (mistake.kind, &text[mistake.at.clone()])).collect()
    }

    #[test]
    fn a_unit() {
        let reading = read(UNIT, "agent.service");
        let want = [
            ("HTTPS_PROXY", "http://proxy.example:3128/"),
            ("NO_PROXY", "*.corp.example, 192.0.2.0/24"),
            ("http_proxy", "http://user:p%40ss@proxy.example:3128"),
            ("all_proxy", "http://proxy.example:18"),
        ];
        assert_eq!(entries(&reading), want);
        assert_eq!(reading.mistakes, []);
        let written: Vec<_> = reading.entries.iter().map(|entry| &UNIT[entry.at.clone()]).collect();
        assert_eq!(written[..2], [want[0].1, want[1].1]);
        assert_eq!(
            written[2..],
            ["http://user:p%%40ss@proxy.example:3128", "http://proxy\\x2eexample:1\\u0038"]
        );
        assert!(reading.entries.iter().all(|entry| entry.scope.to_string() == "service agent.service"));
        let files = part(UNIT, "agent.service").files.values;
        let files: Vec<_> =
            files.iter().map(|file| (&*file.path, file.is_optional, &UNIT[file.at.clone()])).collect();
        assert_eq!(
            files,
            [
                ("/etc/default/agent", true, "/etc/default/agent"),
                ("/etc/agent/env.d/*.conf", false, "/etc/%p/env.d/*.conf")
            ]
        );
    }

    #[test]
    fn drop_ins_add_reset_and_unset() {
        let of = |lines: &str| {
            let text = ["[Service]\n", lines].concat();
            let reading = read(&text, "a");
            let entries: Vec<_> =
                entries(&reading).iter().map(|(key, value)| [*key, value].join("=")).collect();
            (entries.join(" "), part(&text, "a").files.values.len())
        };
        assert_eq!(of("Environment=http_proxy=a\nEnvironment=http_proxy=b").0, "http_proxy=a http_proxy=b");
        assert_eq!(of("Environment=http_proxy=a\nEnvironment= \nEnvironment=no_proxy=b").0, "no_proxy=b");
        assert_eq!(of("EnvironmentFile=/a\nEnvironmentFile=/b\nEnvironmentFile=\nEnvironmentFile=/c").1, 1);
        assert_eq!(
            of("UnsetEnvironment=http_proxy LANG\nEnvironment=http_proxy=a no_proxy=b").0,
            "no_proxy=b"
        );
        assert_eq!(
            of("Environment=http_proxy=a no_proxy=b\nUnsetEnvironment=http_proxy=a no_proxy=c").0,
            "no_proxy=b"
        );
        assert_eq!(
            of("Environment=http_proxy=a\nUnsetEnvironment=http_proxy\nUnsetEnvironment=").0,
            "http_proxy=a"
        );
        assert_eq!(of("PassEnvironment=https_proxy\nenvironment=http_proxy=a").0, "");
    }

    #[test]
    fn what_systemd_ignores() {
        use MistakeKind as K;
        assert_eq!(
            mistakes("[Service]\nEnvironment=NO_PROXY=a, b \"X=1"),
            [(K::AssignmentMissing, "b"), (K::QuoteOpen, "\"X=1")]
        );
        assert_eq!(mistakes("[Service]\nEnvironment=NO_PROXY=a\\ b"), [(K::QuoteEscape, "\\ ")]);
        assert_eq!(mistakes("[Service]\nEnvironment=A=\\x0g"), [(K::QuoteEscape, "\\x0g")]);
        assert_eq!(
            mistakes("Environment=A=b\n[Unit]\nEnvironment=A=b\n[Mount]\nEnvironment=A=b"),
            [(K::SettingPlace, "Environment"), (K::SettingPlace, "Environment")]
        );
        assert_eq!(
            mistakes("[Service]\nEnvironmentFile=\"/etc/x\"\nEnvironmentFile=-x"),
            [(K::PathRelative, "\"/etc/x\""), (K::PathRelative, "x")]
        );
        assert_eq!(
            mistakes("[Service\nHTTPS_PROXY\n"),
            [(K::FormUnknown, "[Service"), (K::FormUnknown, "HTTPS_PROXY")]
        );
        assert_eq!(
            mistakes(
                "[Service]\nEnvironment=\"http_proxy=http://%H:1\" https_proxy=http://a%%%m\"\"\nPassEnvironment=no_proxy LANG"
            ),
            [(K::SpecifierUnknown, "%H"), (K::SpecifierUnknown, "%m"), (K::ValueElsewhere, "no_proxy")]
        );
        assert_eq!(mistakes("[Service]\nPassEnvironment=no_proxy\nEnvironment=no_proxy=a"), []);
        assert_eq!(mistakes("[Service]\nPassEnvironment=no_proxy\nPassEnvironment="), []);
        let sample = "[Service]\r\nEnvironment=\"HTTPS_PROXY=http://proxy.server:80\"\r\n";
        assert_eq!(mistakes(sample), [(K::SampleValue, "proxy.server")]);
    }

    #[test]
    fn a_key_that_is_written_wrong() {
        use MistakeKind as K;
        for key in [
            "Enviroment",
            "environment",
            "ENVIRONMENT",
            "Environments",
            "Environnement",
            "Enviornment",
            "EnvironmentFiles",
            "EnvironementFile",
            "PasEnvironment",
            "UnsetEnviroment",
        ] {
            let line = [key, "=HTTP_PROXY=http://proxy.corp.example:3128"].concat();
            let text = ["[Unit]\n", &line, "\n[Service]\n", &line, "\n"].concat();
            let found = read(&text, "agent");
            let at = text.rfind(key).unwrap();
            assert_eq!(found.entries, [], "{key}");
            assert_eq!(found.mistakes, [Mistake::new(K::UnitKey, at..at + key.len())], "{key}");
        }
        for key in
            ["ExecStart", "ExecStartPre", "X-Environment", "Envelopment", "E", "", "KeyringMode", "Ümlaut"]
        {
            assert_eq!(mistakes(&["[Service]\n", key, "=a=b\n"].concat()), [], "{key}");
        }
        assert_eq!(mistakes("[Unit]\nEnviroment=a=b\n"), []);
    }

    #[test]
    fn a_login_for_mdatp() {
        let text = "[Service]\nEnvironment=\"HTTPS_PROXY=http://user:pw@proxy.corp.example:3128/\"\n";
        for (service, want) in [("mdatp", &[(MistakeKind::ProxyLogin, "user:pw")][..]), ("agent", &[])] {
            let mistakes = read(text, service).mistakes;
            let mistakes: Vec<_> =
                mistakes.iter().map(|mistake| (mistake.kind, &text[mistake.at.clone()])).collect();
            assert_eq!(mistakes, want, "{service}");
        }
    }

    #[test]
    fn any_bytes() {
        cuts::hold(UNIT, |text| read(text, "agent.service"));
        cuts::hold("[Service]\r\nEnvironment=\\\r\n#\r\n a=b\\\r\n", |text| read(text, "a"));
    }
}
