//! The kinds of text that settings are written in, and how they are told apart: by what stands in them, and by the name of the
//! file only where two look alike.

use super::networksetup::{self, Begin, Command};
use super::{
    Reading, Scope, advproxy, apt, azcmagent, environment, gnome, kde, mdatp, mma, mobileconfig,
    mp_preference, netsh, proc, prompt, registry, scutil, shell, systemd,
};
use crate::catalog::System;
use crate::select::environment::Variable;

/// Declares the formats with their names for people.
macro_rules! formats {
    ($($(#[$doc:meta])* $format:ident = $name:literal,)+) => {
        /// A kind of text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Format { $($(#[$doc])* $format,)+ }

        impl Format {
            /// Every format.
            pub const ALL: &'static [Self] = &[$(Self::$format,)+];

            /// What it is, for people.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$format => $name,)+ }
            }
        }
    };
}

formats! {
    /// Variables of the environment: [`environment`].
    Environment = "variables of the environment",
    /// The same in a script or profile of a shell: [`shell`].
    Shell = "a script of a shell",
    /// The environment of a process: [`proc`].
    Process = "the environment of a process",
    /// A unit of systemd or a drop-in: [`systemd`].
    SystemdUnit = "a unit of systemd",
    /// `mdatp_managed.json`: [`mdatp`].
    MdatpManaged = "mdatp's managed settings",
    /// Commands that set mdatp's proxy: [`mdatp`].
    MdatpCommands = "mdatp's commands",
    /// `mdatp health`, which shows no proxy: [`mdatp`].
    MdatpHealth = "mdatp health",
    /// apt.conf(5): [`apt`].
    Apt = "apt's configuration",
    /// `gsettings` or dconf: [`gnome`].
    Gnome = "GNOME's settings",
    /// `kioslaverc`: [`kde`].
    Kde = "KDE's settings",
    /// `scutil --proxy`: [`scutil`].
    Scutil = "scutil --proxy",
    /// `networksetup -getwebproxy`: [`networksetup`].
    WebProxy = "networksetup -getwebproxy",
    /// `networksetup -getsecurewebproxy`.
    SecureWebProxy = "networksetup -getsecurewebproxy",
    /// `networksetup -getsocksfirewallproxy`.
    SocksFirewallProxy = "networksetup -getsocksfirewallproxy",
    /// One of these three, and nothing says which.
    SomeWebProxy = "networksetup -getwebproxy or another of its kind",
    /// `networksetup -getautoproxyurl`.
    AutoProxyUrl = "networksetup -getautoproxyurl",
    /// `networksetup -getproxyautodiscovery`.
    ProxyAutoDiscovery = "networksetup -getproxyautodiscovery",
    /// `networksetup -getproxybypassdomains`.
    ProxyBypassDomains = "networksetup -getproxybypassdomains",
    /// A configuration profile or property list: [`mobileconfig`].
    MobileConfig = "a configuration profile of macOS",
    /// An export of the registry: [`registry`].
    Registry = "an export of the registry",
    /// `netsh winhttp show proxy`, in any language: [`netsh`].
    Netsh = "netsh winhttp show proxy",
    /// `netsh winhttp show advproxy`: [`advproxy`].
    AdvProxy = "netsh winhttp show advproxy",
    /// `Get-MpPreference`: [`mp_preference`].
    MpPreference = "Get-MpPreference",
    /// `azcmagent config list`: [`azcmagent`].
    Azcmagent = "azcmagent config list",
    /// The Log Analytics agent's `proxy.conf`: [`mma`]. It looks like nothing in particular: only its file's name tells it.
    Mma = "the Log Analytics agent's proxy.conf",
}

impl Format {
    /// The system that alone has texts of this kind.
    pub const fn system(self) -> Option<System> {
        match self {
            Self::Registry | Self::Netsh | Self::AdvProxy | Self::MpPreference => Some(System::Windows),
            Self::Scutil
            | Self::WebProxy
            | Self::SecureWebProxy
            | Self::SocksFirewallProxy
            | Self::SomeWebProxy
            | Self::AutoProxyUrl
            | Self::ProxyAutoDiscovery
            | Self::ProxyBypassDomains
            | Self::MobileConfig => Some(System::Macos),
            _ => None,
        }
    }

    /// What to say of a text of this kind, where no such text shows a proxy, whatever is set: that it does not, and what does.
    pub const fn shows_no_proxy(self) -> Option<&'static str> {
        match self {
            Self::MdatpHealth => Some(
                "mdatp health shows no proxy, set or not: give mdatp_managed.json, mdatp's unit with its drop-ins, or the \
                 commands mdatp config proxy that were run",
            ),
            _ => None,
        }
    }

    /// Reads a text of this kind. `scope` is for whom its settings are, where it does not say itself.
    pub fn read<'a>(self, text: &'a str, scope: &Scope<'a>) -> Reading<'a> {
        match self {
            Self::Environment => environment::read(text, scope),
            Self::Shell => shell::read(text, scope),
            Self::Process => proc::read(text, scope),
            // What no file says: an export has the service in its name only, and mdatp's is the one that is looked for.
            Self::SystemdUnit => match scope {
                Scope::Service(service) => {
                    let mut reading = systemd::read(text, "");
                    for entry in &mut reading.entries {
                        entry.scope = Scope::Service(service.clone());
                    }
                    reading
                }
                _ => systemd::read(text, "mdatp"),
            },
            Self::MdatpManaged => mdatp::read_managed(text),
            Self::MdatpCommands => mdatp::read_commands(text),
            Self::MdatpHealth => Reading::default(),
            Self::Apt => apt::read(text),
            Self::Gnome => gnome::read(text, scope),
            Self::Kde => kde::read(text, scope),
            Self::Scutil => scutil::read(text),
            Self::WebProxy => networksetup::read(text, Some(Command::WebProxy)),
            Self::SecureWebProxy => networksetup::read(text, Some(Command::SecureWebProxy)),
            Self::SocksFirewallProxy => networksetup::read(text, Some(Command::SocksFirewallProxy)),
            Self::SomeWebProxy => networksetup::read(text, None),
            Self::AutoProxyUrl => networksetup::read(text, Some(Command::AutoProxyUrl)),
            Self::ProxyAutoDiscovery => networksetup::read(text, Some(Command::ProxyAutoDiscovery)),
            Self::ProxyBypassDomains => networksetup::read(text, Some(Command::ProxyBypassDomains)),
            Self::MobileConfig => mobileconfig::read(text),
            Self::Registry => registry::read(text),
            Self::Netsh => netsh::read(text),
            Self::AdvProxy => advproxy::read(text, scope),
            Self::MpPreference => mp_preference::read(text),
            Self::Azcmagent => azcmagent::read(text),
            Self::Mma => mma::read(text),
        }
    }
}

