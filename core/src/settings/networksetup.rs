//! The outputs of macOS's `networksetup` (networksetup(8)) about the proxies of one network service (`Wi-Fi`).
//!
//! They look alike, and say neither which command made them nor which network service they are about: the caller says the
//! [`Command`], and of two outputs in one text none is read. A command line above the output is passed over. `Yes` and `On` are given as 1, `No` and `Off` as 0, as the other tools of macOS write them.

use alloc::string::String;
use alloc::vec::Vec;

use crate::mistake::MistakeKind;
use crate::settings::{Key, Reading, Scope, place};
use crate::target::lines;

/// The command that made an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Command {
    /// `-getwebproxy`: the proxy for http.
    WebProxy,
    /// `-getsecurewebproxy`: the proxy for https.
    SecureWebProxy,
    /// `-getsocksfirewallproxy`: the SOCKS proxy.
    SocksFirewallProxy,
    /// `-getautoproxyurl`: the PAC file.
    AutoProxyUrl,
    /// `-getproxyautodiscovery`: WPAD.
    ProxyAutoDiscovery,
    /// `-getproxybypassdomains`: the bypass list.
    ProxyBypassDomains,
}

impl Command {
    /// What a label of the output sets.
    fn key(self, label: &str) -> Option<Key> {
        Some(match (self, label) {
            (Self::WebProxy, "Enabled") => Key::MacHttpEnable,
            (Self::WebProxy, "Server") => Key::MacHttpProxy,
            (Self::WebProxy, "Port") => Key::MacHttpPort,
            (Self::SecureWebProxy, "Enabled") => Key::MacHttpsEnable,
            (Self::SecureWebProxy, "Server") => Key::MacHttpsProxy,
            (Self::SecureWebProxy, "Port") => Key::MacHttpsPort,
            (Self::SocksFirewallProxy, "Enabled") => Key::MacSocksEnable,
            (Self::SocksFirewallProxy, "Server") => Key::MacSocksProxy,
            (Self::SocksFirewallProxy, "Port") => Key::MacSocksPort,
            (Self::AutoProxyUrl, "Enabled") => Key::MacAutoConfigEnable,
            (Self::AutoProxyUrl, "URL") => Key::MacAutoConfigUrl,
            (Self::ProxyAutoDiscovery, "Auto Proxy Discovery") => Key::MacAutoDiscovery,
            _ => return None,
        })
    }

    /// Whether only the outputs of other commands have this label.
    fn is_of_another(self, label: &str) -> bool {
        let others = [Self::WebProxy, Self::AutoProxyUrl, Self::ProxyAutoDiscovery];
        self.key(label).is_none() && others.iter().any(|other| other.key(label).is_some())
    }
}

/// Reads an output of `-getwebproxy`, `-getsecurewebproxy` or `-getsocksfirewallproxy`, where nobody knows which: nothing in it can be
/// used.
pub fn read_either(text: &str) -> Reading<'_> {
    let mut reading = Reading::default();
    let first = text.trim_start().lines().next().unwrap_or_default();
    reading.note(MistakeKind::CommandUnknown, place(text, first));
    reading
}

/// Whether a line is the command that made an output, with whatever prompt.
fn is_command(line: &str) -> bool {
    line.contains("networksetup -get")
}

