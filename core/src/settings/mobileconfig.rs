//! Configuration profiles of macOS (`.mobileconfig`) and property lists of preferences, in their XML form.
//!
//! Of the payload `com.microsoft.wdav` (Defender for Endpoint) `cloudService` > `proxy` is read: in a payload of its own, among
//! managed preferences (`mcx_preference_settings`), and in the bare property list that some management tools take. Of
//! `com.apple.proxy.http.global` (Apple's "Global HTTP Proxy") the proxy is given for http and https, its port too; `Auto`
//! without the URL of a PAC file is WPAD. It counts on supervised devices alone. Of `com.apple.SystemConfiguration` (Apple's
//! "Network Proxy Configuration") `Proxies` is read, whose keys are those of [`scutil`](super::scutil).
//!
//! Of a file that is broken the settings are lost that the payloads named in it have.
//!
//! A profile that is signed is CMS around XML, and no text: its signature is taken off before.

use alloc::borrow::Cow;
use alloc::string::String;
use core::ops::Range;

use roxmltree::{Document, Node, ParsingOptions, StringStorage, TextPos};

use crate::mistake::MistakeKind;
use crate::settings::{Key, Reading, Scope, macos, place};

/// The largest profile that is read, in bytes. Real ones have some KiB; certificates and icons in them some hundred.
const LENGTH: usize = 8 * 1024 * 1024;

/// The most nodes that are read; one costs about a hundred bytes.
const NODES: u32 = 200_000;

const WDAV: &str = "com.microsoft.wdav";
const GLOBAL: &str = "com.apple.proxy.http.global";
const NETWORK: &str = "com.apple.SystemConfiguration";

/// Keys that switch something on.
const SWITCHES: [Key; 5] = [
    Key::MacAutoDiscovery,
    Key::MacAutoConfigEnable,
    Key::MacHttpsEnable,
    Key::MacHttpEnable,
    Key::MacSocksEnable,
];

/// What declares an entity, which can make much of little. No property list has one, not even in a comment.
const ENTITY: &str = "<!ENTITY";

/// Reads such a file.
///
/// XML that is broken, or declares entities, is one mistake.
pub fn read(text: &str) -> Reading<'_> {
    let mut reading = Reading::default();
    if text.trim().is_empty() {
        return reading;
    }
    if text.len() > LENGTH {
        unread(text, MistakeKind::TooMuch, end_of(text), &mut reading);
        return reading;
    }
    if let Some(at) = text.find(ENTITY) {
        unread(text, MistakeKind::FormUnknown, at..at.saturating_add(ENTITY.len()), &mut reading);
        return reading;
    }
    // Every property list names Apple's document type; nothing is ever fetched for it.
    let options = ParsingOptions { allow_dtd: true, nodes_limit: NODES, ..ParsingOptions::default() };
    match Document::parse_with_options(text, options) {
        Ok(document) => match document.root_element().first_element_child() {
            Some(root) if document.root_element().has_tag_name("plist") && root.has_tag_name("dict") => {
                for dictionary in document.descendants().filter(|node| node.has_tag_name("dict")) {
                    payload(dictionary, root, &mut reading);
                }
            }
            _ => reading.note(MistakeKind::FormUnknown, document.root_element().range()),
        },
        Err(error) => broken(text, &error, &mut reading),
    }
    reading.entries.sort_by_key(|entry| entry.at.start);
    macos::unnamed(&mut reading);
    reading
}

/// The empty place at the end of a text.
fn end_of(text: &str) -> Range<usize> {
    text.len()..text.len()
}

/// A text that cannot be read, for what is wrong at this place: what it may set is lost.
fn unread<'a>(text: &'a str, why: MistakeKind, at: Range<usize>, reading: &mut Reading<'a>) {
    reading.note(why, at.clone());
    if [WDAV, "cloudService"].iter().any(|name| text.contains(name)) {
        reading.lose(Key::MdatpProxy, mdatp(), why, at.clone());
    }
    if [GLOBAL, NETWORK].iter().any(|name| text.contains(name)) {
        for key in SWITCHES {
            reading.lose(key, Scope::Machine, why, at.clone());
        }
    }
}