/// How much of a text is looked at to find out what it is.
const LOOKED_AT: usize = 64 * 1024;

/// Finds out what kind of text this is; `name` is its file's.
pub fn recognise(name: &str, text: &str) -> Option<Format> {
    let end = text.floor_char_boundary(LOOKED_AT.min(text.len()));
    let text = text.get(..end).unwrap_or(text);
    let has = |part: &str| text.contains(part);
    // Also an empty one: it masks.
    if systemd::is_part_of_a_unit(name) {
        return Some(Format::SystemdUnit);
    }
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let begins = text.trim_start();
    let is_export = begins.starts_with("Windows Registry Editor") || begins.starts_with("REGEDIT4");
    if is_export || registry::query::is_one(text) {
        return Some(Format::Registry);
    }
    let is_json = begins.starts_with('{');
    if !is_json && names_variable(text) {
        // /etc/environment is read by no shell, whatever stands in it.
        let is_script = || file != "environment" && shell::is_script(text);
        return Some(match () {
            () if has("\0") => Format::Process,
            () if is_script() => Format::Shell,
            () => Format::Environment,
        });
    }
    if has("\"AutoconfigUrl\"") || has("\"ProxyIsEnabled\"") || has("\"ProxyBypass\"") && has("\"Proxy\"") {
        return Some(Format::AdvProxy);
    }
    if mp_preference::is_one(text) {
        return Some(Format::MpPreference);
    }
    if is_json {
        let health = mdatp::is_health(text).then_some(Format::MdatpHealth);
        return if has("cloudService") { Some(Format::MdatpManaged) } else { health };
    }
    if has("proxy.url") {
        return Some(Format::Azcmagent);
    }
    if begins.starts_with('<') && !begins.starts_with("<dictionary>") {
        return (has("<plist") || has("<dict>")).then_some(Format::MobileConfig);
    }
    if begins.starts_with("<dictionary>") {
        return Some(Format::Scutil);
    }
    if has("[Proxy Settings]") {
        return Some(Format::Kde);
    }
    if has("org.gnome.system.proxy") || has("[system/proxy") || has("[org/gnome/system/proxy") {
        return Some(Format::Gnome);
    }
    if gnome::is_dump(text) {
        return Some(Format::Gnome);
    }
    if has("[Service]") || has("[Unit]") {
        return Some(Format::SystemdUnit);
    }
    if has("mdatp config ") || has("Configuration property updated") {
        return Some(Format::MdatpCommands);
    }
    if mdatp::is_health(text) {
        return Some(Format::MdatpHealth);
    }
    // The one word in its title that no language translates.
    let mut printed = prompt::printed(text, "winhttp").map(|(_, line)| line);
    if printed.find(|line| !line.trim().is_empty()).is_some_and(|title| title.contains("WinHTTP")) {
        return Some(Format::Netsh);
    }
    if file == "proxy.conf" && text.lines().filter(|line| !line.trim().is_empty()).count() == 1 && !has("\"")
    {
        return Some(Format::Mma);
    }
    let lower = text.to_ascii_lowercase();
    let is_include = |line: &str| line.trim_start().starts_with("#include") && line.contains(';');
    if lower.contains("acquire") || text.lines().any(is_include) {
        return Some(Format::Apt);
    }
    // An environment without a proxy is one as well.
    let is_environment = || file == "environment" || sets(text, |name| name.eq_ignore_ascii_case("PATH"));
    let environment = if has("\0") { Format::Process } else { Format::Environment };
    networksetup_output(file, text).or_else(|| is_environment().then_some(environment))
}

