//! What could not be read, or not to its end: a setting may stand there that decides before those that were read.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::found::unit;
use super::{Basis, Case, Client, Document, Found, Kind, Place, Way, Whose};
use crate::catalog::System;
use crate::mistake::{Mistake, MistakeKind};
use crate::select::plan::Path;
use crate::settings::{Format, Key};

/// Why not all that stands in a document is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gap {
    /// It could not be read at all. Its name says which it is, and why.
    Unread,
    /// It could not be understood from this line on: what the line sets, and what follows, may be lost.
    Broken {
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        kind: MistakeKind,
    },
    /// No text of its kind shows what is set.
    Silent,
}

/// Where the gap is, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missed<'a> {
    /// The document's name.
    pub document: &'a str,
    /// What is missing of it.
    pub gap: Gap,
}

impl<'a> Missed<'a> {
    /// A setting whose value was lost; `None` where it was not.
    fn of(place: Place<'a>) -> Option<Self> {
        let gap = Gap::Broken { line: place.line, kind: place.entry.lost? };
        Some(Self { document: place.document, gap })
    }
}

impl<'a> Way<'a> {
    fn by_gap(missed: Missed<'a>) -> Self {
        Self::new(Path::Default, Kind::Gap(missed), None, Basis::Documented)
    }
}

/// What a setting is whose value was lost, where the value names no way and only decides which are taken.
pub(super) fn not_known(place: Place<'_>) -> Option<Way<'_>> {
    Missed::of(place).map(Way::by_gap)
}

impl fmt::Display for Missed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.document;
        match self.gap {
            Gap::Unread => write!(f, "not read: {name}"),
            Gap::Broken { line, kind } => write!(f, "not understood: {name}:{line}: {kind}"),
            Gap::Silent => write!(f, "not shown by {name}"),
        }
    }
}

impl Gap {
    /// What is missing of a text of this kind, and is not among its settings as one that was lost.
    pub(super) fn of(format: Format, text: &str, document: &Document<'_>) -> Option<Self> {
        use Format as F;
        use MistakeKind as M;
        if format.shows_no_proxy().is_some() {
            return Some(Self::Silent);
        }
        // What apt does with a file that it does not understand is known, and of a process only what is read whole is kept.
        if matches!(format, F::Apt | F::Process) {
            return None;
        }
        // These keep a setting whose value they could not read, where they know which one it is.
        let keeps = format.system().is_some() || format == F::MdatpManaged;
        let lost = Lost::of(document);
        let is_kept = |mistake: &Mistake| {
            // Of a text of macOS all is lost that may stand behind the place where it breaks off.
            format.system() == Some(System::Macos) && lost.kinds.contains(&mistake.kind)
                || lost.has(&mistake.at)
        };
        // In these, one line says nothing of the next, and most of them are about something else.
        let is_by_line = matches!(format, F::Environment | F::Shell | F::SystemdUnit);
        let is_about_proxies = |at: usize, end: usize| {
            let start = text.get(..at).and_then(|before| before.rfind('\n')).unwrap_or(0);
            text.get(start..end).is_some_and(|part| part.to_ascii_lowercase().contains("proxy"))
        };
        let mistake = document.reading.mistakes.iter().find(|mistake| match mistake.kind {
            // What stood behind the end of a file that was cut may have been anything.
            M::CutOff | M::QuoteOpen if format == F::Registry && mistake.at.end >= text.trim_end().len() => {
                true
            }
            M::CutOff | M::QuoteOpen | M::FormUnknown | M::TooMuch if keeps => !is_kept(mistake),
            M::SettingType => format == F::AdvProxy && !is_kept(mistake),
            M::CutOff | M::QuoteOpen => !is_by_line || is_about_proxies(mistake.at.start, mistake.at.end),
            M::TooMuch => !is_by_line,
            _ => false,
        })?;
        Some(Self::Broken { line: document.line(mistake.at.start), kind: mistake.kind })
    }
}

/// Where settings stand whose values were lost.
struct Lost {
    /// Where each begins, in the order of the text, and the end of the one that reaches furthest until there.
    places: Vec<(usize, usize)>,
    /// Why, each once.
    kinds: Vec<MistakeKind>,
}

