//! Traps: settings that are well written, and still do not do what was meant.

use alloc::vec::Vec;
use core::fmt;

use crate::authority::Host;
use crate::catalog::System;
use crate::select::client::found::unit;
use crate::select::client::{Client, Document, Found, Place, Whose, antivirus, ways, windows, wininet};
use crate::select::environment::Variable;
use crate::select::proxy::{Proxy, ProxyPorts};
use crate::settings::{Key, Scope};
use crate::target::Target;

mod bypass_lists;

/// Declares the traps with their texts side by side.
macro_rules! traps {
    ($($(#[$doc:meta])* $trap:ident => $what:literal, $hint:literal;)+) => {
        /// What is not as it was meant. [`Display`](fmt::Display) says what, [`hint`](Self::hint) says what to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
        #[non_exhaustive]
        pub enum Trap { $($(#[$doc])* $trap,)+ }

        impl Trap {
            /// What to do about it, in the imperative.
            pub const fn hint(self) -> &'static str {
                match self { $(Self::$trap => $hint,)+ }
            }
        }

        impl fmt::Display for Trap {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$trap => $what,)+ })
            }
        }
    };
}

traps! {
    /// `TelemetryProxyServer` without `DisableEnterpriseAuthProxy`.
    SensorProxyAlone => "the EDR sensor's static proxy is set, and DisableEnterpriseAuthProxy is not: both are wanted",
        "set DisableEnterpriseAuthProxy to 1 (Group Policy: Computer Configuration > Administrative Templates > Windows Components > Data Collection and Preview Builds > Configure Authenticated Proxy usage for the Connected User Experience and Telemetry service: Disable Authenticated Proxy usage)";
    /// `DisableEnterpriseAuthProxy` without `TelemetryProxyServer`.
    AuthProxyAlone => "DisableEnterpriseAuthProxy is set, and the EDR sensor's static proxy is not: the sensor goes by the default configuration",
        "set TelemetryProxyServer as well, or make sure that WinHTTP's setting is meant";
    /// A user has a proxy, and the machine has none.
    UserOnly => "the user has a proxy, and the services (LocalSystem) have none: what works in the browser says nothing about Defender",
        "give the services a proxy: TelemetryProxyServer for the sensor, ProxyServer for the antivirus, netsh winhttp set proxy for the system";
    /// `netsh winhttp set proxy`, or `set advproxy` with proxies.
    Roaming => "WinHTTP's proxy counts wherever this machine is: a laptop that leaves the site loses its services",
        "on machines that roam use WPAD, a PAC file or the sensor's static proxy, which falls back";
    /// `netsh winhttp set advproxy` is in use, and `show proxy` says direct.
    AdvHidden => "netsh winhttp show proxy says direct, and the settings of advproxy count all the same: reset proxy does not clear them",
        "look with netsh winhttp show advproxy; clear with netsh winhttp reset advproxy";
    /// `netsh winhttp show proxy` has a proxy, and advproxy says that none is used.
    AdvDirect => "netsh winhttp show proxy has a proxy, and show advproxy says that none is used: the two were set apart from each other",
        "set both alike with netsh winhttp set advproxy";
    /// Push notifications would go by WinHTTP's proxy.
    PushByProxy => "WinHTTP's proxy takes the push notifications (*.wns.windows.com) as well, and those cannot go by a proxy: live response waits for them",
        "write *.wns.windows.com into the bypass list, and let the firewall pass it";
    /// A network in a bypass list of Windows.
    BypassNetwork => "an item of this bypass list is a network (10.0.0.0/8), and WinHTTP and WinINet know none: it matches nothing",
        "write the addresses with a star: 10.*";
    /// An item with a dot in front, in a bypass list of Windows.
    BypassDot => "an item of this bypass list begins with a dot (.corp.example), and WinHTTP and WinINet want a star before it: it matches nothing",
        "write *.corp.example, and corp.example as well if that host is meant, too";
    /// `TelemetryProxy` of MDM.
    ByMdm => "a proxy for the EDR sensor was set by MDM (System/TelemetryProxy), and the sensor reads the place of the Group Policy alone",
        "set TelemetryProxyServer and DisableEnterpriseAuthProxy below HKLM\\Software\\Policies\\Microsoft\\Windows\\DataCollection";
    /// One proxy for the Log Analytics agent and the EDR sensor.
    SameAsLogAnalytics => "the EDR sensor and the Log Analytics agent have the same proxy: a Log Analytics gateway serves that agent alone",
        "if it is a Log Analytics gateway, give the sensor an HTTP proxy of its own";
    /// A variable of the machine.
    UnifiedAgent => "the machine's environment names a proxy: Defender's unified agent on Server 2012 R2 and 2016 goes by it, in curl's rules, and no other sensor does",
        "on these two systems set it as the sensor's proxy is set; on others it says nothing about Defender";
    /// `DefaultConnectionSettings` and its copies.
    InetCopies => "this contradicts DefaultConnectionSettings, which is what WinINet goes by: it was written past the dialogue of Internet Options",
        "set the proxy in Internet Options, or by Group Policy, so that both are written";
    /// Internet settings of the machine that nobody reads.
    InetMachine => "the machine's Internet settings are read by nobody: ProxySettingsPerUser is not 0, so that each user's count",
        "set ProxySettingsPerUser to 0 (Group Policy: Computer Configuration > Administrative Templates > Windows Components > Internet Explorer > Make proxy settings per-machine), or make the setting for the users";
    /// An `https://` proxy of the antivirus.
    NeedsNewPlatform => "only newer platform versions of Defender Antivirus speak TLS with their proxy (https://)",
        "compare AMProductVersion of Get-MpComputerStatus with Microsoft's page on updates of Defender Antivirus";
    /// Updates from a server of the site's own that is not set.
    NoUpdateServer => "the antivirus is to take updates from the site's own server, and Windows Update names none that is used: this source is passed over",
        "set WUServer and UseWUServer, or take InternalDefinitionUpdateServer out of the order";
    /// Two files with one setting.
    FilesDiffer => "two of the files say different things about this: here the later one counts",
        "give the file of the present state last, or leave the other one away";
    /// `PreferStaticProxyForHttpRequest`.
    NeedsNewSensor => "PreferStaticProxyForHttpRequest is only read by sensors from 10.8210 on (and by 10.8049 and later of their line), never by the older agent (MMA)",
        "check the version of MsSense.exe";
    /// The antivirus has a static proxy.
    NotForUpdates => "the antivirus's static proxy is not used for updates from Windows Update: those go by WinHTTP's setting",
        "give WinHTTP a proxy as well, or let updates come from elsewhere";
    /// Variables of several users.
    UsersVariables => "several users have variables of their own: here those of this one count, and what the others have set counts for their programs alone",
        "give the settings of one user alone (HKEY_CURRENT_USER)";
    /// A service runs with other variables than its unit sets.
    StartedBefore => "the service's unit sets this, and the service runs without it: it was started before, or its unit was not read again",
        "systemctl daemon-reload, then restart the service";
    /// mdatp has two proxies.
    MdatpTwice => "mdatp has a managed proxy and another one that was set on this machine: the managed one counts",
        "set the same proxy at both places";
    /// mdatp's proxy with a user.
    MdatpCredentials => "mdatp does not sign in to a proxy: the user and password that are written here are not sent",
        "let the proxy take mdatp's connections without signing in, and take the password out of the setting";
}

