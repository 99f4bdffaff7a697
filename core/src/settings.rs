//! Settings that others wrote: text or bytes of many formats become [`Entry`]s, with all mistakes and where each stands.
//!
//! One file for each format. A parser takes the whole input, never fails and never stops at the first mistake: what it
//! understands are entries, what it does not are mistakes, and both say which bytes of the input they are about. It knows how
//! values are written down, not what they mean: whether a value can be what its [`Key`] wants is [`grammar`]'s to say, once
//! for all formats; which client reads it is [`select`](crate::select)'s.
//!
//! Inputs are text. What is not (`.reg` files are UTF-16, a code page speaks in `netsh`'s output) is decoded before; the ranges
//! are those of the decoded text.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use crate::catalog::System;
use crate::mistake::{Mistake, MistakeKind};
use crate::select::environment::Variable;

pub mod advproxy;
pub mod apt;
pub mod azcmagent;
pub mod connection_settings;
#[cfg(test)]
mod cuts;
pub mod environment;
mod format;
pub mod gnome;
pub mod grammar;
mod json;
pub mod kde;
mod macos;
pub mod mdatp;
pub mod mma;
pub mod mobileconfig;
pub mod mp_preference;
pub mod netsh;
pub mod networksetup;
pub mod proc;
mod prompt;
pub mod registry;
pub mod scutil;
pub mod shell;
pub mod systemd;
pub mod text;
pub mod winhttp_settings;

pub use self::format::{Format, recognise};
pub use crate::text::place;

/// One setting, as it is written in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What it sets.
    pub key: Key,
    /// For whom.
    pub scope: Scope<'a>,
    /// The value without quotation marks and escapes; numbers in decimal. It may hold passwords: it is shown through a redactor
    /// only.
    pub value: Cow<'a, str>,
    /// The bytes of the input that the value was read from.
    pub at: Range<usize>,
    /// Why the value could not be read, where something is set and what it is was lost: a value that is cut off, or of a wrong type.
    /// Its text is empty then. Whoever reads the key must not take it for one that is not set.
    pub lost: Option<MistakeKind>,
}

/// What a parser found in an input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading<'a> {
    /// The settings, in the order of the input.
    pub entries: Vec<Entry<'a>>,
    /// What is wrong: with the form of the input, and with values ([`grammar`]), in the order of the input.
    pub mistakes: Vec<Mistake>,
}

impl<'a> Reading<'a> {
    /// Adds a setting, and what is wrong with its value where that is written as it is.
    ///
    /// `at` are the bytes of the value. Where the value is written in another form (escaped, in hexadecimal digits), a mistake
    /// in it is about all of these bytes.
    pub fn add(&mut self, key: Key, scope: Scope<'a>, value: impl Into<Cow<'a, str>>, at: Range<usize>) {
        let value = value.into();
        let is_verbatim = matches!(value, Cow::Borrowed(text) if text.len() == at.len());
        let login = grammar::login_of_mdatp(key, &scope, &value);
        self.mistakes.extend(login.into_iter().chain(grammar::mistakes(key, &value)).map(|mistake| {
            if is_verbatim { mistake.shifted(at.start) } else { Mistake::new(mistake.kind, at.clone()) }
        }));
        self.entries.push(Entry { key, scope, value, at, lost: None });
    }

    /// Adds a setting whose value could not be read. That is a mistake, which is added by whoever finds it.
    pub fn lose(&mut self, key: Key, scope: Scope<'a>, why: MistakeKind, at: Range<usize>) {
        self.entries.push(Entry { key, scope, value: Cow::Borrowed(""), at, lost: Some(why) });
    }

    /// Adds a mistake in the form of the input.
    pub fn note(&mut self, kind: MistakeKind, at: Range<usize>) {
        self.mistakes.push(Mistake::new(kind, at));
    }
}

/// For whom a setting is made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Scope<'a> {
    /// For the machine, and so for its services.
    Machine,
    /// For the machine by a policy, where it can be set otherwise as well: the policy counts before that.
    Policy,
    /// For one user: a name, or the hive of the registry that it stands in (`HKEY_CURRENT_USER`, `S-1-5-18`, `.DEFAULT`).
    User(Cow<'a, str>),
    /// For one user by a policy, where it can be set otherwise as well: the policy counts before that.
    UserPolicy(Cow<'a, str>),
    /// For one service or program (a systemd unit, apt).
    Service(Cow<'a, str>),
}

impl fmt::Display for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Machine => f.write_str("machine"),
            Self::Policy => f.write_str("policy"),
            Self::User(user) => write!(f, "user {user}"),
            Self::UserPolicy(user) => write!(f, "policy for user {user}"),
            Self::Service(service) => write!(f, "service {service}"),
        }
    }
}

