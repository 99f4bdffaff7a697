//! One bypass list by itself, in one dialect.

use std::io::{self, Write};

use jiff::Timestamp;
use probe_core::mistake::{Mistake, MistakeKind};
use probe_core::select::bypass::{Destination, Dialect, decide};
use probe_core::select::client::Basis;
use probe_core::select::proxy::ProxyPorts;
use probe_core::select::{self, Proxy};
use probe_core::target::Target;

use super::records::{Lines, Planned, Route};
use super::step::item;
use crate::input;
use crate::mistakes::{Mistakes, Origin, Secrets, harmless};
use crate::options::{self, DIALECTS};
use crate::record::Common;
use crate::settings::word;

/// A bypass list by itself, and what is asked of it.
pub(super) struct OneList<'a> {
    dialect: Dialect,
    list: &'a str,
    proxy: Proxy<'a>,
    urls: Urls,
}

impl<'a> OneList<'a> {
    pub(super) fn read(options: &'a options::Plan, dialect: &str, mistakes: &mut Mistakes) -> Option<Self> {
        let urls = Urls::read(options, mistakes);
        let dialect = word("--dialect", dialect, DIALECTS, mistakes).and_then(Dialect::from_name);
        let text = options.proxy.as_deref().unwrap_or_default();
        let ports = if dialect == Some(Dialect::Curl) { ProxyPorts::Curl } else { ProxyPorts::Web };
        let proxy = Proxy::parse(text.trim_end_matches('/'), ports).map_err(|mistake: Mistake| {
            let origin = Origin { name: "--proxy", line: None, secrets: Secrets::BeforeAt };
            mistakes.add(origin, text, &mistake);
        });
        let list = options.bypass.as_deref().unwrap_or_default();
        if let Some(at) = list.find(['\n', '\0']) {
            let origin = Origin { name: "--bypass", line: None, secrets: Secrets::InWords };
            mistakes.add(origin, list, &Mistake::new(MistakeKind::ControlCharacter, at..at + 1));
        }
        Some(Self { dialect: dialect?, list, proxy: proxy.ok()?, urls })
    }

    /// Writes what becomes of each URL: one line for each, and nothing else, so that lines can be counted.
    ///
    /// # Errors
    /// What the system says when it cannot be written.
    pub(super) fn write(&self, is_jsonl: bool, out: impl Write) -> io::Result<()> {
        let now = Timestamp::now();
        let mut lines = Lines::new(out);
        for target in self.urls.targets() {
            let found = decide(self.dialect, self.list, &Destination::from(&target));
            let route = match found {
                Some(_) => select::Route::Direct,
                None => select::Route::through(self.proxy, target.scheme),
            };
            let rule = match &found {
                None => "no item exempts it".to_owned(),
                Some(found) if found.item.is_empty() => format!("exempt without an item ({})", found.kind),
                Some(found) => format!("item `{}` ({})", item(found.item), found.kind),
            };
            if !is_jsonl {
                lines.write_text(&format!("{}  {route}  [{rule}]", harmless(target.url)))?;
                continue;
            }
            let source = if found.is_some() { "--bypass" } else { "--proxy" };
            let basis = basis_of(self.dialect);
            let route = Route {
                kind: route.kind(),
                proxy: route.proxy().map(ToString::to_string),
                source: Some(source.to_owned()),
                rule,
                when: "first",
                basis,
            };
            lines.write(&Planned {
                common: Common::new("plan", now),
                client: self.dialect.as_str(),
                url: target.url,
                path: "cli",
                routes: vec![route],
                basis,
                asked_first: None,
                unusable_first: None,
                not_spoken_first: None,
                failover: None,
                notes: Vec::new(),
            })?;
        }
        Ok(())
    }
}

/// URLs in the order in which they were written, and as often: words of the command line, and files with their names.
struct Urls(Vec<(Option<String>, String)>);

impl Urls {
    fn read(options: &options::Plan, mistakes: &mut Mistakes) -> Self {
        let mut urls = Self(options.target.iter().map(|url| (None, url.clone())).collect());
        for file in &options.targets {
            if let Some(text) = input::read_list(file, mistakes) {
                urls.0.push((Some(input::name_of(file)), text));
            }
        }
        let mut count = 0;
        for (name, text) in &urls.0 {
            for (number, _, line) in probe_core::target::lines(text) {
                let (name, number) = name.as_deref().map_or(("TARGET", None), |name| (name, Some(number)));
                let origin = Origin { name, line: number, secrets: Secrets::InWords };
                let target = Target::parse_line(line, &mut |mistake| mistakes.add(origin, line, &mistake));
                count += usize::from(target.is_some());
            }
        }
        if count == 0 && mistakes.is_empty() {
            mistakes.add_plain("plan", &"there is no URL to plan for", Some("write URLs behind `--`"));
        }
        urls
    }

    fn targets(&self) -> impl Iterator<Item = Target<'_>> {
        let lines = self.0.iter().flat_map(|(_, text)| probe_core::target::lines(text));
        lines.filter_map(|(_, _, line)| Target::parse_line(line, &mut |_| ()))
    }
}

/// How sure the rules of each dialect are. Those of programs that the tests run are verified; those of others stand in their sources
/// or, for Windows and the Azure Arc agent, on Microsoft's pages; what today's macOS makes of its list is concluded from its last
/// published source.
const BASES: [(Dialect, Basis); Dialect::ALL.len()] = [
    (Dialect::Curl, Basis::Verified),
    (Dialect::Go, Basis::Verified),
    (Dialect::Winhttp, Basis::Documented),
    (Dialect::Wininet, Basis::Documented),
    (Dialect::Chromium, Basis::Verified),
    (Dialect::ChromiumNoProxy, Basis::Verified),
    (Dialect::ChromiumKde, Basis::Documented),
    (Dialect::ChromiumWindows, Basis::Documented),
    (Dialect::Firefox, Basis::Verified),
    (Dialect::FirefoxNoProxy, Basis::Verified),
    (Dialect::FirefoxGnome, Basis::Verified),
    (Dialect::FirefoxMacos, Basis::Documented),
    (Dialect::FirefoxWindows, Basis::Documented),
    (Dialect::Python, Basis::Verified),
    (Dialect::PythonWindows, Basis::Documented),
    (Dialect::PythonMacos, Basis::Documented),
    (Dialect::Libproxy, Basis::Documented),
    (Dialect::LibproxyWindows, Basis::Documented),
    (Dialect::Wget, Basis::Verified),
    (Dialect::Apt, Basis::Verified),
    (Dialect::Macos, Basis::Inferred),
    (Dialect::Azcmagent, Basis::Documented),
];

fn basis_of(dialect: Dialect) -> &'static str {
    let found = BASES.iter().find(|(known, _)| *known == dialect);
    found.map_or(Basis::Inferred, |(_, basis)| *basis).as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_has_its_basis() {
        let known: Vec<_> = BASES.iter().map(|(dialect, _)| *dialect).collect();
        assert_eq!(known, Dialect::ALL);
    }
}
