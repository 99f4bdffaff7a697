//! The Log Analytics agent's proxy: `[protocol://][user:password@]host[:port]` on one line, as its `proxy.conf` on Linux holds
//! it (page "Install Log Analytics agent on Linux computers"), and as the agent on Windows is given it.
//!
//! The page adds the line to the file with `>>`: who does so twice has two, and only one can count.

use crate::mistake::MistakeKind;
use crate::settings::{Key, Reading, Scope, place};
use crate::target::lines;

/// Reads such a text. An empty one sets nothing.
pub fn read(text: &str) -> Reading<'_> {
    let mut reading = Reading::default();
    for (_, start, line) in lines(text) {
        let value = line.trim();
        let from = start.saturating_add(place(line, value).start);
        let at = from..from.saturating_add(value.len());
        if value.is_empty() {
            continue;
        }
        if reading.entries.is_empty() && !value.contains(char::is_whitespace) {
            reading.add(Key::MmaProxyUrl, Scope::Machine, value, at);
        } else {
            reading.note(MistakeKind::FormUnknown, at);
        }
    }
    reading
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::cuts;
    use std::vec::Vec;

    fn found(text: &str) -> (Vec<&str>, Vec<(MistakeKind, &str)>) {
        let reading = read(text);
        let mistakes =
            reading.mistakes.into_iter().map(|mistake| (mistake.kind, &text[mistake.at])).collect();
        (reading.entries.into_iter().map(|entry| &text[entry.at]).collect(), mistakes)
    }

    #[test]
    fn one_line() {
        let sample = "\r\n https://user:secret@proxy.example:3128 \r\n";
        assert_eq!(found(sample), (["https://user:secret@proxy.example:3128"].into(), Vec::new()));
        assert_eq!(found("proxy.example"), (["proxy.example"].into(), Vec::new()));
        assert_eq!(found(" \n"), (Vec::new(), Vec::new()));
        cuts::hold(sample, read);
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        use MistakeKind as K;
        assert_eq!(found("p:1\nq:2\n"), (["p:1"].into(), [(K::FormUnknown, "q:2")].into()));
        assert_eq!(found("no proxy here"), (Vec::new(), [(K::FormUnknown, "no proxy here")].into()));
    }
}