/// Reads the output of a command.
pub fn read(text: &str, command: Command) -> Reading<'_> {
    let mut reading = Reading::default();
    let mut domains: Vec<&str> = Vec::new();
    let mut seen: Vec<Key> = Vec::new();
    for (_, _, line) in lines(text) {
        let line = line.trim();
        if line.is_empty() || is_command(line) {
            continue;
        }
        if command == Command::ProxyBypassDomains {
            if line.starts_with("There aren't any") {
                // The sentence of an empty list.
            } else if line.contains(char::is_whitespace) {
                reading.note(MistakeKind::FormUnknown, place(text, line));
            } else {
                domains.push(line);
            }
            continue;
        }
        let Some((label, value)) = line.split_once(':').filter(|_| !line.starts_with("**")) else {
            reading.note(MistakeKind::FormUnknown, place(text, line));
            continue;
        };
        let key = command.key(label.trim_end());
        if key.is_some_and(|key| seen.contains(&key)) || command.is_of_another(label.trim_end()) {
            reading.entries.clear();
            reading.note(MistakeKind::SecondOutput, place(text, line));
            return reading;
        }
        let Some(key) = key else { continue };
        seen.push(key);
        let value = value.trim();
        let at = place(text, value);
        match (key, value) {
            (
                Key::MacHttpEnable
                | Key::MacHttpsEnable
                | Key::MacSocksEnable
                | Key::MacAutoConfigEnable
                | Key::MacAutoDiscovery,
                _,
            ) => match value {
                "Yes" | "On" => reading.add(key, Scope::Machine, "1", at),
                "No" | "Off" => reading.add(key, Scope::Machine, "0", at),
                _ => reading.note(MistakeKind::SettingNumber, at),
            },
            (_, "(null)") => {}
            _ => reading.add(key, Scope::Machine, value, at),
        }
    }
    if let (Some(first), Some(last)) = (domains.first(), domains.last()) {
        let at = place(text, first).start..place(text, last).end;
        if domains.len() == 1 {
            reading.add(Key::MacExceptions, Scope::Machine, *first, at);
        } else {
            let joined: String = domains.join(",");
            reading.add(Key::MacExceptions, Scope::Machine, joined, at);
        }
    }
    reading
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::cuts;

    const PROXY: &str = "Enabled: Yes\nServer: proxy.example\nPort: 3128\nAuthenticated Proxy Enabled: 0\n";
    const DOMAINS: &str = "*.local\n169.254/16\r\n*.corp.example\n";

    fn found(text: &str, command: Command) -> Vec<(&'static str, String)> {
        let reading = read(text, command);
        assert_eq!(reading.mistakes, []);
        reading.entries.into_iter().map(|entry| (entry.key.as_str(), entry.value.into_owned())).collect()
    }

    #[test]
    fn one_for_each_command() {
        let of = |text, command, want: &[(&str, &str)]| {
            let found = found(text, command);
            let found: Vec<_> = found.iter().map(|(key, value)| (*key, value.as_str())).collect();
            assert_eq!(found, want);
        };
        of(
            PROXY,
            Command::WebProxy,
            &[("HTTPEnable", "1"), ("HTTPProxy", "proxy.example"), ("HTTPPort", "3128")],
        );
        of(
            "Enabled: No\nServer: \nPort: 0\n",
            Command::SecureWebProxy,
            &[("HTTPSEnable", "0"), ("HTTPSProxy", ""), ("HTTPSPort", "0")],
        );
        of(
            "Enabled: Yes\nServer: s.example\nPort: 1080\nAuthenticated Proxy Enabled: 0\n",
            Command::SocksFirewallProxy,
            &[("SOCKSEnable", "1"), ("SOCKSProxy", "s.example"), ("SOCKSPort", "1080")],
        );
        of(
            "URL: http://proxy.example/p.pac\nEnabled: Yes\n",
            Command::AutoProxyUrl,
            &[("ProxyAutoConfigURLString", "http://proxy.example/p.pac"), ("ProxyAutoConfigEnable", "1")],
        );
        of("URL: (null)\nEnabled: No\n", Command::AutoProxyUrl, &[("ProxyAutoConfigEnable", "0")]);
        of("Auto Proxy Discovery: On\n", Command::ProxyAutoDiscovery, &[("ProxyAutoDiscoveryEnable", "1")]);
        of(DOMAINS, Command::ProxyBypassDomains, &[("ExceptionsList", "*.local,169.254/16,*.corp.example")]);
        of("There aren't any bypass domains set on Wi-Fi.\n", Command::ProxyBypassDomains, &[]);
    }

    #[test]
    fn mistakes() {
        let of = |text, command| -> Vec<_> {
            read(text, command).mistakes.into_iter().map(|mistake| (mistake.kind, mistake.at)).collect()
        };
        assert_eq!(
            of("Enabled: Maybe\nPort: 99999", Command::WebProxy),
            [(MistakeKind::SettingNumber, 9..14), (MistakeKind::Port, 21..26)]
        );
        let error = "Wi-Fi is not a recognized network service.\n** Error: The parameters were not valid.\n";
        let want = [(MistakeKind::FormUnknown, 0..42), (MistakeKind::FormUnknown, 43..83)];
        assert_eq!(of(error, Command::WebProxy), want);
        assert_eq!(of(error, Command::ProxyBypassDomains), want);
    }

    #[test]
    fn of_two_outputs_none_is_read() {
        for (second, at) in [
            ("Enabled: No\nServer: \nPort: 0\n", "Enabled: No"),
            ("$ networksetup -getautoproxyurl Wi-Fi\nURL: (null)\nEnabled: No\n", "URL: (null)"),
            ("Auto Proxy Discovery: Off\n", "Auto Proxy Discovery: Off"),
        ] {
            let text = [PROXY, second].concat();
            let reading = read(&text, Command::WebProxy);
            assert_eq!(reading.entries, []);
            let [mistake] = &reading.mistakes[..] else { panic!("{reading:?}") };
            assert_eq!((mistake.kind, &text[mistake.at.clone()]), (MistakeKind::SecondOutput, at));
        }
        let text = [PROXY, "URL: http://w/p.pac\nEnabled: Yes\n"].concat();
        assert_eq!(read(&text, Command::AutoProxyUrl).entries, []);
        let with_command = ["mac:~ x$ networksetup -getwebproxy Wi-Fi\n", PROXY].concat();
        assert_eq!(found(&with_command, Command::WebProxy), found(PROXY, Command::WebProxy));
    }

    #[test]
    fn an_output_of_one_of_two_commands() {
        let reading = read_either("\nEnabled: Yes\r\nServer: p\nPort: 1\n");
        assert_eq!(reading.entries, []);
        assert_eq!(reading.mistakes, [crate::mistake::Mistake::new(MistakeKind::CommandUnknown, 1..13)]);
    }

    #[test]
    fn any_bytes() {
        cuts::hold(PROXY, |text| read(text, Command::SecureWebProxy));
        cuts::hold("URL: http://p/\nEnabled: No", |text| read(text, Command::AutoProxyUrl));
        cuts::hold(DOMAINS, |text| read(text, Command::ProxyBypassDomains));
    }
}
