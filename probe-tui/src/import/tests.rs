//! Every tool's output, whole and cut, as text and packed: what comes of it, and that nothing unpleasant does.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use probe_core::diagnose::Outcome;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::attempts::{Attempts, attempts};
use super::*;
use crate::attempt::Ended;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../tests/samples/import/", $name))
    };
}

const DEAD_PROXY: &str = sample!("analyzer-dead-proxy.txt");
const ENDED: &str = sample!("analyzer-ended.txt");
const WRONG: &str = sample!("analyzer-wrong-statuses.txt");
const CERTIFICATES: &str = sample!("analyzer-certificates.txt");
const UNKNOWN_REGION: &str = sample!("analyzer-unknown-region.txt");
const STORAGE: &str = sample!("analyzer-storage.txt");
const XML: &str = sample!("analyzer.xml");
const MDATP: &str = sample!("mdatp.txt");
const XMDE: &str = sample!("xmde.txt");
const CLOUD: &str = sample!("cloud-connection.txt");

const ALL: [&str; 10] =
    [DEAD_PROXY, ENDED, WRONG, CERTIFICATES, UNKNOWN_REGION, STORAGE, XML, MDATP, XMDE, CLOUD];

/// All that comes of it, without times and remedies.
fn shown(bytes: &[u8]) -> String {
    let import = read(bytes).unwrap();
    let Attempts { paths, ended, findings, notes, targets } = attempts(&import);
    let mut text = format!("{}: {paths:?}, {} targets\n", import.tool.as_str(), targets.len());
    for ended in &ended {
        let record = &ended.record;
        assert_eq!(targets.url(ended.target as usize), record.url);
        let optional = if record.required { "" } else { " (optional)" };
        let proxy = record.proxy.as_deref().map(|proxy| format!(" by {proxy}")).unwrap_or_default();
        let status = record.http_status.or(record.proxy_status).map(|code| format!(" {code}"));
        writeln!(
            text,
            "\n{}{optional} {}{proxy}: {} {}{} ({} {} {}) {:?}",
            record.url,
            record.path,
            record.outcome,
            record.verdict,
            status.unwrap_or_default(),
            record.stage,
            record.speaker,
            record.owner,
            ended.cause.as_str(),
        )
        .unwrap();
        record.evidence.iter().for_each(|line| writeln!(text, "    {line}").unwrap());
    }
    for finding in &findings {
        writeln!(text, "\n{} on {}: {} targets", finding.finding, finding.path, finding.count).unwrap();
        finding.evidence.iter().chain(&finding.urls).for_each(|line| writeln!(text, "    {line}").unwrap());
    }
    text.push('\n');
    for line in &import.unread.shown {
        writeln!(text, "not understood, {line}").unwrap();
    }
    import.notes.iter().chain(&notes).for_each(|note| writeln!(text, "note: {note}").unwrap());
    assert!(!text.contains("hunter2"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    text
}

fn utf16(text: &str) -> Vec<u8> {
    [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in files {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// With backslashes in its names, as an old packer of Windows writes them.
fn with_backslashes(mut zip: Vec<u8>) -> Vec<u8> {
    let name = b"SystemInfoLogs/";
    let places: Vec<usize> =
        zip.windows(name.len()).enumerate().filter(|(_, part)| part == name).map(|(at, _)| at).collect();
    assert!(places.len() >= 2, "each name stands there twice");
    for at in places {
        zip[at + name.len() - 1] = b'\\';
    }
    zip
}

#[test]
fn a_dead_proxy_behind_direct_successes() {
    insta::assert_snapshot!(shown(DEAD_PROXY.as_bytes()));
}

#[test]
fn an_output_that_was_cut_when_the_tool_was_ended() {
    insta::assert_snapshot!(shown(ENDED.as_bytes()));
}

#[test]
fn statuses_that_no_service_gives() {
    insta::assert_snapshot!(shown(WRONG.as_bytes()));
}

#[test]
fn certificates_and_lines_that_are_odd() {
    insta::assert_snapshot!(shown(CERTIFICATES.as_bytes()));
}

#[test]
fn a_region_that_the_tool_does_not_know() {
    insta::assert_snapshot!(shown(UNKNOWN_REGION.as_bytes()));
}

#[test]
fn storage_that_failed_and_was_not_counted() {
    insta::assert_snapshot!(shown(STORAGE.as_bytes()));
}

#[test]
fn results_alone() {
    insta::assert_snapshot!(shown(XML.as_bytes()));
}

#[test]
fn a_url_that_is_written_in_two_ways_is_one_target() {
    let line = MDATP.lines().find(|line| line.contains("https://")).unwrap();
    let url = line.split_whitespace().find(|word| word.starts_with("https://")).unwrap();
    let before = read(MDATP.as_bytes()).unwrap().tested.len();
    for other in
        [format!("{url}#x"), url.to_ascii_uppercase().replace("HTTPS", "https").replace("/PING", "/ping")]
    {
        let text = format!("{MDATP}\n{}\n", line.replace(url, &other));
        let import = read(text.as_bytes()).unwrap();
        assert_eq!(import.tested.len(), before, "{other}");
        let all = attempts(&import);
        for ended in &all.ended {
            assert_eq!(all.targets.url(ended.target as usize), ended.record.url);
        }
    }
}

#[test]
fn mdatp_connectivity_test() {
    insta::assert_snapshot!(shown(MDATP.as_bytes()));
}

#[test]
fn the_xmde_client_analyzer() {
    insta::assert_snapshot!(shown(XMDE.as_bytes()));
}

#[test]
fn test_cloud_connection() {
    insta::assert_snapshot!(shown(CLOUD.as_bytes()));
}

#[test]
fn the_encoding_and_the_ends_of_lines_say_nothing() {
    for sample in ALL {
        let plain = shown(sample.as_bytes());
        let dos = sample.replace('\n', "\r\n");
        assert_eq!(shown(dos.as_bytes()), plain);
        assert_eq!(shown(&utf16(&dos)), plain);
        assert_eq!(shown(format!("\u{feff}{sample}").as_bytes()), plain);
    }
}

#[test]
fn cut_anywhere_it_is_read_or_refused() {
    for sample in ALL {
        for end in 0..sample.len() {
            let import = read(sample.as_bytes().get(..end).unwrap());
            // To judge takes longer than to read: at the ends of lines, and in some places between.
            if let Ok(import) = import
                && (sample.as_bytes()[end] == b'\n' || end % 97 == 0)
            {
                let _ = attempts(&import);
            }
        }
        let wide = utf16(sample);
        for end in (0..wide.len()).step_by(7) {
            let _ = read(&wide[..end]);
        }
    }
}

/// Whatever is cut off: what remains is never better than the whole.
#[test]
fn nothing_gets_better_by_being_cut() {
    let good = |text: &str| {
        let import = read(text.as_bytes()).ok()?;
        let judged = attempts(&import).ended.into_iter().filter(Ended::is_judged);
        let (good, all) = judged.fold((0, 0), |(good, all), ended| {
            (good + usize::from(ended.record.outcome == Outcome::Success), all + 1)
        });
        Some((good, all))
    };
    let whole = UNKNOWN_REGION.replace("completed successfully", "");
    let text: String =
        whole.lines().filter(|line| !line.contains("[Informational]")).collect::<Vec<_>>().join("\n");
    let (all_good, all) = good(&text).unwrap();
    assert_eq!(all_good, all, "all URLs that were asked are good");
    let cut = text.rfind("1 - Default proxy").unwrap();
    let (some_good, some) = good(&text[..cut]).unwrap();
    assert!(some_good < some, "a URL without its lines is not good");
}

#[test]
fn a_zip_however_it_was_packed() {
    let text = utf16(&ENDED.replace('\n', "\r\n"));
    let files: [(&str, &[u8]); 4] = [
        ("MDEClientAnalyzer.htm", b"<html>"),
        ("SystemInfoLogs/CertValidate.log", b"-"),
        ("SystemInfoLogs/MDEClientAnalyzer.txt", &text),
        ("SystemInfoLogs/MDEClientAnalyzer.xml", XML.as_bytes()),
    ];
    let zip = packed(&files);
    let from_zip = shown(&zip);
    assert_eq!(shown(&with_backslashes(zip)), from_zip);
    assert!(from_zip.contains("never_asked") && from_zip.contains("note: result 131001"), "{from_zip}");
    let certificates = packed(&[("MDEClientAnalyzer.txt", CERTIFICATES.as_bytes()), files[3]]);
    assert!(
        shown(&certificates).contains("result 132027: The issuer of https://winatp-gw-uks.microsoft.com")
    );
    assert!(!from_zip.contains("the XML says which groups passed"), "{from_zip}");
    // Without the text there are only results; with broken XML only the text.
    assert_eq!(shown(&packed(&files[3..])), shown(XML.as_bytes()));
    let broken = packed(&[files[2], ("MDEClientAnalyzer.xml", b"<MDEResults>")]);
    assert!(shown(&broken).contains("note: MDEClientAnalyzer.xml: this XML cannot be read"));
}

#[test]
fn the_list_in_the_zip_says_what_was_to_be_asked() {
    let list = "https://winatp-gw-neu.microsoft.com/commands/test\r\nhttps://automatedirstrprdneu.blob.core.windows.net\tNoPinning\r\n\
                https://unknown.example/x\r\nrubbish\r\n";
    let zip = packed(&[("endpoints.txt", list.as_bytes()), ("MDEClientAnalyzer.txt", DEAD_PROXY.as_bytes())]);
    let import = read(&zip).unwrap();
    let (unasked, _) = coverage::unasked(&import);
    let listed: Vec<_> = unasked.iter().map(|one| (one.url.as_str(), one.reported)).collect();
    assert_eq!(
        listed,
        [
            ("https://automatedirstrprdneu.blob.core.windows.net", coverage::Reported::Listed),
            ("https://unknown.example/x", coverage::Reported::Listed)
        ]
    );
}

#[test]
fn a_zip_that_is_no_good() {
    let refused = |bytes: &[u8]| match read(bytes) {
        Err(Unreadable::Zip(why)) => why,
        other => panic!("{other:?}"),
    };
    // 64 MiB of nothing in 64 KiB.
    let bomb = packed(&[("MDEClientAnalyzer.txt", &vec![0; 64 * 1024 * 1024])]);
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    assert_eq!(refused(&bomb), "MDEClientAnalyzer.txt in it is larger than 16 MiB");
    let many: Vec<u8> = b"PK\x03\x04".iter().copied().chain(b"PK\x01\x02".repeat(30_000)).collect();
    assert_eq!(refused(&many), "it has more than 20000 files");
    assert_eq!(
        refused(&packed(&[("other.txt", b"x")])),
        "neither MDEClientAnalyzer.txt nor MDEClientAnalyzer.xml is in it"
    );
    let whole = packed(&[("MDEClientAnalyzer.txt", ENDED.as_bytes())]);
    for end in 4..whole.len() {
        assert!(!refused(&whole[..end]).is_empty());
    }
    // One byte wrong anywhere: read or refused, and never a panic.
    for at in 0..whole.len() {
        let mut wrong = whole.clone();
        wrong[at] ^= 0x5a;
        let _ = read(&wrong);
    }
}

#[test]
fn what_is_of_no_tool_is_refused_with_advice() {
    for (bytes, want) in [
        (&b""[..], Unreadable::Unknown),
        (b"\x00\xff\x13garbage\xf0\x28\x8c\x28", Unreadable::Unknown),
        (b"<!DOCTYPE html><html><body>MDE</body></html>", Unreadable::Html),
        (b"<html>", Unreadable::Html),
        (b"Test URL https://a.example/\nTest result is OK\n", Unreadable::DownLevel),
    ] {
        let error = read(bytes).unwrap_err();
        assert_eq!(error, want);
        assert!(!error.to_string().is_empty() && !error.hint().is_empty());
    }
    // An entity that grows is refused with all of its kind.
    let laughs = "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><MDEResults>&b;</MDEResults>";
    assert!(matches!(read(laughs.as_bytes()), Err(Unreadable::Xml(_))));
    assert!(matches!(read(b"<MDEResults><events>"), Err(Unreadable::Xml(_))));
}

#[test]
fn many_urls_and_endless_lines_cost_little() {
    let mut text = String::new();
    for number in 0..MOST_URLS + 3 {
        writeln!(text, "Testing URL : https://host{number}.example/\n1 - Default proxy: Succeeded (200)")
            .unwrap();
    }
    let import = read(text.as_bytes()).unwrap();
    assert_eq!(import.tested.len(), MOST_URLS);
    let about = import.notes.iter().filter(|note| note.contains("more than 10000 URLs")).count();
    assert_eq!(about, 1, "{:?}", import.notes);
    let long = format!("Testing URL : https://a.example/\n1 - {}\n", "ä".repeat(1_000_000));
    let import = read(long.as_bytes()).unwrap();
    assert!(import.unread.shown[0].text.len() <= LONGEST_LINE);
    let again = "Testing URL : https://a.example/\n3 - Proxy disabled: Failed (12002)\n".repeat(10_000);
    let import = read(again.as_bytes()).unwrap();
    assert_eq!((import.tested.len(), import.tested[0].said[0].more.len()), (1, MOST_LINES));
}