impl Lost {
    fn of(document: &Document<'_>) -> Self {
        let mut lost = Self { places: Vec::new(), kinds: Vec::new() };
        let mut furthest = 0;
        for entry in &document.reading.entries {
            let Some(kind) = entry.lost else { continue };
            furthest = furthest.max(entry.at.end);
            lost.places.push((entry.at.start, furthest));
            if !lost.kinds.contains(&kind) {
                lost.kinds.push(kind);
            }
        }
        lost
    }

    /// Whether one of them stands where this is, or touches it.
    fn has(&self, at: &Range<usize>) -> bool {
        let before = self.places.partition_point(|(start, _)| *start <= at.end);
        let last = before.checked_sub(1).and_then(|place| self.places.get(place));
        last.is_some_and(|(_, furthest)| at.start <= *furthest)
    }
}

/// Adds what could not be read before all that was, in each case that it may be about. What counts before it and was read stays first.
pub(super) fn add<'a>(client: Client, found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    for document in found.documents {
        let service = document.service.map(unit);
        if let (Some(gap), Some(format)) = (document.gap, document.format)
            && client.reads(format, service)
            && !is_outdone(client, format, service, gap, found, ways)
        {
            insert(client, service, Missed { document: document.name, gap }, ways);
        }
        let mut lost = document.reading.entries.iter().filter(|entry| entry.lost.is_some());
        let lost = lost.find(|entry| goes_by(client, entry.key));
        if let Some(missed) = lost.and_then(|entry| Missed::of(document.place(entry))) {
            insert(client, service, missed, ways);
        }
    }
}

fn insert<'a>(client: Client, service: Option<&'a str>, missed: Missed<'a>, ways: &mut Vec<Way<'a>>) {
    let way = Way::by_gap(missed);
    let mut cases: Vec<Case<'a>> = Vec::new();
    match service {
        Some(name) if client == Client::Service => cases.push(Case::Service(name)),
        _ => {
            for one in &*ways {
                if cases.last() != Some(&one.case) {
                    cases.push(one.case);
                }
            }
            if cases.is_empty() {
                cases.push(Case::Only);
            }
        }
    }
    for case in cases {
        let is_same = |kind: &Kind<'_>| matches!(kind, Kind::Gap(other) if *other == missed);
        if ways.iter().any(|one| one.case == case && is_same(&one.kind)) {
            continue;
        }
        let at = ways.iter().position(|one| one.case == case).unwrap_or(ways.len());
        ways.insert(at, Way { case, ..way.clone() });
    }
}

/// Whether a client goes by a setting that names no proxy (a switch, a list), so that without its value its plan is not known. Of one
/// that names a proxy or a PAC file it knows that it is set, and WinINet's switches and the order of updates are looked at where they
/// count.
fn goes_by(client: Client, key: Key) -> bool {
    use Client as C;
    use Key as K;
    let is_antivirus = matches!(client, C::Antivirus | C::AntivirusUpdate);
    match key {
        K::PreferStaticProxy => client == C::EdrSensor,
        K::AntivirusProxyBypass => is_antivirus,
        K::UsesUpdateServer | K::UpdateServer | K::UpdateUserProxy => client == C::AntivirusUpdate,
        K::WinHttpAccess
        | K::WinHttpBypass
        | K::AdvProxyIsEnabled
        | K::AdvProxyBypass
        | K::AdvAutoconfigIsEnabled
        | K::AdvAutoDetect => is_antivirus || matches!(client, C::EdrSensor | C::Winhttp),
        // It is lost only where the proxy before it was read, and is used.
        K::InetConnectionBypass => matches!(client, C::Wininet | C::Chromium | C::Firefox),
        _ => false,
    }
}