/// Whether a line, or a piece between NULs, sets a variable that is read.
fn names_variable(text: &str) -> bool {
    sets(text, |name| Variable::ALL.iter().any(|variable| variable.as_str() == name))
}

/// Whether a line, or a piece between NULs, sets such a variable.
fn sets(text: &str, is_it: impl Fn(&str) -> bool) -> bool {
    text.split(['\n', '\0']).any(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        line.split_once('=').is_some_and(|(name, _)| is_it(name))
    })
}

/// The outputs of networksetup look alike: what tells three of them apart is the command line above, or the name of the file. The
/// kind is that of the first output; those below it say themselves what they are.
fn networksetup_output(file: &str, text: &str) -> Option<Format> {
    let has = |label: &str| text.lines().any(|line| line.trim_start().starts_with(label));
    let is_enabled = has("Enabled:");
    let is_output = has("Auto Proxy Discovery:")
        || is_enabled && (has("URL:") || has("Server:") && has("Port:"))
        || text.contains("-getproxybypassdomains");
    let file = file.to_ascii_lowercase();
    let is_named = |names: &[&str]| names.iter().any(|name| file.contains(name));
    Some(match networksetup::begin(text).filter(|_| is_output) {
        Some(Begin::Of(Command::WebProxy)) => Format::WebProxy,
        Some(Begin::Of(Command::SecureWebProxy)) => Format::SecureWebProxy,
        Some(Begin::Of(Command::SocksFirewallProxy)) => Format::SocksFirewallProxy,
        Some(Begin::Of(Command::AutoProxyUrl)) => Format::AutoProxyUrl,
        Some(Begin::Of(Command::ProxyAutoDiscovery)) => Format::ProxyAutoDiscovery,
        Some(Begin::Of(Command::ProxyBypassDomains)) => Format::ProxyBypassDomains,
        Some(Begin::Alike) if is_named(&["socks"]) => Format::SocksFirewallProxy,
        Some(Begin::Alike) if is_named(&["secure", "https"]) => Format::SecureWebProxy,
        Some(Begin::Alike) if is_named(&["web", "http"]) => Format::WebProxy,
        Some(Begin::Alike) => Format::SomeWebProxy,
        None if is_named(&["bypass"]) => Format::ProxyBypassDomains,
        None => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_known_by_what_stands_in_it() {
        use Format as F;
        for (name, text, want) in [
            ("a.txt", "PATH=/bin\nexport https_proxy=p:1\n", Some(F::Shell)),
            ("a.sh", "https_proxy=p:1; export https_proxy\n", Some(F::Shell)),
            ("a.txt", "PATH=/bin\nhttps_proxy=p:1\n", Some(F::Environment)),
            ("etc/environment", "PATH=/bin\nexport https_proxy=p:1\n", Some(F::Environment)),
            ("environment", "PATH=/bin\n", Some(F::Environment)),
            ("environ", "A=b\0https_proxy=p:1\0", Some(F::Process)),
            ("env.txt", "HOME=/root\nPATH=/bin\n", Some(F::Environment)),
            ("set.txt", "OS=Windows_NT\r\nPath=C:\\Windows\r\n", Some(F::Environment)),
            ("environ", "HOME=/root\0PATH=/bin\0", Some(F::Process)),
            ("x", "Environment=PATH=/bin\n", None),
            ("x.conf", "[Service]\nEnvironment=\"HTTPS_PROXY=p:1\"\n", Some(F::SystemdUnit)),
            ("etc/systemd/system/mdatp.service.d/x.conf", "", Some(F::SystemdUnit)),
            ("mdatp.service", "[Service]\nEnvironment=\\\nhttps_proxy=p:1\n", Some(F::SystemdUnit)),
            ("m.json", "{\"cloudService\":{\"proxy\":\"http://p:1\"}}", Some(F::MdatpManaged)),
            ("e", "https_proxy=http://proxy.urlfilter.corp:3128\n", Some(F::Environment)),
            ("m.json", "{\"other\":1}", None),
            ("setup.sh", "sudo mdatp config proxy set --value http://p:1", Some(F::MdatpCommands)),
            ("c", "$ mdatp config real-time-protection --value enabled\n", Some(F::MdatpCommands)),
            ("c", "Configuration property updated.\n", Some(F::MdatpCommands)),
            ("h", "healthy                     : true\nlicensed : true\n", Some(F::MdatpHealth)),
            ("h", "$ mdatp health\r\nhealthy : false\r\napp_version : \"101.24\"\r\n", Some(F::MdatpHealth)),
            ("h", "{\"healthy\": true, \"licensed\": true}", Some(F::MdatpHealth)),
            ("h", "healthy : true\nmdatp config proxy set --value http://p:1\n", Some(F::MdatpCommands)),
            ("h", "healthy : true\nunhealthy : false\n", None),
            ("h", "{\"healthy\": true}", None),
            ("proxy.conf", "Acquire::http::Proxy \"http://p:1\";", Some(F::Apt)),
            ("proxy.conf", "acquire { http { Proxy \"http://p:1\"; }; };", Some(F::Apt)),
            ("10site", "// Ours\n#include \"/opt/site/apt.conf\";\n", Some(F::Apt)),
            ("a.h", "#include \"b.h\"\n#include <c.h>\n", None),
            ("g", "org.gnome.system.proxy mode 'manual'", Some(F::Gnome)),
            ("g", "[system/proxy]\nmode='manual'", Some(F::Gnome)),
            ("g", "[/]\nmode='manual'\n\n[https]\nhost='p'\nport=1\n", Some(F::Gnome)),
            ("kioslaverc", "[Proxy Settings]\nProxyType=1\n", Some(F::Kde)),
            ("s", "<dictionary> {\n  HTTPEnable : 1\n}", Some(F::Scutil)),
            ("web.txt", "Enabled: Yes\nServer: p\nPort: 1\n", Some(F::WebProxy)),
            ("wi-fi.txt", "Enabled: Yes\nServer: p\nPort: 1\n", Some(F::SomeWebProxy)),
            ("HTTPS.txt", "Enabled: Yes\nServer: p\nPort: 1\n", Some(F::SecureWebProxy)),
            (
                "wi-fi.txt",
                "$ networksetup -getsecurewebproxy Wi-Fi\nEnabled: Yes\nServer: p\nPort: 1\n",
                Some(F::SecureWebProxy),
            ),
            (
                "wi-fi.txt",
                "$ networksetup -getproxybypassdomains Wi-Fi\n*.local\n",
                Some(F::ProxyBypassDomains),
            ),
            // The first output, whatever stands below it; and one that has no command line by its file's name.
            (
                "a.txt",
                "a % networksetup -getwebproxy Wi-Fi\nEnabled: Yes\nServer: p\nPort: 1\n\
                 a % networksetup -getsecurewebproxy Wi-Fi\nEnabled: Yes\nServer: p\nPort: 1\n\
                 Auto Proxy Discovery: On\n",
                Some(F::WebProxy),
            ),
            (
                "https.txt",
                "Enabled: Yes\nServer: p\nPort: 1\na % networksetup -getwebproxy Wi-Fi\nEnabled: Yes\nServer: p\nPort: 1\n",
                Some(F::SecureWebProxy),
            ),
            ("get.sh", "networksetup -getwebproxy Wi-Fi\n", None),
            ("getsecurewebproxy.txt", "Enabled: Yes\nServer: p\nPort: 1\n", Some(F::SecureWebProxy)),
            ("getsocksfirewallproxy.txt", "Enabled: Yes\nServer: p\nPort: 1\n", Some(F::SocksFirewallProxy)),
            ("auto.txt", "URL: http://w/p.pac\nEnabled: Yes\n", Some(F::AutoProxyUrl)),
            ("d.txt", "Auto Proxy Discovery: On\n", Some(F::ProxyAutoDiscovery)),
            ("bypass.txt", "*.local\n169.254/16\n", Some(F::ProxyBypassDomains)),
            ("p.mobileconfig", "<?xml version=\"1.0\"?><plist><dict/></plist>", Some(F::MobileConfig)),
            ("x.reg", "Windows Registry Editor Version 5.00\r\n", Some(F::Registry)),
            ("x.reg", "REGEDIT4\r\n", Some(F::Registry)),
            ("q", "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\X\r\n    Y    REG_SZ    z\r\n", Some(F::Registry)),
            ("q", "C:\\>reg query HKCU\\X /s\r\n\r\nHKEY_CURRENT_USER\\X\r\n", Some(F::Registry)),
            ("q", "C:\\>reg query HKCU\\X /s\r\n\r\nERROR: not found\r\n", None),
            ("n.txt", "\r\n現在の WinHTTP プロキシ設定:\r\n\r\n    直接アクセス\r\n", Some(F::Netsh)),
            (
                "n",
                "C:\\Windows\\system32>netsh winhttp show proxy\r\n\r\nCurrent WinHTTP proxy settings:\r\n\r\n    Direct access (no proxy server).\r\n\r\nC:\\Windows\\system32>",
                Some(F::Netsh),
            ),
            ("n", "C:\\Windows\\system32>netsh winhttp show proxy\r\n", None),
            ("a", "WinHTTP:\n{\n \"ProxyIsEnabled\": true,\n \"Proxy\": \"p:1\" }", Some(F::AdvProxy)),
            ("m", "ProxyBypass : \nProxyPacUrl : http://w/p.pac\n", Some(F::MpPreference)),
            ("m", "{\"ProxyPacUrl\":null}", Some(F::MpPreference)),
            ("m", "\r\nProxyServer : http://p:1\r\n", Some(F::MpPreference)),
            ("m", "\r\nProxyServer\r\n-----------\r\nhttp://p:1\r\n", Some(F::MpPreference)),
            ("a", "Local Configuration Settings\n  proxy.url : http://p:1\n", Some(F::Azcmagent)),
            ("/etc/opt/proxy.conf", "http://p:1\n", Some(F::Mma)),
            ("x", "nothing of this kind", None),
            ("x", "", None),
        ] {
            assert_eq!(recognise(name, text), want, "{name}: {text:?}");
        }
    }

    #[test]
    fn no_format_breaks_on_what_is_not_its_own() {
        let texts =
            ["", "\0", "{", "<", "[", "=", "a=\"", "\u{feff}", "{\"a\":[}", "<plist>", "\\\r\n\\", "ü=ü"];
        for format in Format::ALL {
            for text in texts {
                let reading = format.read(text, &Scope::Machine);
                for at in reading.mistakes.iter().map(|mistake| &mistake.at) {
                    assert!(text.get(at.clone()).is_some(), "{format:?} {text:?} {at:?}");
                }
            }
        }
    }
}