/// The traps in these documents, each with the setting that it is about.
pub fn traps<'a>(documents: &'a [Document<'a>]) -> Vec<(Trap, Place<'a>)> {
    let found = Found { documents };
    let mut traps = Vec::new();
    of_sensor(found, &mut traps);
    of_winhttp(found, &mut traps);
    of_wininet(found, &mut traps);
    bypass_lists::of(found, &mut traps);
    of_antivirus(found, &mut traps);
    files(found, &mut traps);
    of_services(found, &mut traps);
    of_mdatp(found, &mut traps);
    traps
}

/// A trap, and the setting that it is about.
type Caught<'a> = (Trap, Place<'a>);

fn of_sensor<'a>(found: Found<'a>, traps: &mut Vec<Caught<'a>>) {
    use Variable as V;
    let sensor = found.machine(Key::TelemetryProxyServer);
    let no_auth = found.machine(Key::DisableEnterpriseAuthProxy);
    let is_known = no_auth.is_none_or(|place| place.entry.lost.is_none());
    match (sensor, no_auth.filter(|place| place.entry.value.trim() == "1")) {
        (Some(place), None) if is_known => traps.push((Trap::SensorProxyAlone, place)),
        (None, Some(place)) => traps.push((Trap::AuthProxyAlone, place)),
        _ => {}
    }
    traps.extend(found.machine(Key::MdmTelemetryProxy).map(|place| (Trap::ByMdm, place)));
    let prefers = found.machine(Key::PreferStaticProxy).filter(|place| place.entry.value.trim() == "1");
    traps.extend(prefers.map(|place| (Trap::NeedsNewSensor, place)));
    if let (Some(place), Some(agent)) = (sensor, found.machine(Key::MmaProxyUrl))
        && address(place).is_some_and(|own| address(agent) == Some(own))
    {
        traps.push((Trap::SameAsLogAnalytics, place));
    }
    let variables =
        [V::HttpsProxyUpper, V::HttpsProxy, V::AllProxyUpper, V::AllProxy, V::HttpProxyUpper, V::HttpProxy];
    let variable = variables.into_iter().find_map(|variable| found.machine(Key::Variable(variable)));
    traps.extend(variable.filter(|_| found.is_windows()).map(|place| (Trap::UnifiedAgent, place)));
    traps.extend(found.variable_of_one_user().map(|place| (Trap::UsersVariables, place)));
}

