//! One bypass list by itself, in one dialect.

use std::fmt::Write as _;

use jiff::Timestamp;
use probe_core::mistake::{Mistake, MistakeKind};
use probe_core::select::bypass::{Destination, Dialect, decide};
use probe_core::select::client;
use probe_core::select::proxy::ProxyPorts;
use probe_core::select::{Proxy, Route};
use probe_core::target::Target;

use super::{PlanRecord, RouteRecord, item, push_line};
use crate::mistakes::{Mistakes, Origin, Secrets, harmless};
use crate::options::{self, DIALECTS};
use crate::record::Common;
use crate::settings::word;

/// A bypass list by itself.
pub(super) struct OneList<'a> {
    dialect: Dialect,
    list: &'a str,
    proxy: Proxy<'a>,
}

pub(super) fn read<'a>(
    options: &'a options::Plan,
    dialect: &str,
    mistakes: &mut Mistakes,
) -> Option<OneList<'a>> {
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
    Some(OneList { dialect: dialect?, list, proxy: proxy.ok()? })
}

impl OneList<'_> {
    /// What becomes of each target.
    pub(super) fn show(&self, targets: &[Target<'_>], is_jsonl: bool) -> String {
        let now = Timestamp::now();
        let mut text = String::new();
        for target in targets {
            let found = decide(self.dialect, self.list, &Destination::from(target));
            let route =
                if found.is_some() { Route::Direct } else { Route::through(self.proxy, target.scheme) };
            let rule = match &found {
                None => "no item exempts it".to_owned(),
                Some(found) if found.item.is_empty() => format!("exempt without an item ({})", found.kind),
                Some(found) => format!("item `{}` ({})", item(found.item), found.kind),
            };
            if is_jsonl {
                let source = if found.is_some() { "--bypass" } else { "--proxy" };
                let route = RouteRecord {
                    kind: route.kind(),
                    proxy: route.proxy().map(ToString::to_string),
                    source: Some(source.to_owned()),
                    rule,
                };
                let record = PlanRecord {
                    common: Common::new("plan", now),
                    client: self.dialect.as_str(),
                    url: target.url,
                    path: "cli",
                    routes: vec![route],
                    basis: basis_of(self.dialect),
                    notes: Vec::new(),
                };
                push_line(&mut text, &record);
            } else {
                let _ = writeln!(text, "{}  {route}  [{rule}]", harmless(target.url));
            }
        }
        text
    }
}

/// How sure a dialect's rules are: those of programs that the tests run are verified; what today's macOS makes of its list is
/// concluded from its last published source.
fn basis_of(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Curl
        | Dialect::Go
        | Dialect::Python
        | Dialect::Wget
        | Dialect::Apt
        | Dialect::Chromium
        | Dialect::ChromiumNoProxy => client::Basis::Verified,
        Dialect::Macos => client::Basis::Inferred,
        _ => client::Basis::Documented,
    }
    .as_str()
}