/// Whether something that was read counts before what was not, or says the same.
fn is_outdone(
    client: Client,
    format: Format,
    service: Option<&str>,
    gap: Gap,
    found: Found<'_>,
    ways: &[Way<'_>],
) -> bool {
    use Format as F;
    let is_of_files = matches!(format, F::Environment | F::Shell | F::SystemdUnit);
    let is_running = match service {
        Some(name) => found.whole(Whose::Service(name)).is_some(),
        None => found.is_session_known(),
    };
    let has_own = || ways.iter().any(|way| way.path == Path::Named);
    match client {
        _ if is_of_files && is_running => true,
        // Its own setting comes before the environment and the system's.
        Client::MdatpLinux | Client::MdatpMac if gap == Gap::Silent => {
            has_own() || found.documents.iter().any(|other| is_mdatps(other) && other.gap.is_none())
        }
        Client::EdrSensor | Client::Antivirus | Client::AntivirusUpdate => has_own(),
        Client::MdatpLinux | Client::MdatpMac => {
            !matches!(format, F::MdatpManaged | F::MdatpCommands | F::MobileConfig) && has_own()
        }
        _ => false,
    }
}

/// Whether it can show mdatp's proxy.
fn is_mdatps(document: &Document<'_>) -> bool {
    matches!(document.format, Some(Format::MdatpManaged | Format::MdatpCommands | Format::MobileConfig))
        || document.service.map(unit) == Some("mdatp")
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::{format, vec};

    use super::*;
    use crate::select::client::tests::shown;
    use crate::settings::Scope;

    const URL: &str = "https://a.example/";

    fn read<'a>(name: &'a str, format: Format, text: &'a str) -> Document<'a> {
        Document::new(name, text, format.read(text, &Scope::Machine)).in_format(format, None, text)
    }

    fn steps(client: Client, documents: &[Document<'_>]) -> Vec<String> {
        shown(client, documents, URL)
    }

    #[test]
    fn what_may_not_be_read_is_not_taken_for_what_is_not_set() {
        let managed = Document::unread("/m.json: Permission denied", Format::MdatpManaged, None);
        let running = || Document::unread("the environment of mdatp", Format::Process, Some("mdatp"));
        let want = ["not read: /m.json: Permission denied", "direct"];
        assert_eq!(steps(Client::MdatpLinux, core::slice::from_ref(&managed)), want);
        assert_eq!(
            steps(Client::MdatpLinux, &[running()]),
            ["not read: the environment of mdatp", "direct"],
            "the same of its environment"
        );
        // The managed proxy comes before the environment, and nothing before the managed proxy.
        let set =
            read("set.json", Format::MdatpManaged, "{\"cloudService\": {\"proxy\": \"http://p.example:1\"}}");
        let proxy = "tunnel http://p.example:1 by cloudService.proxy";
        assert_eq!(steps(Client::MdatpLinux, &[set.clone(), running()]), [proxy]);
        // Nobody else reads it.
        assert_eq!(steps(Client::Curl, &[managed, running()]), ["unseen: Files", "direct"]);
    }

    #[test]
    fn a_text_that_breaks_off_may_have_said_more() {
        let text = "org.gnome.system.proxy.https port 3128\norg.gnome.system.proxy mode 'manual'\n\
                    org.gnome.system.proxy.https host 'p.exam";
        let cut = read("gnome.txt", Format::Gnome, text);
        let gap = "not understood: gnome.txt:3: the quotation mark is not closed";
        for client in [Client::Chromium, Client::Firefox, Client::Libproxy] {
            let steps = steps(client, core::slice::from_ref(&cut));
            assert_eq!(steps.first().map(String::as_str), Some(gap), "{client}");
        }
        assert_eq!(steps(Client::Curl, core::slice::from_ref(&cut)), ["unseen: Files", "direct"]);
        let whole = [text, "ple'\n"].concat();
        let whole = read("gnome.txt", Format::Gnome, &whole);
        let proxy = "tunnel http://p.example:3128 by org.gnome.system.proxy.https host";
        assert_eq!(steps(Client::Firefox, &[whole])[0], proxy);
        // One of macOS loses what may have followed: those who read it find settings that cannot be used.
        let scutil = read("scutil.txt", Format::Scutil, "<dictionary> {\n  HTTPSEnable : 1\n");
        assert_eq!(scutil.gap, None);
        assert!(steps(Client::MdatpMac, &[scutil])[0].starts_with("unusable by "));
    }

    #[test]
    fn what_is_cut_in_an_export_of_windows_may_have_been_anything() {
        let edr = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection";
        let cut = format!("Windows Registry Editor Version 5.00\r\n\r\n[{edr}]\r\n\"TelemetryPro");
        let documents = [read("cut.reg", Format::Registry, &cut)];
        for client in
            [Client::EdrSensor, Client::Antivirus, Client::Winhttp, Client::Wininet, Client::Chromium]
        {
            let steps = steps(client, &documents);
            assert!(
                steps.iter().any(|step| step.starts_with("not understood: cut.reg:4")),
                "{client}: {steps:?}"
            );
        }
        let json = "{\"Proxy\": \"\", \"AutoconfigUrl\": \"http://p.example/p.p";
        let documents = [read("adv.txt", Format::AdvProxy, json)];
        assert!(steps(Client::Winhttp, &documents)[0].starts_with("not understood: adv.txt:1"));
        // A setting whose value was lost is there, and cannot be used.
        let lost = format!(
            "Windows Registry Editor Version 5.00\r\n\r\n[{edr}]\r\n\"TelemetryProxyServer\"=\"p.exam"
        );
        let documents = [read("lost.reg", Format::Registry, &lost)];
        assert_eq!(steps(Client::EdrSensor, &documents)[1], "unusable by TelemetryProxyServer");
    }

    #[test]
    fn a_hundred_thousand_values_that_were_lost_are_looked_at_in_time() {
        let mut reading = crate::settings::Reading::default();
        for number in 0..100_000_usize {
            let at = number * 10..number * 10 + 5;
            reading.note(MistakeKind::FormUnknown, at.clone());
            reading.lose(Key::InetProxyServer, Scope::Machine, MistakeKind::FormUnknown, at);
        }
        let document = Document::new("export.reg", "", reading).in_format(Format::Registry, None, "");
        assert_eq!(document.gap, None);
    }

    #[test]
    fn only_a_line_about_proxies_matters_where_lines_stand_for_themselves() {
        let gap = |text| read("environment", Format::Environment, text).gap;
        let open = Gap::Broken { line: 2, kind: MistakeKind::QuoteOpen };
        assert_eq!(gap("A=b\nhttps_proxy=\"http://p.example:1\n"), Some(open));
        assert_eq!(gap("A=b\nPS1=\"x\nhttps_proxy=http://p.example:1\n"), None);
    }

    #[test]
    fn a_session_that_is_known_needs_no_files() {
        let unread = Document::unread("/etc/environment: no", Format::Environment, None);
        assert_eq!(
            steps(Client::Curl, core::slice::from_ref(&unread)),
            ["not read: /etc/environment: no", "direct"]
        );
        let session = Document::whole(Whose::Session, "session", "", crate::settings::Reading::default());
        assert_eq!(steps(Client::Curl, &[unread, session]), ["direct"]);
    }

    #[test]
    fn each_case_may_have_been_set_there() {
        let unit = |name, service| {
            let text = "[Service]\nEnvironment=https_proxy=http://p.example:1\n";
            let scope = Scope::Service(service);
            Document::new(name, text, Format::SystemdUnit.read(text, &scope)).in_format(
                Format::SystemdUnit,
                Some(name),
                text,
            )
        };
        let documents = [
            unit("one", "one".into()),
            unit("two", "two".into()),
            Document::unread("two.env", Format::SystemdUnit, Some("two.service")),
            Document::unread("three.env", Format::SystemdUnit, Some("three")),
        ];
        let first: Vec<_> = steps(Client::Service, &documents);
        let of = |name: &str| format!("tunnel http://p.example:1 by https_proxy (for the service {name})");
        assert_eq!(
            first,
            vec![
                "not read: two.env".into(),
                "not read: three.env".into(),
                of("one"),
                of("two"),
                String::from("direct (for the service three)"),
            ]
        );
    }

    #[test]
    fn health_shows_no_proxy() {
        let health = || read("health.txt", Format::MdatpHealth, "");
        assert_eq!(steps(Client::MdatpLinux, &[health()]), ["not shown by health.txt", "direct"]);
        let managed = read("m.json", Format::MdatpManaged, "{\"cloudService\": {}}");
        assert_eq!(steps(Client::MdatpLinux, &[health(), managed]), ["direct"]);
    }
}