/// The host and port that a setting names.
fn address(place: Place<'_>) -> Option<(Host<'_>, u16)> {
    let proxy = Proxy::parse(place.entry.value.trim().trim_end_matches('/'), ProxyPorts::Web).ok()?;
    Some((proxy.host, proxy.port))
}

fn of_winhttp<'a>(found: Found<'a>, traps: &mut Vec<Caught<'a>>) {
    let netsh = windows::netsh(found);
    let [detect, file, proxies] = windows::advproxy(found);
    traps.extend(netsh.or(proxies).map(|place| (Trap::Roaming, place)));
    let advanced = detect.or(file).or(proxies);
    let is_direct = found.machine(Key::WinHttpAccess).is_some_and(|access| access.entry.value.trim() == "1");
    traps.extend(advanced.filter(|_| is_direct).map(|place| (Trap::AdvHidden, place)));
    if advanced.is_none() && found.machine(Key::AdvProxyIsEnabled).is_some() {
        traps.extend(netsh.map(|place| (Trap::AdvDirect, place)));
    }
    let Ok(push) = Target::parse("https://client.wns.windows.com/") else { return };
    let ways = ways(Client::Winhttp, found.documents);
    let plan = ways.plan(&push);
    let by_proxy = plan.steps.first().filter(|step| step.route.is_some_and(|route| route.proxy().is_some()));
    traps.extend(by_proxy.and_then(|step| step.way.place).map(|place| (Trap::PushByProxy, place)));
}

fn of_wininet<'a>(found: Found<'a>, traps: &mut Vec<Caught<'a>>) {
    let proxy = |settings: wininet::Settings<'a>| settings.server.or(settings.pac);
    let (users, system) = (wininet::of_users(found), wininet::of_system(found));
    let is_per_machine = wininet::is_per_machine(found);
    let of_user = users.iter().copied().find_map(proxy);
    if let Some(place) = of_user.filter(|_| !is_per_machine && !has_services_proxy(found)) {
        traps.push((Trap::UserOnly, place));
    }
    let contradicted = users.into_iter().chain(system).find_map(|settings| settings.contradicted);
    traps.extend(contradicted.map(|place| (Trap::InetCopies, place)));
    let is_known = found.machine(Key::InetPerUser).is_none_or(|place| place.entry.lost.is_none());
    let machine = wininet::of_machine(found).filter(|_| is_known && !is_per_machine).and_then(proxy);
    traps.extend(machine.map(|place| (Trap::InetMachine, place)));
}

/// Whether some setting gives a proxy to services.
fn has_services_proxy(found: Found<'_>) -> bool {
    let keys = [Key::TelemetryProxyServer, Key::AntivirusProxyServer, Key::AntivirusProxyPacUrl];
    let [_, file, proxies] = windows::advproxy(found);
    let system = wininet::of_system(found).and_then(|settings| settings.server.or(settings.pac));
    let own = keys.into_iter().find_map(|key| found.machine(key));
    own.or(windows::netsh(found)).or(file).or(proxies).or(system).is_some()
}

