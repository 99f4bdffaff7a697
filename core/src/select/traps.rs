//! Traps: settings that are well written, and still do not do what was meant.

use alloc::vec::Vec;
use core::fmt;

use crate::select::client::{Document, Found, Place};
use crate::settings::Key;

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
    /// `netsh winhttp set proxy`.
    Roaming => "WinHTTP's proxy counts wherever this machine is: a laptop that leaves the site loses its services",
        "on machines that roam use WPAD, a PAC file or the sensor's static proxy, which falls back";
    /// `PreferStaticProxyForHttpRequest`.
    NeedsNewSensor => "PreferStaticProxyForHttpRequest is only read by sensors from 10.8210 on (and by 10.8049 and later of their line), never by the older agent (MMA)",
        "check the version of MsSense.exe";
    /// The antivirus has a static proxy.
    NotForUpdates => "the antivirus's static proxy is not used for updates from Windows Update: those go by WinHTTP's setting",
        "give WinHTTP a proxy as well, or let updates come from elsewhere";
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
    let sensor = found.machine(Key::TelemetryProxyServer);
    let no_auth =
        found.machine(Key::DisableEnterpriseAuthProxy).filter(|place| place.entry.value.trim() == "1");
    let winhttp = found
        .machine(Key::WinHttpProxy)
        .filter(|_| found.machine(Key::WinHttpAccess).is_none_or(|access| access.entry.value.trim() != "1"));
    let antivirus = found.machine(Key::AntivirusProxyServer);
    match (sensor, no_auth) {
        (Some(place), None) => traps.push((Trap::SensorProxyAlone, place)),
        (None, Some(place)) => traps.push((Trap::AuthProxyAlone, place)),
        _ => {}
    }
    let user = found.user(Key::InetProxyServer).or_else(|| found.user(Key::InetAutoConfigUrl));
    let has_machine = sensor.or(winhttp).or(antivirus).or_else(|| found.machine(Key::AdvProxy)).is_some();
    if let Some(place) = user.filter(|_| !has_machine) {
        traps.push((Trap::UserOnly, place));
    }
    traps.extend(winhttp.map(|place| (Trap::Roaming, place)));
    let prefers = found.machine(Key::PreferStaticProxy).filter(|place| place.entry.value.trim() == "1");
    traps.extend(prefers.map(|place| (Trap::NeedsNewSensor, place)));
    if winhttp.is_none() && found.machine(Key::AdvProxy).is_none() {
        traps.extend(antivirus.map(|place| (Trap::NotForUpdates, place)));
    }
    let (managed, local) = (found.any(Key::MdatpProxy), found.any(Key::MdatpLocalProxy));
    let value = |place: Place<'a>| place.entry.value.trim().trim_end_matches('/');
    if let (Some(one), Some(other)) = (managed, local)
        && value(one) != value(other)
    {
        traps.push((Trap::MdatpTwice, other));
    }
    let own = managed.or(local).into_iter();
    traps.extend(
        own.filter(|place| place.entry.value.contains('@')).map(|place| (Trap::MdatpCredentials, place)),
    );
    traps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Reading, Scope};

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
        let user = || Scope::User("HKEY_CURRENT_USER".into());
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
        assert_eq!(found(&[(Key::InetProxyServer, user(), "u:1")]), [Trap::UserOnly]);
        assert_eq!(found(&[(Key::InetProxyServer, user(), "u:1"), sensor, no_auth]), []);
        assert_eq!(found(&[(Key::WinHttpProxy, Scope::Machine, "w:1")]), [Trap::Roaming]);
        let direct = (Key::WinHttpAccess, Scope::Machine, "1");
        assert_eq!(found(&[(Key::WinHttpProxy, Scope::Machine, "w:1"), direct]), []);
        assert_eq!(found(&[(Key::PreferStaticProxy, Scope::Machine, "1")]), [Trap::NeedsNewSensor]);
        assert_eq!(
            found(&[(Key::AntivirusProxyServer, Scope::Machine, "http://a:1")]),
            [Trap::NotForUpdates]
        );
        let managed = |value| (Key::MdatpProxy, Scope::Service("mdatp".into()), value);
        let local = |value| (Key::MdatpLocalProxy, Scope::Service("mdatp".into()), value);
        assert_eq!(found(&[managed("http://p:1/"), local("http://p:1")]), []);
        assert_eq!(found(&[local("http://q:1"), managed("http://p:1")]), [Trap::MdatpTwice]);
        assert_eq!(found(&[local("http://u:w@q:1")]), [Trap::MdatpCredentials]);
    }
}
