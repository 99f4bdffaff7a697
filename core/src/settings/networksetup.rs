//! The outputs of macOS's `networksetup` (networksetup(8)) about the proxies of one network service (`Wi-Fi`).
//!
//! They look alike, and say neither which command made them nor which network service they are about. The command line above an
//! output says both, where it was copied as well; an output without one is the caller's [`Command`], or that which alone has its
//! labels. What none of these tells is lost: the settings that it may be are known to be made, and nothing else of them. So is
//! what is of another network service than the rest. `Yes` and `On` are given as 1, `No` and `Off` as 0, as the other tools of
//! macOS write them.

use alloc::string::String;
use alloc::vec::Vec;

use crate::mistake::MistakeKind;
use crate::settings::{Key, Reading, Scope, macos, place};
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
    /// All of them, each with what stands behind `-get` in its option.
    const ALL: [(Self, &'static str); 6] = [
        (Self::WebProxy, "webproxy"),
        (Self::SecureWebProxy, "securewebproxy"),
        (Self::SocksFirewallProxy, "socksfirewallproxy"),
        (Self::AutoProxyUrl, "autoproxyurl"),
        (Self::ProxyAutoDiscovery, "proxyautodiscovery"),
        (Self::ProxyBypassDomains, "proxybypassdomains"),
    ];

    /// Those whose outputs have the same labels.
    const ALIKE: [Self; 3] = [Self::WebProxy, Self::SecureWebProxy, Self::SocksFirewallProxy];

    /// What the labels of its output set.
    const fn settings(self) -> &'static [(&'static str, Key)] {
        match self {
            Self::WebProxy => {
                &[("Enabled", Key::MacHttpEnable), ("Server", Key::MacHttpProxy), ("Port", Key::MacHttpPort)]
            }
            Self::SecureWebProxy => &[
                ("Enabled", Key::MacHttpsEnable),
                ("Server", Key::MacHttpsProxy),
                ("Port", Key::MacHttpsPort),
            ],
            Self::SocksFirewallProxy => &[
                ("Enabled", Key::MacSocksEnable),
                ("Server", Key::MacSocksProxy),
                ("Port", Key::MacSocksPort),
            ],
            Self::AutoProxyUrl => &[("URL", Key::MacAutoConfigUrl), ("Enabled", Key::MacAutoConfigEnable)],
            Self::ProxyAutoDiscovery => &[("Auto Proxy Discovery", Key::MacAutoDiscovery)],
            Self::ProxyBypassDomains => &[],
        }
    }

    /// What a label of the output sets.
    fn key(self, label: &str) -> Option<Key> {
        self.settings().iter().find(|(own, _)| *own == label).map(|(_, key)| *key)
    }
}

/// What a text begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    /// The output of this command: its command line says so, or a label that no other has.
    Of(Command),
    /// The output of one of three that look alike.
    Alike,
}

/// What the outputs in a text begin with; `None` where there is neither a command line nor a label in it.
pub(super) fn begin(text: &str) -> Option<Begin> {
    lines(text).find_map(|(_, _, line)| {
        let by_label = || label(line).and_then(|(label, _)| begin_of(label));
        commands(line).map(|(command, _)| Begin::Of(command)).next().or_else(by_label)
    })
}

/// What the first label of an output tells.
fn begin_of(label: &str) -> Option<Begin> {
    match label {
        "Auto Proxy Discovery" => Some(Begin::Of(Command::ProxyAutoDiscovery)),
        "URL" => Some(Begin::Of(Command::AutoProxyUrl)),
        "Enabled" | "Server" | "Port" => Some(Begin::Alike),
        _ => None,
    }
}

/// The label of a line, and what stands behind it.
fn label(line: &str) -> Option<(&str, &str)> {
    let (label, value) = line.trim().split_once(':').filter(|(label, _)| !label.starts_with("**"))?;
    Some((label.trim_end(), value.trim()))
}

/// The commands of a command line, in their order, each with the network service that it asks about.
fn commands(line: &str) -> impl Iterator<Item = (Command, &str)> {
    line.split("-get").skip(1).filter_map(|part| {
        let end = part.find(|one: char| !one.is_ascii_alphanumeric()).unwrap_or(part.len());
        let (name, behind) = part.split_at_checked(end)?;
        let (command, _) = Command::ALL.into_iter().find(|(_, own)| *own == name)?;
        let service = behind.split([';', '&', '|']).next().unwrap_or_default();
        Some((command, service.trim().trim_matches(['"', '\''])))
    })
}

/// Whether a line is a command line of this program, whatever it asks.
fn is_command_line(line: &str) -> bool {
    line.contains("networksetup -") || commands(line).next().is_some()
}

/// What stands in front of a command line, where that is a prompt.
fn prompt(line: &str) -> Option<&str> {
    let before = line.get(..line.find("networksetup")?)?;
    // The path of the program may stand there as well.
    let before = before.get(..before.rfind(char::is_whitespace)?)?.trim();
    let before = before.strip_suffix("sudo").unwrap_or(before).trim_end();
    before.ends_with(['$', '%', '#', '>']).then_some(before)
}

/// What is being read.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Output {
    /// The output of this command.
    Of(Command),
    /// An output of one of these, and why it cannot be told what counts of it: what it sets is lost.
    Unsure(Vec<Command>, MistakeKind),
    /// Something else.
    Other,
}

struct Reader<'a> {
    text: &'a str,
    output: Output,
    /// Commands of the same command line whose outputs are still to come, the last first.
    others: Vec<(Command, &'a str)>,
    /// What the output has set.
    seen: Vec<Key>,
    /// The items of its bypass list.
    domains: Vec<&'a str>,
    /// The network service that the first command line asks about.
    service: Option<&'a str>,
    prompt: Option<&'a str>,
    reading: Reading<'a>,
}