fn of_antivirus<'a>(found: Found<'a>, traps: &mut Vec<Caught<'a>>) {
    if let Some(place) = found.machine(Key::AntivirusProxyServer) {
        let has_winhttp = windows::netsh(found).is_some()
            || windows::advproxy(found).into_iter().flatten().next().is_some();
        if !has_winhttp {
            traps.push((Trap::NotForUpdates, place));
        }
        let value = place.entry.value.trim();
        if value.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://")) {
            traps.push((Trap::NeedsNewPlatform, place));
        }
    }
    let order = found.machine(Key::AntivirusFallbackOrder);
    let names_own =
        |place: &Place<'_>| place.entry.value.to_ascii_lowercase().contains("internaldefinitionupdateserver");
    let missing = order.filter(names_own).filter(|_| !antivirus::has_update_server(found));
    traps.extend(missing.map(|place| (Trap::NoUpdateServer, place)));
}

fn of_mdatp<'a>(found: Found<'a>, traps: &mut Vec<Caught<'a>>) {
    let (managed, local) = (found.any(Key::MdatpProxy), found.any(Key::MdatpLocalProxy));
    let value = |place: Place<'a>| place.entry.value.trim().trim_end_matches('/');
    if let (Some(one), Some(other)) = (managed, local)
        && value(one) != value(other)
    {
        traps.push((Trap::MdatpTwice, other));
    }
    // Its own setting, which is the same on macOS, or the variables of its service. One may stand for both schemes.
    let ways = ways(Client::MdatpLinux, found.documents).ways;
    let mut named: Vec<Place<'a>> = ways.into_iter().filter_map(|way| way.place).collect();
    named.dedup_by(|one, other| core::ptr::eq(one.entry, other.entry));
    let with_login = named.into_iter().filter(|place| place.entry.value.contains('@'));
    traps.extend(with_login.map(|place| (Trap::MdatpCredentials, place)));
}

/// Variables that a unit sets, and that its service does not run with.
fn of_services<'a>(found: Found<'a>, traps: &mut Vec<Caught<'a>>) {
    let running = found.documents.iter().filter_map(|document| match document.whole_of {
        Some(Whose::Service(name)) => Some(name),
        _ => None,
    });
    for name in running {
        let Some(whole) = found.whole(Whose::Service(name)) else { continue };
        let of_unit = |scope: &Scope<'_>| matches!(scope, Scope::Service(service) if unit(service) == name);
        for variable in Variable::ALL {
            let key = Key::Variable(variable);
            let set = found.get_where(key, of_unit, |document| document.whole_of.is_none());
            let runs_with = whole.get(key, |_| true).map_or("", |place| &*place.entry.value);
            traps.extend(
                set.filter(|place| place.entry.value != runs_with).map(|place| (Trap::StartedBefore, place)),
            );
        }
    }
}

