//! `/proc/PID/environ` (proc(5)): the environment that a process was started with. What it set itself later is not there.
//!
//! Each variable ends with a NUL, and nothing is quoted or escaped. Only the [`Variable`]s are read: the rest is full of
//! secrets. A copy with line ends in place of the NULs is [`environment`](super::environment)'s to read.

use crate::mistake::MistakeKind;
use crate::select::environment::Variable;
use crate::settings::{Key, Reading, Scope, place};

/// Reads the environment of a process.
pub fn read<'a>(text: &'a str, scope: &Scope<'a>) -> Reading<'a> {
    let mut reading = Reading::default();
    if !text.is_empty() && !text.contains('\0') {
        let line = text.trim_start().lines().next().unwrap_or_default();
        reading.note(MistakeKind::FormUnknown, place(text, line));
        return reading;
    }
    for part in text.split('\0') {
        let Some((name, value)) = part.split_once('=') else { continue };
        if let Some(variable) = Variable::ALL.into_iter().find(|variable| variable.as_str() == name) {
            reading.add(Key::Variable(variable), scope.clone(), value, place(text, value));
        }
    }
    reading
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::cuts;
    use std::vec::Vec;

    const SAMPLE: &str = "PATH=/usr/bin\0https_proxy=http://proxy.example:3128\0TOKEN=https_proxy=x\0\
                          no_proxy=\"quoted\" \nlocalhost\0HTTP_PROXY=\0";

    #[test]
    fn the_environment_of_a_process() {
        let reading = read(SAMPLE, &Scope::Service("agent".into()));
        let found: Vec<_> = reading.entries.iter().map(|entry| (entry.key.as_str(), &*entry.value)).collect();
        assert_eq!(
            found,
            [
                ("https_proxy", "http://proxy.example:3128"),
                ("no_proxy", "\"quoted\" \nlocalhost"),
                ("HTTP_PROXY", "")
            ]
        );
        assert!(reading.entries.iter().all(|entry| SAMPLE[entry.at.clone()] == *entry.value));
    }

    #[test]
    fn mistakes() {
        let found = |text| -> Vec<_> {
            read(text, &Scope::Machine)
                .mistakes
                .into_iter()
                .map(|mistake| (mistake.kind, mistake.at))
                .collect()
        };
        assert_eq!(found("A=b\0https_proxy=http://proxy.server:80\0"), [(MistakeKind::SampleValue, 23..35)]);
        assert_eq!(found("\nA=b\nhttps_proxy=x\n"), [(MistakeKind::FormUnknown, 1..4)]);
        assert_eq!(found(""), []);
        let login = "HTTPS_PROXY=http://user:pw@proxy.corp.example:3128/\0";
        assert_eq!(found(login), []);
        let of_mdatp = read(login, &Scope::Service("mdatp".into())).mistakes;
        assert_eq!(of_mdatp, [crate::mistake::Mistake::new(MistakeKind::ProxyLogin, 19..26)]);
    }

    #[test]
    fn any_bytes() {
        cuts::hold(SAMPLE, |text| read(text, &Scope::Machine));
    }
}
