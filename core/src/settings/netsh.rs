//! `netsh winhttp show proxy`, in whatever language Windows speaks.
//!
//! The words differ, the shape does not (as printed by five languages): a title, then indented either one line with a part in
//! brackets (direct), or two of a label, a colon and a value (the proxies, the bypass list). So it is read by the shape alone,
//! also where the code page of the console has spoilt the words. What has another shape is not guessed at: the value
//! `WinHttpSettings` of the registry says the same in no language.
//!
//! What was copied from a console has the prompt and the command line above the title, and the next prompt at the end: those are
//! passed over.

use core::ops::Range;

use crate::mistake::MistakeKind;
use crate::settings::{Key, Reading, Scope, prompt};

/// Reads such an output.
pub fn read(text: &str) -> Reading<'_> {
    let mut reading = Reading::default();
    let mut whole: Option<Range<usize>> = None;
    // Indented lines below the title: up to three, which is one too many.
    let mut body: [Option<(usize, &str)>; 3] = [None; 3];
    let mut count = 0_usize;
    for (start, line) in prompt::printed(text, "winhttp") {
        let content = line.trim();
        if content.is_empty() {
            continue;
        }
        let from = start.saturating_add(super::place(line, content).start);
        let to = from.saturating_add(content.len());
        if is_indented(line) {
            if let Some(slot) = body.get_mut(count) {
                *slot = Some((from, content));
            }
            count = count.saturating_add(1);
        } else if whole.is_some() {
            // One title, and nothing between it and the rest: the output of more than one command is not.
            count = usize::MAX;
        }
        whole = Some(whole.map_or(from, |whole| whole.start)..to);
    }
    let Some(whole) = whole else {
        reading.note(MistakeKind::Empty, 0..text.len());
        reading.lose(Key::WinHttpProxy, Scope::Machine, MistakeKind::Empty, 0..text.len());
        return reading;
    };
    match body {
        [Some((at, line)), None, None] if count == 1 && labelled(line).is_none() && has_brackets(line) => {
            reading.add(Key::WinHttpAccess, Scope::Machine, "1", at..at.saturating_add(line.len()));
        }
        [Some(first), Some(second), None] if count == 2 => match (labelled(first.1), labelled(second.1)) {
            (Some(proxy), Some(bypass)) if !proxy.is_empty() && !is_none(proxy) => {
                let at = |(start, line): (usize, &str), value: &str| {
                    let start = start.saturating_add(super::place(line, value).start);
                    start..start.saturating_add(value.len())
                };
                let of_proxy = at(first, proxy);
                reading.add(Key::WinHttpAccess, Scope::Machine, "3", first.0..of_proxy.start);
                reading.add(Key::WinHttpProxy, Scope::Machine, proxy, of_proxy);
                let bypass = if is_none(bypass) { bypass.get(..0).unwrap_or_default() } else { bypass };
                reading.add(Key::WinHttpBypass, Scope::Machine, bypass, at(second, bypass));
            }
            _ => unknown(whole, &mut reading),
        },
        _ => unknown(whole, &mut reading),
    }
    reading
}

/// Whether a line is one of those below the title.
pub(super) fn is_indented(line: &str) -> bool {
    line.starts_with([' ', '\t', '\u{3000}']) && !line.trim().is_empty()
}

/// What is set was not read: it may be a proxy.
fn unknown(whole: Range<usize>, reading: &mut Reading<'_>) {
    reading.note(MistakeKind::FormUnknown, whole.clone());
    reading.lose(Key::WinHttpProxy, Scope::Machine, MistakeKind::FormUnknown, whole);
}

/// The value behind the first colon that blanks follow, or that ends the line: a port or a URL has none such.
fn labelled(line: &str) -> Option<&str> {
    line.match_indices([':', '：']).find_map(|(at, colon)| {
        let rest = line.get(at.saturating_add(colon.len())..)?;
        (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| rest.trim())
    })
}

/// Every language says in brackets that there is no proxy: a line without is another one, or cut off.
fn has_brackets(line: &str) -> bool {
    line.split_once(['(', '（']).is_some_and(|(_, rest)| rest.contains([')', '）']))
}