/// Settings of Windows that two files have with different values. In a later file a setting that is deleted is no contradiction.
fn files<'a>(found: Found<'a>, traps: &mut Vec<Caught<'a>>) {
    let of = |(number, document): (usize, &'a Document<'a>)| {
        let entries = document.reading.entries.iter();
        let entries = entries.filter(|entry| entry.key.system() == Some(System::Windows));
        entries.map(move |entry| {
            (number, Place { document: document.name, line: document.line(entry.at.start), entry })
        })
    };
    let mut all: Vec<(usize, Place<'a>)> = found.documents.iter().enumerate().flat_map(of).collect();
    // The order of files, and of what stands in each, is kept where the setting is the same.
    all.sort_by(|(_, one), (_, other)| {
        (one.entry.key, &one.entry.scope).cmp(&(other.entry.key, &other.entry.scope))
    });
    let is_same = |(_, one): &(usize, Place<'_>), (_, other): &(usize, Place<'_>)| {
        one.entry.key == other.entry.key && one.entry.scope == other.entry.scope
    };
    for same in all.chunk_by(is_same) {
        let Some((_, last)) = same.last() else { continue };
        let value = last.entry.value.trim();
        // What counts in each file is the last of it.
        let per_file = same.chunk_by(|(one, _), (other, _)| one == other).filter_map(<[_]>::last);
        let mut others =
            per_file.map(|(_, place)| place.entry.value.trim()).filter(|other| !other.is_empty());
        if !value.is_empty() && others.any(|other| other != value) {
            traps.push((Trap::FilesDiffer, *last));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Reading;

    fn found(entries: &[(Key, Scope<'static>, &'static str)]) -> Vec<Trap> {
        let mut reading = Reading::default();
        for (key, scope, value) in entries {
            reading.add(*key, scope.clone(), *value, 0..0);
        }
        let documents = [Document::new("export.reg", "", reading)];
        traps(&documents).into_iter().map(|(trap, _)| trap).collect()
    }

    #[test]
    fn each_trap() {
        let sensor = (Key::TelemetryProxyServer, Scope::Machine, "p:1");
        let no_auth = (Key::DisableEnterpriseAuthProxy, Scope::Machine, "1");
        assert_eq!(found(&[]), []);
        assert_eq!(found(core::slice::from_ref(&sensor)), [Trap::SensorProxyAlone]);
        assert_eq!(found(core::slice::from_ref(&no_auth)), [Trap::AuthProxyAlone]);
        assert_eq!(found(&[sensor.clone(), no_auth.clone()]), []);
        assert_eq!(
            found(&[(Key::DisableEnterpriseAuthProxy, Scope::Machine, "0"), sensor.clone()]),
            [Trap::SensorProxyAlone]
        );
        assert_eq!(found(&[(Key::MdmTelemetryProxy, Scope::Machine, "m:1")]), [Trap::ByMdm]);
        let agent = |value| (Key::MmaProxyUrl, Scope::Machine, value);
        let sensors = [sensor, no_auth];
        assert_eq!(found(&[&sensors[..], &[agent("http://p:1/")]].concat()), [Trap::SameAsLogAnalytics]);
        assert_eq!(found(&[&sensors[..], &[agent("http://p:2/")]].concat()), []);
        let variable = (Key::Variable(Variable::HttpsProxyUpper), Scope::Machine, "http://e:1");
        assert_eq!(found(core::slice::from_ref(&variable)), [], "not of Windows");
        assert_eq!(found(&[&sensors[..], &[variable]].concat()), [Trap::UnifiedAgent]);
        let direct = (Key::WinHttpAccess, Scope::Machine, "1");
        let netsh = (Key::WinHttpProxy, Scope::Machine, "w:1");
        assert_eq!(found(&[netsh.clone(), direct.clone()]), []);
        let by_netsh = [Trap::Roaming, Trap::PushByProxy];
        assert_eq!(found(core::slice::from_ref(&netsh)), by_netsh);
        let exempt = (Key::WinHttpBypass, Scope::Machine, "*.wns.windows.com");
        assert_eq!(found(&[netsh.clone(), exempt]), [Trap::Roaming]);
        let adv = (Key::AdvProxy, Scope::Machine, "w:1");
        let is_on = |value| (Key::AdvProxyIsEnabled, Scope::Machine, value);
        assert_eq!(found(core::slice::from_ref(&adv)), by_netsh);
        assert_eq!(
            found(&[adv.clone(), direct.clone()]),
            [Trap::Roaming, Trap::AdvHidden, Trap::PushByProxy]
        );
        let pac = (Key::AdvAutoconfigUrl, Scope::Machine, "http://w/p.pac");
        assert!(!found(core::slice::from_ref(&pac)).contains(&Trap::Roaming));
        assert_eq!(found(&[adv.clone(), is_on("false"), direct]), []);
        assert_eq!(found(&[netsh, adv, is_on("false")]), [Trap::Roaming, Trap::AdvDirect, Trap::PushByProxy]);
        assert_eq!(found(&[(Key::PreferStaticProxy, Scope::Machine, "1")]), [Trap::NeedsNewSensor]);
        let antivirus = |value| (Key::AntivirusProxyServer, Scope::Machine, value);
        assert_eq!(found(&[antivirus("http://a:1")]), [Trap::NotForUpdates]);
        assert_eq!(found(&[antivirus("https://a:1")]), [Trap::NotForUpdates, Trap::NeedsNewPlatform]);
        let order = (Key::AntivirusFallbackOrder, Scope::Policy, "InternalDefinitionUpdateServer|MMPC");
        assert_eq!(found(core::slice::from_ref(&order)), [Trap::NoUpdateServer]);
        let server = (Key::UpdateServer, Scope::Machine, "http://w");
        assert_eq!(found(&[order, server, (Key::UsesUpdateServer, Scope::Machine, "1")]), []);
        let managed = |value| (Key::MdatpProxy, Scope::Service("mdatp".into()), value);
        let local = |value| (Key::MdatpLocalProxy, Scope::Service("mdatp".into()), value);
        assert_eq!(found(&[managed("http://p:1/"), local("http://p:1")]), []);
        assert_eq!(found(&[local("http://q:1"), managed("http://p:1")]), [Trap::MdatpTwice]);
        assert_eq!(found(&[local("http://u:w@q:1")]), [Trap::MdatpCredentials]);
    }

    #[test]
    fn a_login_in_the_environment_of_mdatp() {
        let of = |variable, service: &'static str, value| {
            (Key::Variable(variable), Scope::Service(service.into()), value)
        };
        let login = "http://user:pw@proxy.corp.example:3128/";
        let https = of(Variable::HttpsProxyUpper, "mdatp.service", login);
        assert_eq!(found(core::slice::from_ref(&https)), [Trap::MdatpCredentials]);
        assert_eq!(found(&[of(Variable::AllProxy, "mdatp", login)]), [Trap::MdatpCredentials], "once");
        let http = of(Variable::HttpProxy, "mdatp", "http://u:w@q:1");
        assert_eq!(found(&[http, https.clone()]), [Trap::MdatpCredentials; 2]);
        // Not read, for another service, or a list.
        let managed = (Key::MdatpProxy, Scope::Service("mdatp".into()), "http://p:1");
        assert_eq!(found(&[https, managed]), []);
        assert_eq!(found(&[of(Variable::HttpsProxy, "docker", login)]), []);
        assert_eq!(found(&[of(Variable::NoProxy, "mdatp", "a@b")]), []);
    }

    #[test]
    fn a_proxy_for_the_user_alone() {
        let user = || Scope::User("HKEY_CURRENT_USER".into());
        let on = |value| (Key::InetProxyEnable, user(), value);
        let server = || (Key::InetProxyServer, user(), "u:1");
        assert_eq!(found(&[server(), on("1")]), [Trap::UserOnly]);
        // One that is not used is none.
        assert_eq!(found(&[server(), on("0")]), []);
        assert_eq!(found(&[server()]), []);
        assert_eq!(found(&[(Key::InetAutoConfigUrl, user(), "http://w/p.pac")]), [Trap::UserOnly]);
        let unused = [(Key::WinHttpProxy, Scope::Machine, "w:1"), (Key::WinHttpAccess, Scope::Machine, "1")];
        assert_eq!(found(&[&unused[..], &[server(), on("1")]].concat()), [Trap::UserOnly]);
        let pac = (Key::AntivirusProxyPacUrl, Scope::Policy, "http://w/p.pac");
        assert_eq!(found(&[server(), on("1"), pac]), []);
        let system = || Scope::User("S-1-5-18".into());
        let theirs = [(Key::InetProxyServer, system(), "s:1"), (Key::InetProxyEnable, system(), "1")];
        assert_eq!(found(&[&theirs[..], &[server(), on("1")]].concat()), []);
    }

    #[test]
    fn what_could_not_be_read_is_not_said_to_be_unset() {
        let found = |key: &str, lost: &str, other: &str| -> Vec<Trap> {
            let text = std::format!(
                "REGEDIT4\n[HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\{key}]\n{lost}\n{other}\n"
            );
            let documents = [Document::new("x.reg", "", crate::settings::registry::read(&text))];
            traps(&documents).into_iter().map(|(trap, _)| trap).collect()
        };
        let sensor = |lost| found("DataCollection", lost, "\"TelemetryProxyServer\"=\"p:1\"");
        assert_eq!(sensor("\"DisableEnterpriseAuthProxy\"=dword:x"), []);
        assert_eq!(sensor("\"DisableEnterpriseAuthProxy\"=dword:0"), [Trap::SensorProxyAlone]);
        let machine = "[HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings]\n\
                       \"ProxyEnable\"=dword:1\n\"ProxyServer\"=\"m:1\"";
        let per_user = |lost| found("CurrentVersion\\Internet Settings", lost, machine);
        assert_eq!(per_user("\"ProxySettingsPerUser\"=dword:x"), []);
        assert_eq!(per_user("\"ProxySettingsPerUser\"=dword:1"), [Trap::InetMachine]);
    }

    #[test]
    fn variables_of_several_users() {
        let of = |user: &'static str| {
            (Key::Variable(Variable::HttpsProxy), Scope::User(user.into()), "http://p:1")
        };
        let (one, other, current) = (of("S-1-5-21-1-1001"), of("S-1-5-21-1-1002"), of("HKEY_CURRENT_USER"));
        assert_eq!(found(&[one.clone(), other.clone()]), [Trap::UsersVariables]);
        assert_eq!(found(&[one.clone(), of("S-1-5-18"), one.clone()]), []);
        assert_eq!(found(&[one, other, current]), []);
    }

    #[test]
    fn internet_settings_that_do_not_count() {
        let user = || Scope::User("HKEY_CURRENT_USER".into());
        let machine =
            [(Key::InetProxyEnable, Scope::Machine, "1"), (Key::InetProxyServer, Scope::Machine, "m:1")];
        assert_eq!(found(&machine), [Trap::InetMachine]);
        let per_machine = (Key::InetPerUser, Scope::Policy, "0");
        assert_eq!(found(&[&machine[..], &[per_machine]].concat()), []);
        let of = |copy: &'static str| {
            found(&[
                (Key::InetConnectionFlags, user(), "1"),
                (Key::InetConnectionProxy, user(), "u:1"),
                (Key::InetProxyEnable, user(), copy),
                (Key::InetProxyServer, user(), "u:1"),
            ])
        };
        assert_eq!(of("0"), []);
        assert_eq!(of("1"), [Trap::InetCopies]);
    }

    #[test]
    fn a_service_that_was_started_before_its_unit_was_changed() {
        let key = Key::Variable(Variable::HttpsProxy);
        let entries = |value: Option<&'static str>| {
            let mut reading = Reading::default();
            if let Some(value) = value {
                reading.add(key, Scope::Service("mdatp".into()), value, 0..0);
            }
            reading
        };
        let found = |of_unit: Option<&'static str>, running: Option<&'static str>| -> Vec<Trap> {
            let unit = Document::new("mdatp.service", "", entries(of_unit));
            let process = Document::whole(Whose::Service("mdatp"), "environ", "", entries(running));
            traps(&[unit, process]).into_iter().map(|(trap, _)| trap).collect()
        };
        assert_eq!(found(Some("http://p:1"), None), [Trap::StartedBefore]);
        assert_eq!(found(Some("http://p:1"), Some("http://q:1")), [Trap::StartedBefore]);
        assert_eq!(found(Some("http://p:1"), Some("http://p:1")), []);
        assert_eq!(found(None, Some("http://p:1")), []);
    }

    #[test]
    fn two_files_that_say_different_things() {
        let file = |name: &'static str, entries: &[(Key, &'static str)]| {
            let mut reading = Reading::default();
            for (key, value) in entries {
                reading.add(*key, Scope::Machine, *value, 0..0);
            }
            Document::new(name, "", reading)
        };
        let found = |documents: &[Document<'_>]| -> Vec<alloc::string::String> {
            let traps = traps(documents).into_iter().filter(|(trap, _)| *trap == Trap::FilesDiffer);
            traps.map(|(_, place)| std::format!("{place} {}", place.entry.value)).collect()
        };
        let (a, b) = ((Key::MdmTelemetryProxy, "a:1"), (Key::MdmTelemetryProxy, "b:1"));
        assert_eq!(found(&[file("one", &[a]), file("two", &[b])]), ["two:1 TelemetryProxy b:1"]);
        assert_eq!(
            found(&[file("one", &[b, a]), file("two", &[a])]),
            [""; 0],
            "the last of each file counts"
        );
        assert_eq!(found(&[file("one", &[b, a])]), [""; 0]);
        assert_eq!(found(&[file("one", &[a]), file("two", &[(a.0, "")])]), [""; 0]);
        assert_eq!(found(&[file("one", &[(a.0, "")]), file("two", &[a])]), [""; 0]);
        let variable = Key::Variable(Variable::HttpProxy);
        assert_eq!(found(&[file("one", &[(variable, "a")]), file("two", &[(variable, "b")])]), [""; 0]);
    }
}