/// Where the XML is broken.
fn broken<'a>(text: &'a str, error: &roxmltree::Error, reading: &mut Reading<'a>) {
    let (why, at) = match error {
        roxmltree::Error::NodesLimitReached => (MistakeKind::TooMuch, end_of(text)),
        roxmltree::Error::UnexpectedEndOfStream | roxmltree::Error::UnclosedRootNode => {
            (MistakeKind::CutOff, end_of(text))
        }
        _ => (MistakeKind::FormUnknown, place_of(text, error.pos())),
    };
    unread(text, why, at, reading);
}

/// The character at a place in the XML.
fn place_of(text: &str, pos: TextPos) -> Range<usize> {
    let (row, column) = (pos.row as usize, pos.col as usize);
    let line = text.split('\n').nth(row.saturating_sub(1)).unwrap_or_default();
    // The column counts characters, from 1.
    let rest = line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
    let rest = line.get(rest..).unwrap_or_default();
    let at = place(text, rest).start;
    at..at.saturating_add(rest.chars().next().map_or(0, char::len_utf8))
}

/// The value of a key in a dictionary.
fn get<'d, 'a>(dictionary: Node<'d, 'a>, key: &str) -> Option<Node<'d, 'a>> {
    let mut keys = dictionary.children().filter(|node| node.has_tag_name("key"));
    keys.find(|node| node.text() == Some(key))?.next_sibling_element()
}

/// Reads a dictionary, if it is the content of one of the payloads.
fn payload<'a>(dictionary: Node<'_, 'a>, root: Node<'_, 'a>, reading: &mut Reading<'a>) {
    let kind = get(dictionary, "PayloadType").and_then(|node| node.text()).unwrap_or_default();
    match kind {
        GLOBAL => return global(dictionary, reading),
        NETWORK => return get(dictionary, "Proxies").into_iter().for_each(|inner| network(inner, reading)),
        _ => {}
    }
    let is_bare = dictionary == root && get(root, "PayloadContent").is_none();
    let is_wdav = kind == WDAV || is_bare || is_managed_preference(dictionary);
    if let Some(inner) = get(dictionary, "cloudService")
        && let Some(proxy) = get(inner, "proxy")
    {
        if is_wdav {
            add(proxy, &[Key::MdatpProxy], reading);
        } else {
            reading.note(MistakeKind::SettingPlace, proxy.range());
        }
    }
    if is_wdav && let Some(proxy) = get(dictionary, "proxy") {
        reading.note(MistakeKind::SettingPlace, proxy.range());
    }
}

/// Whether this is what `mcx_preference_settings` holds for Defender.
fn is_managed_preference(dictionary: Node<'_, '_>) -> bool {
    let is_key = |node: Node<'_, '_>, key| {
        let before = node.prev_siblings().skip(1).find(Node::is_element);
        before.is_some_and(|before| before.has_tag_name("key") && before.text() == Some(key))
    };
    // com.microsoft.wdav > dict > Forced > array > dict > mcx_preference_settings > dict
    is_key(dictionary, "mcx_preference_settings")
        && dictionary.ancestors().nth(3).is_some_and(|of| is_key(of, WDAV))
}

fn global<'a>(dictionary: Node<'_, 'a>, reading: &mut Reading<'a>) {
    let url = get(dictionary, "ProxyPACURL");
    if let Some(kind) = get(dictionary, "ProxyType") {
        let enabled: &[Key] = match kind.text().unwrap_or_default() {
            "Manual" => &[Key::MacHttpEnable, Key::MacHttpsEnable],
            "Auto" if url.is_some() => &[Key::MacAutoConfigEnable],
            "Auto" => &[Key::MacAutoDiscovery],
            _ => {
                reading.note(MistakeKind::SettingNumber, kind.range());
                &[]
            }
        };
        for key in enabled {
            macos::add(*key, "1", kind.range(), reading);
        }
    }
    let settings = [
        ("ProxyServer", &[Key::MacHttpProxy, Key::MacHttpsProxy][..]),
        ("ProxyServerPort", &[Key::MacHttpPort, Key::MacHttpsPort]),
    ];
    for (name, keys) in settings {
        if let Some(node) = get(dictionary, name) {
            add(node, keys, reading);
        }
    }
    if let Some(url) = url {
        add(url, &[Key::MacAutoConfigUrl], reading);
    }
}