/// Reads outputs. `bare` is the command of one that has no command line above it; `None` where nobody knows which of those that look
/// alike it is.
pub fn read(text: &str, bare: Option<Command>) -> Reading<'_> {
    let first = lines(text).find(|(_, _, line)| is_command_line(line));
    let before = first.and_then(|(_, start, _)| text.get(..start));
    // Above the first command line may stand what a terminal shows, or one more output.
    let output = match before {
        Some(before) if begin(before).is_none() => Output::Other,
        _ => bare.map_or(Output::Unsure(Vec::new(), MistakeKind::CommandUnknown), Output::Of),
    };
    let mut reader = Reader {
        text,
        output,
        others: Vec::new(),
        seen: Vec::new(),
        domains: Vec::new(),
        service: None,
        prompt: None,
        reading: Reading::default(),
    };
    for (_, _, line) in lines(text) {
        reader.line(line.trim());
    }
    reader.list();
    macos::unnamed(&mut reader.reading);
    reader.reading
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: &'a str) {
        if line.is_empty() {
            return;
        }
        if is_command_line(line) {
            self.list();
            self.prompt = prompt(line).or(self.prompt);
            self.others = commands(line).collect();
            self.others.reverse();
            self.output = Output::Other;
            self.next();
            return;
        }
        if self.prompt.is_some_and(|prompt| line.starts_with(prompt)) {
            self.list();
            self.output = Output::Other;
            return;
        }
        if let Some((label, value)) = label(line).filter(|(label, _)| self.is_label(label)) {
            return self.labelled(line, label, value);
        }
        let is_list = matches!(self.others.last(), Some((Command::ProxyBypassDomains, _)));
        if is_list && self.output != Output::Other && !line.contains(char::is_whitespace) {
            self.next();
        }
        match self.output {
            Output::Of(Command::ProxyBypassDomains) if line.starts_with("There aren't any") => {}
            Output::Of(Command::ProxyBypassDomains) if !line.contains(char::is_whitespace) => {
                self.domains.push(line);
            }
            Output::Other => {}
            _ if label(line).is_some() => {}
            _ => self.reading.note(MistakeKind::FormUnknown, place(self.text, line)),
        }
    }

    /// Whether this is a label of an output. An item of a bypass list may have a port.
    fn is_label(&self, label: &str) -> bool {
        self.output != Output::Other && begin_of(label).is_some()
    }

    /// Goes on with the next command of the same command line.
    fn next(&mut self) -> bool {
        let Some((command, service)) = self.others.pop() else { return false };
        self.list();
        self.seen.clear();
        self.output = Output::Of(command);
        let first = *self.service.get_or_insert(service);
        if first != service {
            self.reading.note(MistakeKind::OtherNetworkService, place(self.text, service));
            self.output = match command {
                Command::ProxyBypassDomains => Output::Other,
                _ => Output::Unsure([command].into(), MistakeKind::OtherNetworkService),
            };
        }
        true
    }

    /// A line with a label: where the output has it no more, another one begins.
    fn labelled(&mut self, line: &'a str, label: &str, value: &'a str) {
        loop {
            let is_own = match &self.output {
                Output::Of(command) => command.key(label).is_some_and(|key| !self.seen.contains(&key)),
                Output::Unsure(commands, _) => commands.iter().any(|command| command.key(label).is_some()),
                Output::Other => return,
            };
            if is_own {
                break;
            }
            if !self.next() {
                self.bare(line, label);
                break;
            }
        }
        let at = place(self.text, value);
        let is_off = matches!(value, "No" | "Off");
        match &self.output {
            Output::Of(command) => {
                let Some(key) = command.key(label) else { return };
                self.seen.push(key);
                match value {
                    "(null)" => {}
                    "Yes" | "On" => macos::add(key, "1", at, &mut self.reading),
                    _ if is_off => macos::add(key, "0", at, &mut self.reading),
                    _ => macos::add(key, value, at, &mut self.reading),
                }
            }
            // Told once, whatever follows.
            Output::Unsure(commands, why)
                if matches!(label, "Enabled" | "Auto Proxy Discovery") && !is_off && self.seen.is_empty() =>
            {
                for (_, key) in commands.iter().flat_map(|command| command.settings()) {
                    self.seen.push(*key);
                    self.reading.lose(*key, Scope::Machine, *why, at.clone());
                }
            }
            _ => {}
        }
    }

    /// An output without a command line begins with this label.
    fn bare(&mut self, line: &'a str, label: &str) {
        self.list();
        self.seen.clear();
        self.output = if let Some(Begin::Of(command)) = begin_of(label) {
            Output::Of(command)
        } else {
            let why = match self.output {
                Output::Unsure(_, MistakeKind::CommandUnknown) => MistakeKind::CommandUnknown,
                _ => MistakeKind::SecondOutput,
            };
            self.reading.note(why, place(self.text, line));
            Output::Unsure(Command::ALIKE.into(), why)
        };
    }

    /// Adds the bypass list that was read.
    fn list(&mut self) {
        let domains = core::mem::take(&mut self.domains);
        let (Some(first), Some(last)) = (domains.first(), domains.last()) else { return };
        let at = place(self.text, first).start..place(self.text, last).end;
        if domains.len() == 1 {
            self.reading.add(Key::MacExceptions, Scope::Machine, *first, at);
        } else {
            let joined: String = domains.join(",");
            self.reading.add(Key::MacExceptions, Scope::Machine, joined, at);
        }
    }
}

#[cfg(test)]
mod tests;