/// Declares the keys with their names side by side.
macro_rules! keys {
    ($($(#[$doc:meta])* $key:ident = $name:literal,)+) => {
        /// What a setting sets, whatever format it is written in.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Key {
            $($(#[$doc])* $key,)+
            /// A variable of the environment: of a user's session, of a service, or of the machine.
            Variable(Variable),
        }

        impl Key {
            /// Every key but the variables of the environment, which are [`Variable::ALL`].
            pub const ALL: &'static [Self] = &[$(Self::$key,)+];

            /// As the place where it is written calls it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$key => $name,)+ Self::Variable(variable) => variable.as_str() }
            }
        }
    };
}

keys! {
    /// The EDR sensor's static proxy: `host:port` (policy `DataCollection`).
    TelemetryProxyServer = "TelemetryProxyServer",
    /// 1: the EDR sensor makes no use of the signed-in user's proxy (policy `DataCollection`). Wanted beside the former.
    DisableEnterpriseAuthProxy = "DisableEnterpriseAuthProxy",
    /// 1: the EDR sensor takes its static proxy for plain HTTP requests, too (revocation lists, updates).
    PreferStaticProxy = "PreferStaticProxyForHttpRequest",
    /// Defender Antivirus's static proxy: a URL.
    AntivirusProxyServer = "ProxyServer",
    /// Defender Antivirus's PAC file: a URL.
    AntivirusProxyPacUrl = "ProxyPacUrl",
    /// Hosts that Defender Antivirus reaches without its proxy.
    AntivirusProxyBypass = "ProxyBypass",
    /// Which checks of its cloud's certificates Defender Antivirus leaves out: 0 to 3.
    AntivirusSslOptions = "SSLOptions",
    /// In which order Defender Antivirus asks the sources of its updates, separated by `|`.
    AntivirusFallbackOrder = "FallbackOrder",
    /// A proxy for the EDR sensor that was set by MDM (CSP `System/TelemetryProxy`), where the sensor does not look.
    MdmTelemetryProxy = "TelemetryProxy",
    /// The site's own update server (WSUS): a URL.
    UpdateServer = "WUServer",
    /// 1: updates come from [`UpdateServer`](Self::UpdateServer).
    UsesUpdateServer = "UseWUServer",
    /// 1: where the site's update server is not reached by the system's proxy, the user's is tried.
    UpdateUserProxy = "SetProxyBehaviorForUpdateDetection",
    /// WinHTTP's access type: `1` direct, `3` by a named proxy.
    WinHttpAccess = "WinHttpSettings access type",
    /// WinHTTP's proxies (`netsh winhttp set proxy`).
    WinHttpProxy = "WinHttpSettings proxy",
    /// WinHTTP's bypass list.
    WinHttpBypass = "WinHttpSettings bypass list",
    /// `netsh winhttp set advproxy`: the proxies.
    AdvProxy = "Proxy",
    /// The same: whether they are used (`true`, `false`).
    AdvProxyIsEnabled = "ProxyIsEnabled",
    /// The same: the bypass list.
    AdvProxyBypass = "ProxyBypass",
    /// The same: the PAC file.
    AdvAutoconfigUrl = "AutoconfigUrl",
    /// The same: whether that is used.
    AdvAutoconfigIsEnabled = "AutoConfigIsEnabled",
    /// The same: whether WPAD is used.
    AdvAutoDetect = "AutoDetect",
    /// The same: whether each user has settings of their own.
    AdvPerUser = "PerUserProxySettings",
    /// WinINet: 1 where [`InetProxyServer`](Self::InetProxyServer) is used.
    InetProxyEnable = "ProxyEnable",
    /// WinINet: the proxies, also one for each scheme.
    InetProxyServer = "ProxyServer",
    /// WinINet: the bypass list.
    InetProxyOverride = "ProxyOverride",
    /// WinINet: the PAC file.
    InetAutoConfigUrl = "AutoConfigURL",
    /// WinINet: 1 where WPAD is used.
    InetAutoDetect = "AutoDetect",
    /// WinINet's own record of a hive: a number, 1 direct (always), 2 the proxy is used, 4 the PAC file, 8 WPAD. The five settings
    /// before this one are copies for programs of old.
    InetConnectionFlags = "DefaultConnectionSettings flags",
    /// The same: the proxies.
    InetConnectionProxy = "DefaultConnectionSettings proxy",
    /// The same: the bypass list.
    InetConnectionBypass = "DefaultConnectionSettings bypass list",
    /// The same: the PAC file.
    InetConnectionPac = "DefaultConnectionSettings PAC file",
    /// WinINet, policy: 0 where the machine's settings count for all users.
    InetPerUser = "ProxySettingsPerUser",
    /// The Log Analytics agent's proxy.
    MmaProxyUrl = "proxyUrl",
    /// The Azure Arc agent's proxy (`azcmagent config set proxy.url`).
    ArcProxyUrl = "proxy.url",
    /// What the Azure Arc agent reaches without it.
    ArcProxyBypass = "proxy.bypass",
    /// mdatp's managed proxy.
    MdatpProxy = "cloudService.proxy",
    /// mdatp's proxy as it was set on the machine itself.
    MdatpLocalProxy = "mdatp config proxy",
    /// All of apt's configuration, where a mistake in the form of a file keeps apt from starting: always lost.
    AptConfiguration = "apt's configuration",
    /// apt's proxy for http: a URL, or `DIRECT`.
    AptHttp = "Acquire::http::Proxy",
    /// apt's proxy for https.
    AptHttps = "Acquire::https::Proxy",
    /// apt's proxy for one host over http, as `host value`.
    AptHttpHost = "Acquire::http::Proxy::",
    /// apt's proxy for one host over https, as `host value`.
    AptHttpsHost = "Acquire::https::Proxy::",
    /// A program that apt asks for the proxy of each http target.
    AptHttpDetect = "Acquire::http::Proxy-Auto-Detect",
    /// The same by its older name, which counts where the newer one is not set.
    AptHttpDetectOld = "Acquire::http::ProxyAutoDetect",
    /// A program that apt asks for the proxy of each https target; http's is not taken in its place.
    AptHttpsDetect = "Acquire::https::Proxy-Auto-Detect",
    /// The same by its older name.
    AptHttpsDetectOld = "Acquire::https::ProxyAutoDetect",
    /// GNOME: `none`, `manual` or `auto`.
    GnomeMode = "org.gnome.system.proxy mode",
    /// GNOME: the PAC file; empty for WPAD.
    GnomeAutoconfigUrl = "org.gnome.system.proxy autoconfig-url",
    /// GNOME: the bypass list, separated by `,`.
    GnomeIgnoreHosts = "org.gnome.system.proxy ignore-hosts",
    /// GNOME: the proxy for http.
    GnomeHttpHost = "org.gnome.system.proxy.http host",
    /// GNOME: its port.
    GnomeHttpPort = "org.gnome.system.proxy.http port",
    /// GNOME: the proxy for https.
    GnomeHttpsHost = "org.gnome.system.proxy.https host",
    /// GNOME: its port.
    GnomeHttpsPort = "org.gnome.system.proxy.https port",
    /// GNOME: the SOCKS proxy.
    GnomeSocksHost = "org.gnome.system.proxy.socks host",
    /// GNOME: its port.
    GnomeSocksPort = "org.gnome.system.proxy.socks port",
    /// KDE: 0 none, 1 manual, 2 PAC, 3 WPAD, 4 environment.
    KdeProxyType = "ProxyType",
    /// KDE: the proxy for http.
    KdeHttp = "httpProxy",
    /// KDE: the proxy for https.
    KdeHttps = "httpsProxy",
    /// KDE: the SOCKS proxy.
    KdeSocks = "socksProxy",
    /// KDE: the bypass list.
    KdeNoProxyFor = "NoProxyFor",
    /// KDE: `true` where the list names what is to go through the proxy; programs differ in what else they take for it.
    KdeReversed = "ReversedException",
    /// KDE: the PAC file.
    KdePac = "Proxy Config Script",
    /// macOS: 1 where the proxy for http is used.
    MacHttpEnable = "HTTPEnable",
    /// macOS: the proxy for http.
    MacHttpProxy = "HTTPProxy",
    /// macOS: its port.
    MacHttpPort = "HTTPPort",
    /// macOS: 1 where the proxy for https is used.
    MacHttpsEnable = "HTTPSEnable",
    /// macOS: the proxy for https.
    MacHttpsProxy = "HTTPSProxy",
    /// macOS: its port.
    MacHttpsPort = "HTTPSPort",
    /// macOS: 1 where the SOCKS proxy is used.
    MacSocksEnable = "SOCKSEnable",
    /// macOS: the SOCKS proxy.
    MacSocksProxy = "SOCKSProxy",
    /// macOS: its port.
    MacSocksPort = "SOCKSPort",
    /// macOS: the bypass list, separated by `,`.
    MacExceptions = "ExceptionsList",
    /// macOS: 1 where names without a dot are reached without a proxy.
    MacExcludeSimple = "ExcludeSimpleHostnames",
    /// macOS: 1 where the PAC file is used.
    MacAutoConfigEnable = "ProxyAutoConfigEnable",
    /// macOS: the PAC file.
    MacAutoConfigUrl = "ProxyAutoConfigURLString",
    /// macOS: 1 where WPAD is used.
    MacAutoDiscovery = "ProxyAutoDiscoveryEnable",
}

impl Key {
    /// The system that the setting is of; `None` where several have it (variables, agents that run on more than one).
    pub const fn system(self) -> Option<System> {
        match self {
            Self::TelemetryProxyServer
            | Self::DisableEnterpriseAuthProxy
            | Self::PreferStaticProxy
            | Self::AntivirusProxyServer
            | Self::AntivirusProxyPacUrl
            | Self::AntivirusProxyBypass
            | Self::AntivirusSslOptions
            | Self::WinHttpAccess
            | Self::WinHttpProxy
            | Self::WinHttpBypass
            | Self::AdvProxy
            | Self::AdvProxyIsEnabled
            | Self::AdvProxyBypass
            | Self::AdvAutoconfigUrl
            | Self::AdvAutoconfigIsEnabled
            | Self::AdvAutoDetect
            | Self::AdvPerUser
            | Self::InetProxyEnable
            | Self::InetProxyServer
            | Self::InetProxyOverride
            | Self::InetAutoConfigUrl
            | Self::InetAutoDetect
            | Self::InetPerUser
            | Self::AntivirusFallbackOrder
            | Self::MdmTelemetryProxy
            | Self::UpdateServer
            | Self::UsesUpdateServer
            | Self::UpdateUserProxy
            | Self::InetConnectionFlags
            | Self::InetConnectionProxy
            | Self::InetConnectionBypass
            | Self::InetConnectionPac => Some(System::Windows),
            Self::MacHttpEnable
            | Self::MacHttpProxy
            | Self::MacHttpPort
            | Self::MacHttpsEnable
            | Self::MacHttpsProxy
            | Self::MacHttpsPort
            | Self::MacSocksEnable
            | Self::MacSocksProxy
            | Self::MacSocksPort
            | Self::MacExceptions
            | Self::MacExcludeSimple
            | Self::MacAutoConfigEnable
            | Self::MacAutoConfigUrl
            | Self::MacAutoDiscovery => Some(System::Macos),
            Self::AptConfiguration
            | Self::AptHttp
            | Self::AptHttps
            | Self::AptHttpHost
            | Self::AptHttpsHost
            | Self::AptHttpDetect
            | Self::AptHttpDetectOld
            | Self::AptHttpsDetect
            | Self::AptHttpsDetectOld
            | Self::GnomeMode
            | Self::GnomeAutoconfigUrl
            | Self::GnomeIgnoreHosts
            | Self::GnomeHttpHost
            | Self::GnomeHttpPort
            | Self::GnomeHttpsHost
            | Self::GnomeHttpsPort
            | Self::GnomeSocksHost
            | Self::GnomeSocksPort
            | Self::KdeProxyType
            | Self::KdeHttp
            | Self::KdeHttps
            | Self::KdeSocks
            | Self::KdeNoProxyFor
            | Self::KdeReversed
            | Self::KdePac => Some(System::Linux),
            Self::Variable(_)
            | Self::MmaProxyUrl
            | Self::ArcProxyUrl
            | Self::ArcProxyBypass
            | Self::MdatpProxy
            | Self::MdatpLocalProxy => None,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_in_a_value_has_its_place_in_the_input() {
        let text = "x=http://p:1";
        let mut reading = Reading::default();
        reading.add(Key::TelemetryProxyServer, Scope::Machine, &text[2..], 2..text.len());
        reading.add(Key::TelemetryProxyServer, Scope::Machine, alloc::string::String::from(&text[2..]), 0..2);
        let at: Vec<_> = reading.mistakes.iter().map(|mistake| mistake.at.clone()).collect();
        assert_eq!(at, [2..9, 0..2]);
    }
}