/// The proxies of a network. Only those of the keys are read that `scutil --proxy` has as well.
fn network<'a>(proxies: Node<'_, 'a>, reading: &mut Reading<'a>) {
    if !proxies.has_tag_name("dict") {
        return lost(proxies, &SWITCHES, reading);
    }
    for key in macos::KEYS {
        match get(proxies, key.as_str()) {
            Some(node) if key == Key::MacExceptions => exceptions(node, reading),
            Some(node) => add(node, &[key], reading),
            None => {}
        }
    }
}

/// Adds the bypass list, joined by `,`.
fn exceptions<'a>(list: Node<'_, 'a>, reading: &mut Reading<'a>) {
    if !list.has_tag_name("array") {
        return reading.note(MistakeKind::SettingType, list.range());
    }
    let mut joined = String::new();
    for item in list.children().filter(Node::is_element) {
        if item.has_tag_name("string") {
            if !joined.is_empty() {
                joined.push(',');
            }
            joined.push_str(item.text().unwrap_or_default());
        } else {
            reading.note(MistakeKind::SettingType, item.range());
        }
    }
    reading.add(Key::MacExceptions, Scope::Machine, joined, list.range());
}

fn mdatp() -> Scope<'static> {
    Scope::Service("mdatp".into())
}

/// Adds the text of a `string` or `integer`. Its mistakes are told once for all keys.
fn add<'a>(node: Node<'_, 'a>, keys: &[Key], reading: &mut Reading<'a>) {
    if !(node.has_tag_name("string") || node.has_tag_name("integer")) {
        return lost(node, keys, reading);
    }
    let at = node.first_child().map_or(node.range(), |text| text.range());
    let value: Cow<'a, str> = match node.text_storage() {
        Some(StringStorage::Borrowed(text)) => (*text).into(),
        Some(StringStorage::Owned(text)) => Cow::Owned(text.as_ref().into()),
        None => "".into(),
    };
    let mut told = None;
    for key in keys {
        if *key == Key::MdatpProxy {
            reading.add(*key, mdatp(), value.clone(), at.clone());
        } else {
            macos::add(*key, value.clone(), at.clone(), reading);
        }
        reading.mistakes.truncate(*told.get_or_insert(reading.mistakes.len()));
    }
}

