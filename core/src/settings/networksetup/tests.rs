use super::*;
use crate::settings::cuts;
use std::format;

const PROXY: &str = "Enabled: Yes\nServer: proxy.example\nPort: 3128\nAuthenticated Proxy Enabled: 0\n";
const DOMAINS: &str = "*.local\n169.254/16\r\n*.corp.example\n";

fn found(text: &str, command: Command) -> Vec<(&'static str, String)> {
    let reading = read(text, Some(command));
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
        read(text, Some(command)).mistakes.into_iter().map(|mistake| (mistake.kind, mistake.at)).collect()
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

/// What is set and what is lost, and the mistakes.
fn told(text: &str, bare: Option<Command>) -> (Vec<String>, Vec<(MistakeKind, &str)>) {
    let reading = read(text, bare);
    let entries = reading.entries.iter().map(|entry| match entry.lost {
        Some(_) => format!("{} lost", entry.key),
        None => format!("{}={}", entry.key, entry.value),
    });
    let mistakes = reading.mistakes.iter().map(|mistake| (mistake.kind, &text[mistake.at.clone()]));
    (entries.collect(), mistakes.collect())
}

const LOST: [&str; 9] = [
    "HTTPEnable lost",
    "HTTPProxy lost",
    "HTTPPort lost",
    "HTTPSEnable lost",
    "HTTPSProxy lost",
    "HTTPSPort lost",
    "SOCKSEnable lost",
    "SOCKSProxy lost",
    "SOCKSPort lost",
];

#[test]
fn each_output_is_of_the_command_above_it() {
    let text = "alice@mac ~ % networksetup -getwebproxy Wi-Fi\nEnabled: Yes\nServer: proxy.corp.example\nPort: 3128\n\
                alice@mac ~ % networksetup -getsecurewebproxy Wi-Fi\nEnabled: Yes\nServer: sproxy.corp.example\n\
                Port: 3129\nalice@mac ~ % networksetup -getproxybypassdomains \"Wi-Fi\"\n*.local\n169.254/16\n\
                alice@mac ~ % networksetup -getftpproxy Wi-Fi\nEnabled: Yes\nServer: f\nPort: 21\n\
                alice@mac ~ % networksetup -getautoproxyurl Wi-Fi\nURL: (null)\nEnabled: No\nalice@mac ~ % exit\n";
    let want = [
        "HTTPEnable=1",
        "HTTPProxy=proxy.corp.example",
        "HTTPPort=3128",
        "HTTPSEnable=1",
        "HTTPSProxy=sproxy.corp.example",
        "HTTPSPort=3129",
        "ExceptionsList=*.local,169.254/16",
        "ProxyAutoConfigEnable=0",
    ];
    // Whatever the caller takes the file for.
    for bare in [None, Some(Command::WebProxy), Some(Command::AutoProxyUrl)] {
        assert_eq!(told(text, bare), (want.map(String::from).into(), Vec::new()), "{bare:?}");
        let login = ["Last login: Thu Nov 26 on ttys000\nWelcome\n", text].concat();
        assert_eq!(told(&login, bare).0, want, "{bare:?}");
    }
    // In the other order, by other paths, of one command line.
    let text = "% sudo /usr/sbin/networksetup -getsecurewebproxy Wi-Fi; networksetup -getwebproxy Wi-Fi && \
                networksetup -getproxybypassdomains Wi-Fi\nEnabled: No\nServer:\nPort: 0\nEnabled: Yes\n\
                Server: p\nPort: 1\n*.local\n%\n";
    let want = [
        "HTTPSEnable=0",
        "HTTPSProxy=",
        "HTTPSPort=0",
        "HTTPEnable=1",
        "HTTPProxy=p",
        "HTTPPort=1",
        "ExceptionsList=*.local",
    ];
    assert_eq!(told(text, None), (want.map(String::from).into(), Vec::new()));
}

#[test]
fn an_output_that_nothing_names_is_lost() {
    use MistakeKind as K;
    let first = ["HTTPEnable=1", "HTTPProxy=proxy.example", "HTTPPort=3128"];
    let on = "Enabled: Yes\nServer: p\nPort: 1\n";
    for below in [PROXY.into(), ["$ networksetup -getwebproxy Wi-Fi\n", PROXY].concat()] {
        let text = [&below, on].concat();
        let (entries, mistakes) = told(&text, Some(Command::WebProxy));
        assert_eq!(entries, [&first[..], &LOST].concat());
        assert_eq!(mistakes, [(K::SecondOutput, "Enabled: Yes")]);
        // One that is switched off sets nothing, whichever it is.
        let text = [&below, "Enabled: No\nServer:\nPort: 0\n"].concat();
        let (entries, mistakes) = told(&text, Some(Command::WebProxy));
        assert_eq!(entries, first);
        assert_eq!(mistakes, [(K::SecondOutput, "Enabled: No")]);
    }
    // What has labels of its own needs no command.
    let text = [PROXY, "Auto Proxy Discovery: Off\nURL: http://w/p.pac\nEnabled: Yes\n"].concat();
    let own =
        ["ProxyAutoDiscoveryEnable=0", "ProxyAutoConfigURLString=http://w/p.pac", "ProxyAutoConfigEnable=1"];
    assert_eq!(
        told(&text, Some(Command::WebProxy)),
        ([&first[..], &own].concat().into_iter().map(String::from).collect(), Vec::new())
    );
    // The first one, of a file that does not say it.
    let (entries, mistakes) = told("\nEnabled: Yes\r\nServer: p\nPort: 1\n", None);
    assert_eq!(
        (&entries[..], mistakes),
        (&LOST.map(String::from)[..], [(K::CommandUnknown, "Enabled: Yes")].into())
    );
    let text = [on, on, "$ networksetup -getwebproxy Wi-Fi\n", PROXY].concat();
    let (entries, mistakes) = told(&text, None);
    assert_eq!(entries, [&LOST[..], &first].concat(), "lost once, and what is known counts after it");
    assert_eq!(mistakes, [(K::CommandUnknown, "Enabled: Yes")]);
}

#[test]
fn of_two_network_services_one_is_in_use() {
    let text =
        ["$ networksetup -getwebproxy Wi-Fi\n", PROXY, "$ networksetup -getwebproxy Ethernet\n", PROXY];
    let text = text.concat();
    let (entries, mistakes) = told(&text, None);
    assert_eq!(entries[3..], LOST[..3]);
    assert_eq!(mistakes, [(MistakeKind::OtherNetworkService, "Ethernet")]);
    let text = text.replace("Ethernet", "\"Wi-Fi\"");
    assert_eq!(told(&text, None).1, []);
}

#[test]
fn what_is_switched_on_and_names_nothing() {
    use MistakeKind as K;
    let of = |text, command| told(text, Some(command)).1;
    assert_eq!(of("Enabled: Yes\nServer: \nPort: 0\n", Command::SecureWebProxy), [(K::ProxyUnnamed, "Yes")]);
    assert_eq!(of("URL: (null)\nEnabled: Yes\n", Command::AutoProxyUrl), [(K::ProxyUnnamed, "Yes")]);
    let (entries, mistakes) = told("Enabled: Maybe\nServer: p\nPort: 99999\n", Some(Command::WebProxy));
    assert_eq!(entries, ["HTTPEnable lost", "HTTPProxy=p", "HTTPPort lost"]);
    assert_eq!(mistakes, [(K::SettingNumber, "Maybe"), (K::Port, "99999")]);
}

#[test]
fn long_lines_and_many_of_them() {
    for part in
        ["-get", "-getwebproxy ", "networksetup -getwebproxy x;", "Enabled: Yes\n", "$ networksetup -x\n"]
    {
        let text = part.repeat(200_000);
        assert!(read(&text, None).entries.len() <= 9, "{part}");
    }
}

#[test]
fn any_bytes() {
    cuts::hold(PROXY, |text| read(text, Some(Command::SecureWebProxy)));
    cuts::hold(PROXY, |text| read(text, None));
    cuts::hold("URL: http://p/\nEnabled: No", |text| read(text, Some(Command::AutoProxyUrl)));
    cuts::hold(DOMAINS, |text| read(text, Some(Command::ProxyBypassDomains)));
    let all = "a % networksetup -getwebproxy Wi-Fi;networksetup -getproxybypassdomains B\nEnabled: Yes\nServer: p\n\
               *.x\na:1\na % networksetup -getautoproxyurl B\nURL: x\nEnabled: Yes\nEnabled: Yes\n";
    cuts::hold(all, |text| read(text, None));
}