/// A word in brackets is what every language says for "none"; no list begins so.
fn is_none(value: &str) -> bool {
    value.starts_with(['(', '（']) && value.ends_with([')', '）'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{cuts, text};
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    fn entries(text: &str) -> Vec<(&'static str, String)> {
        let read = read(text).entries.into_iter().filter(|entry| entry.lost.is_none());
        read.map(|entry| (entry.key.as_str(), entry.value.into_owned())).collect()
    }

    fn mistakes(text: &str) -> Vec<(MistakeKind, Range<usize>)> {
        read(text).mistakes.into_iter().map(|mistake| (mistake.kind, mistake.at)).collect()
    }

    /// Title, direct, the two labels, and "none".
    const LANGUAGES: [[&str; 5]; 6] = [
        [
            "Current WinHTTP proxy settings:",
            "Direct access (no proxy server).",
            "Proxy Server(s) :  ",
            "Bypass List     :  ",
            "(none)",
        ],
        [
            "Paramètres de proxy WinHTTP actuels :",
            "Accès direct (sans serveur proxy).",
            "Serveur(s) proxy :  ",
            "Liste de contournement     :  ",
            "(aucun)",
        ],
        [
            "Paramètres de proxy WinHTTP actuels :",
            "Accès direct (pas de serveur proxy).",
            "Serveur(s) proxy :  ",
            "Liste de contournement     :  ",
            "(aucun)",
        ],
        [
            "当前的 WinHTTP 代理服务器设置:",
            "直接访问(没有代理服务器)。",
            "代理服务器:  ",
            "绕过列表     :  ",
            "(无)",
        ],
        [
            "現在の WinHTTP プロキシ設定:",
            "直接アクセス (プロキシ サーバーなし)。",
            "プロキシ サーバー:  ",
            "バイパス一覧     :  ",
            "(なし)",
        ],
        // Only the line for "direct" is known of this language.
        ["?", "Прямой доступ (без прокси-сервера).", "?:  ", "?     :  ", "(?)"],
    ];

    #[test]
    fn five_languages() {
        for [title, direct, proxy, bypass, none] in LANGUAGES {
            let text = format!("\r\n{title}\r\n\r\n    {direct}\r\n\r\n");
            assert_eq!(
                (entries(&text), mistakes(&text)),
                ([("WinHttpSettings access type", "1".into())].into(), Vec::new())
            );
            assert_eq!(&text[read(&text).entries[0].at.clone()], direct);
            for (list, read_as) in [("<local>;*.corp.example", "<local>;*.corp.example"), (none, "")] {
                let servers = "http=proxy.example:3128;https=http://192.0.2.7:8080";
                let text = format!("\r\n{title}\r\n\r\n    {proxy}{servers}\r\n    {bypass}{list}\r\n");
                let want = [
                    ("WinHttpSettings access type", "3".into()),
                    ("WinHttpSettings proxy", servers.into()),
                    ("WinHttpSettings bypass list", read_as.into()),
                ];
                assert_eq!((entries(&text), mistakes(&text)), (want.into(), Vec::new()));
                let reading = read(&text);
                assert!(reading.entries[1..].iter().all(|entry| text[entry.at.clone()] == *entry.value));
                cuts::hold(&text, read);
            }
        }
    }

    #[test]
    fn what_a_console_writes_around_it() {
        let [title, direct, proxy, bypass, none] = LANGUAGES[0];
        let output = format!("\r\n{title}\r\n\r\n    {proxy}p:1\r\n    {bypass}{none}\r\n\r\n");
        let want: Vec<_> = read(&output).entries.into_iter().map(|entry| entry.value).collect();
        assert_eq!(want, ["3", "p:1", ""]);
        for (above, below) in [
            ("C:\\Windows\\system32>netsh winhttp show proxy\r\n", ""),
            ("", "C:\\Users\\x>"),
            ("PS C:\\Users\\x y> netsh winhttp show proxy\r\n", "PS C:\\Users\\x y>\r\n"),
            ("netsh winhttp>show proxy\r\n", "netsh winhttp>"),
            (
                "Microsoft Windows [Version 10.0]\r\n(c)\r\n\r\nC:\\>cls\r\nC:\\>NETSH WinHTTP show proxy\r\n",
                "\r\nC:\\>",
            ),
        ] {
            let text = [above, &output, below].concat();
            let reading = read(&text);
            assert_eq!(reading.mistakes, [], "{text}");
            let values: Vec<_> = reading.entries.iter().map(|entry| &*entry.value).collect();
            assert_eq!(values, want, "{text}");
            assert_eq!(&text[reading.entries[1].at.clone()], "p:1");
            cuts::hold(&text, read);
        }
        // Two outputs: which of them is of the present state, nobody knows.
        let twice = format!(
            "C:\\>netsh winhttp show proxy\r\n{output}C:\\>netsh winhttp show proxy\r\n{title}\r\n    {direct}\r\n"
        );
        assert!(matches!(&mistakes(&twice)[..], [(MistakeKind::FormUnknown, _)]));
        assert_eq!(entries(&twice), []);
        assert_eq!(mistakes("C:\\>\r\n"), [(MistakeKind::Empty, 0..6)]);
    }

    #[test]
    fn a_code_page_does_not_matter() {
        // "現在の設定:", "プロキシ:  p:1", "一覧 :  (なし)" in code page 932.
        let bytes =
            b"\r\n\x8C\xBB\x8D\xDD\x82\xCC\x90\xDD\x92\xE8:\r\n\r\n    \x83v\x83\x8D\x83L\x83V:  p:1\r\n    \
            \x88\xEA\x97\x97 :  (\x82\xC8\x82\xB5)\r\n";
        let (text, found) = text::decode(bytes);
        assert_eq!(found.len(), 1);
        let want = [
            ("WinHttpSettings access type", "3".into()),
            ("WinHttpSettings proxy", "p:1".into()),
            ("WinHttpSettings bypass list", String::new()),
        ];
        assert_eq!(entries(&text), want);
    }

    #[test]
    fn another_shape_is_not_guessed_at() {
        use MistakeKind as K;
        assert_eq!(mistakes("\r\n \r\n"), [(K::Empty, 0..5)]);
        for (text, at) in [
            ("Title:\n\n", 0..6),
            ("\nTitle:\n    Proxy :  p:1\n", 1..24),
            ("Title:\n    Proxy :  p:1\n    List\n", 0..32),
            ("Title:\n    Proxy :  (none)\n    List :  (none)", 0..45),
            ("Title:\n    a :  1\n    b :  2\n    c :  3", 0..39),
            ("Title:\n    Direct (none\n", 0..23),
            ("Title:\n    Direct (none).\n    Direct.\n", 0..37),
            ("Title:\nTitle:\n    Direct (none).\n", 0..32),
            ("    Direct (none).\nTitle:\n", 4..25),
        ] {
            assert_eq!(
                (entries(text), mistakes(text)),
                (Vec::new(), [(K::FormUnknown, at)].into()),
                "{text}"
            );
        }
    }
}