/// A value of another type than the one that is read.
fn lost<'a>(node: Node<'_, 'a>, keys: &[Key], reading: &mut Reading<'a>) {
    let why = MistakeKind::SettingType;
    reading.note(why, node.range());
    for key in keys {
        let scope = if *key == Key::MdatpProxy { mdatp() } else { Scope::Machine };
        reading.lose(*key, scope, why, node.range());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::cuts;
    use std::string::String;
    use std::vec::Vec;

    const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
                        \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\"><dict>\n";

    const PROFILE: &str = "<key>PayloadContent</key><array>
<dict><key>PayloadType</key><string>com.microsoft.wdav</string>
  <key>cloudService</key><dict><key>enabled</key><true/>
    <key>proxy</key><string>http://proxy.example:3128/?a&amp;b</string></dict></dict>
<dict><key>PayloadType</key><string>com.apple.proxy.http.global</string>
  <key>ProxyType</key><string>Manual</string><key>ProxyServer</key><string>proxy.example</string>
  <!-- its port --><key>ProxyServerPort</key><integer>3128</integer>
  <key>ProxyPassword</key><string>secret</string></dict>
</array><key>PayloadType</key><string>Configuration</string>";

    fn whole(inner: &str) -> String {
        [HEAD, inner, "\n</dict></plist>\n"].concat()
    }

    fn entries(text: &str) -> Vec<(&'static str, String, &str)> {
        let parts = read(text).entries.into_iter();
        parts.map(|entry| (entry.key.as_str(), entry.value.into_owned(), &text[entry.at])).collect()
    }

    fn mistakes(text: &str) -> Vec<(MistakeKind, &str)> {
        read(text).mistakes.into_iter().map(|mistake| (mistake.kind, &text[mistake.at])).collect()
    }

    #[test]
    fn a_profile() {
        let text = whole(PROFILE);
        let manual = "<string>Manual</string>";
        let want = [
            ("cloudService.proxy", "http://proxy.example:3128/?a&b", "http://proxy.example:3128/?a&amp;b"),
            ("HTTPEnable", "1", manual),
            ("HTTPSEnable", "1", manual),
            ("HTTPProxy", "proxy.example", "proxy.example"),
            ("HTTPSProxy", "proxy.example", "proxy.example"),
            ("HTTPPort", "3128", "3128"),
            ("HTTPSPort", "3128", "3128"),
        ];
        assert_eq!(entries(&text), want.map(|(key, value, at)| (key, String::from(value), at)));
        assert_eq!(mistakes(&text), [(MistakeKind::ProxyPath, "http://proxy.example:3128/?a&amp;b")]);
    }

    #[test]
    fn other_places_of_the_same() {
        let service = "<key>cloudService</key><dict><key>proxy</key><string>http://p:1</string></dict>";
        let forced = [
            "<key>PayloadContent</key><dict><key>com.microsoft.wdav</key><dict><key>Forced</key><array><dict>\n",
            "<key>mcx_preference_settings</key>\n<dict>",
            service,
            "</dict></dict></array></dict></dict>",
        ]
        .concat();
        for text in [whole(service), whole(&forced)] {
            assert_eq!((entries(&text).len(), mistakes(&text)), (1, Vec::new()), "{text}");
        }
        let elsewhere = ["<key>PayloadContent</key><array><dict>", service, "</dict></array>"].concat();
        let text = whole(&elsewhere);
        assert_eq!(
            (entries(&text).len(), mistakes(&text)),
            (0, Vec::from([(MistakeKind::SettingPlace, "<string>http://p:1</string>")]))
        );
        let text = whole("<key>proxy</key><string>http://p:1</string>");
        assert_eq!(mistakes(&text), [(MistakeKind::SettingPlace, "<string>http://p:1</string>")]);
    }

    #[test]
    fn automatic_proxies() {
        let of = |inner: &str| {
            let kind = "<key>PayloadType</key><string>com.apple.proxy.http.global</string><key>ProxyType</key><string>Auto</string>";
            let text = whole(&[kind, inner].concat());
            entries(&text).into_iter().map(|(key, value, _)| (key, value)).collect::<Vec<_>>()
        };
        assert_eq!(of(""), [("ProxyAutoDiscoveryEnable", "1".into())]);
        assert_eq!(
            of("<key>ProxyPACURL</key><string>http://p/p.pac</string>"),
            [("ProxyAutoConfigEnable", "1".into()), ("ProxyAutoConfigURLString", "http://p/p.pac".into())]
        );
    }

    const NETWORK_PROFILE: &str = "<key>PayloadContent</key><array><dict>
<key>PayloadType</key><string>com.apple.SystemConfiguration</string>
<key>Proxies</key><dict>
<key>HTTPEnable</key><integer>1</integer><key>HTTPProxy</key><string>sys.corp.example</string><key>HTTPPort</key><integer>3128</integer>
<key>HTTPSEnable</key><integer>1</integer><key>HTTPSProxy</key><string>sys.corp.example</string><key>HTTPSPort</key><integer>3128</integer>
<key>ExceptionsList</key><array><string>*.local</string><string>169.254/16</string></array>
<key>ProxyAutoConfigEnable</key><integer>0</integer><key>ProxyAutoConfigURLString</key><string>http://w/p.pac</string>
<key>FTPPassive</key><integer>1</integer>
</dict></dict></array><key>PayloadType</key><string>Configuration</string>";

    #[test]
    fn proxies_of_a_network() {
        let text = whole(NETWORK_PROFILE);
        let found: Vec<_> = entries(&text).into_iter().map(|(key, value, _)| (key, value)).collect();
        let want = [
            ("HTTPEnable", "1"),
            ("HTTPProxy", "sys.corp.example"),
            ("HTTPPort", "3128"),
            ("HTTPSEnable", "1"),
            ("HTTPSProxy", "sys.corp.example"),
            ("HTTPSPort", "3128"),
            ("ExceptionsList", "*.local,169.254/16"),
            ("ProxyAutoConfigEnable", "0"),
            ("ProxyAutoConfigURLString", "http://w/p.pac"),
        ];
        assert_eq!(found, want.map(|(key, value)| (key, String::from(value))));
        assert_eq!(mistakes(&text), []);
        let text = text.replacen("sys.corp.example", "", 1);
        assert_eq!(mistakes(&text), [(MistakeKind::ProxyUnnamed, "1")]);
        let manual = "<key>PayloadType</key><string>com.apple.proxy.http.global</string><key>ProxyType</key><string>Manual</string>";
        assert_eq!(
            mistakes(&whole(manual)),
            [(MistakeKind::ProxyUnnamed, "<string>Manual</string>")],
            "once"
        );
        // Of a payload of another type it is none of these.
        let other =
            whole(&NETWORK_PROFILE.replace("com.apple.SystemConfiguration", "com.apple.wifi.managed"));
        assert_eq!(entries(&other), []);
    }

    #[test]
    fn what_cannot_be_read_is_lost() {
        use MistakeKind as K;
        let lost = |text: &str| -> Vec<&'static str> {
            let entries = read(text).entries.into_iter().filter(|entry| entry.lost.is_some());
            entries.map(|entry| entry.key.as_str()).collect()
        };
        let text = whole(&NETWORK_PROFILE.replace("<integer>3128<", "<integer>99999<"));
        assert_eq!(
            (lost(&text), mistakes(&text)),
            (["HTTPPort", "HTTPSPort"].into(), [(K::Port, "99999"); 2].into())
        );
        let text = whole(&NETWORK_PROFILE.replacen("<integer>1</integer>", "<true/>", 1));
        assert_eq!(
            (lost(&text), mistakes(&text)),
            (["HTTPEnable"].into(), [(K::SettingType, "<true/>")].into())
        );
        let text = whole("<key>cloudService</key><dict><key>proxy</key><true/></dict>");
        assert_eq!(lost(&text), ["cloudService.proxy"]);
        let switches = SWITCHES.map(Key::as_str);
        let text = whole(NETWORK_PROFILE);
        assert_eq!(lost(&text[..text.len() - 20]), switches);
        let text = whole(PROFILE);
        assert_eq!(lost(&text[..text.len() - 20]), [&["cloudService.proxy"], &switches[..]].concat());
    }

    #[test]
    fn what_is_wrong() {
        use MistakeKind as K;
        let wrong = "<key>cloudService</key><dict><key>proxy</key><true/></dict>";
        assert_eq!(mistakes(&whole(wrong)), [(K::SettingType, "<true/>")]);
        let port = PROFILE.replace("<integer>3128<", "<integer>99999<").replace("/?a&amp;b", "");
        assert_eq!(mistakes(&whole(&port)), [(K::Port, "99999")], "told once for both keys");
        assert_eq!(mistakes("<plist><dict></plist>"), [(K::FormUnknown, "<")]);
        assert_eq!(mistakes("<plist><dict>"), [(K::CutOff, "")]);
        assert_eq!(mistakes("<html/>"), [(K::FormUnknown, "<html/>")]);
        let entity = "<!DOCTYPE plist [<!ENTITY a \"x\">]><plist><dict/></plist>";
        assert_eq!(mistakes(entity), [(K::FormUnknown, "<!ENTITY")]);
        assert_eq!(mistakes(" \n"), []);
    }

    #[test]
    fn deep_and_large() {
        let deep = ["<plist>", &"<dict>".repeat(50_000), &"</dict>".repeat(50_000), "</plist>"].concat();
        assert_eq!(read(&deep), Reading::default());
        let many = ["<plist><dict>", &"<true/>".repeat(300_000), "</dict></plist>"].concat();
        assert_eq!(mistakes(&many), [(MistakeKind::TooMuch, "")]);
        let keys = ["<plist><dict>", &"<dict/><key>a</key>".repeat(50_000), "</dict></plist>"].concat();
        assert_eq!(read(&keys), Reading::default());
        assert_eq!(mistakes(&" x".repeat(LENGTH)), [(MistakeKind::TooMuch, "")]);
    }

    #[test]
    fn any_bytes() {
        cuts::hold(&whole(PROFILE), read);
        cuts::hold(&whole(NETWORK_PROFILE), read);
    }
}
