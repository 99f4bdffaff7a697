//! The lines to the letter, and that no reader of the old tool is misled by them.

use std::format;
use std::string::{String, ToString as _};
use std::vec::Vec;

use super::*;

/// The rule by which the script around the old tool calls a URL good, written down again from its description: any of the six
/// lines below the URL's, without regard to letter case.
fn accepted(text: &str) -> Vec<(String, bool)> {
    let mut lines = text.lines();
    let mut urls = Vec::new();
    while let Some(line) = lines.next() {
        if line.to_lowercase().contains("testing url :") {
            let url: String = line.chars().skip(14).collect();
            let good = ["(200)", "(400)", "(404)", "succeeded (405)"];
            let is_good = |line: &&str| good.iter().any(|text| line.to_lowercase().contains(text));
            urls.push((url, lines.by_ref().take(6).filter(is_good).count() > 0));
        }
    }
    urls
}

fn said(verdict: Verdict, outcome: Outcome, http_status: Option<u16>) -> Said<'static> {
    let stage = verdict.entry().stage;
    Said { outcome, verdict, stage, proxy_status: None, http_status, proxy: None }
}

const EMPTY: [Option<Said<'static>>; 5] = [None; 5];

#[test]
fn the_example_of_the_documentation_to_the_letter() {
    let good = Some(said(Verdict::Reachable, Outcome::Success, Some(200)));
    let block = Block { url: "https://xxx.microsoft.com/xxx", said: [good, good, good, None, None] };
    let text = block.to_string();
    let (rule, rest) = text.split_once('\n').expect("lines");
    assert!(rule.bytes().all(|byte| byte == b'*') && !rule.is_empty());
    assert_eq!(
        rest,
        "Testing URL : https://xxx.microsoft.com/xxx\n\
         1 - Default proxy: Succeeded (200)\n\
         2 - Proxy auto discovery (WPAD): Succeeded (200)\n\
         3 - Proxy disabled: Succeeded (200)\n\
         4 - Named proxy: Doesn't exist\n\
         5 - Command line proxy: Doesn't exist\n"
    );
}

#[test]
fn every_line_in_every_case() {
    let proxied = |proxy, verdict, status| {
        let said = said(verdict, verdict.entry().outcome, status);
        Some(Said { proxy: Some(proxy), ..said })
    };
    let text = |at: usize, one: Option<Said<'_>>| {
        let mut all: [Option<Said<'_>>; 5] = [None; 5];
        all[at] = one;
        let text = Block { url: "https://a.example/", said: all }.to_string();
        text.lines().nth(at + 2).map(String::from).unwrap_or_default()
    };
    let named = "http://proxy.example:3128";
    for (at, one, want) in [
        (0, None, "1 - Default proxy: Not tested"),
        (0, proxied(named, Verdict::ProxyDenied, None), "1 - Default proxy: Failed (12152) proxy_denied"),
        (
            1,
            proxied(named, Verdict::WpadAbsent, None),
            "2 - Proxy auto discovery (WPAD): Failed (12180) wpad_absent",
        ),
        (
            1,
            proxied(named, Verdict::NotConfigured, None),
            "2 - Proxy auto discovery (WPAD): Not tested, not_configured",
        ),
        (
            2,
            Some(said(Verdict::TlsSilent, Outcome::Failure, None)),
            "3 - Proxy disabled: Failed (12002) tls_silent",
        ),
        (
            2,
            Some(said(Verdict::NotMeasured, Outcome::Unknown, None)),
            "3 - Proxy disabled: Not tested, not_measured",
        ),
        (2, Some(said(Verdict::Reachable, Outcome::Success, None)), "3 - Proxy disabled: Succeeded (TLS)"),
        (3, proxied(named, Verdict::NotConfigured, None), "4 - Named proxy: Doesn't exist"),
        (
            3,
            Some(said(Verdict::SettingMalformed, Outcome::Failure, None)),
            "4 - Named proxy: The proxy isn't in valid format",
        ),
        (
            3,
            proxied(named, Verdict::Reachable, Some(404)),
            "4 - Named proxy ( proxy.example:3128 ): Succeeded (404)",
        ),
        (
            4,
            proxied("https://[2001:db8::1]:443", Verdict::InspectedTrusted, Some(200)),
            "5 - Command line proxy ( https://[2001:db8::1]:443 ): Succeeded (200) inspected_trusted",
        ),
        (
            4,
            proxied("http://p (200):1", Verdict::ConnectRefused, None),
            "5 - Command line proxy: Failed (12029) connect_refused",
        ),
        (
            4,
            proxied(named, Verdict::HttpUnexpectedStatus, Some(404)),
            "5 - Command line proxy ( proxy.example:3128 ): Failed (12152) http_unexpected_status, status 404",
        ),
        (
            4,
            proxied(named, Verdict::ServiceFault, Some(503)),
            "5 - Command line proxy ( proxy.example:3128 ): Failed (503) service_fault",
        ),
    ] {
        assert_eq!(text(at, one), want);
    }
}

#[test]
fn a_status_of_connect_counts_only_where_connect_failed() {
    let denied = Said { proxy_status: Some(403), ..said(Verdict::ProxyDenied, Outcome::Failure, None) };
    let open = Said { proxy_status: Some(200), ..said(Verdict::TlsResetAfterHello, Outcome::Failure, None) };
    let text = Block { url: "https://a.example/", said: [Some(denied), Some(open), None, None, None] };
    let text = text.to_string();
    assert!(text.contains("1 - Default proxy: Failed (403) proxy_denied\n"), "{text}");
    assert!(text.contains("(WPAD): Failed (12030) tls_reset_after_hello\n"), "{text}");
}

#[test]
fn the_old_script_is_not_misled_by_any_failure() {
    for verdict in Verdict::ALL {
        for outcome in [Outcome::Failure, Outcome::Unknown] {
            for status in [None, Some(200), Some(400), Some(404), Some(405), Some(403)] {
                for stage in [Stage::ProxyConnect, Stage::Http] {
                    let one = Said {
                        outcome,
                        verdict: *verdict,
                        stage,
                        proxy_status: status,
                        http_status: status.filter(|_| stage == Stage::Http),
                        proxy: Some("http://p.example:3128"),
                    };
                    let block = Block { url: "https://a.example/x", said: [Some(one); 5] };
                    let text = format!("{block}{block}");
                    assert_eq!(
                        accepted(&text),
                        [("https://a.example/x".into(), false), ("https://a.example/x".into(), false)],
                        "{text}"
                    );
                    assert!(!text.contains("Succeeded"), "{text}");
                }
            }
        }
    }
}

#[test]
fn the_old_script_reads_successes_and_keeps_blocks_apart() {
    let good = Some(said(Verdict::Reachable, Outcome::Success, Some(405)));
    let mut first = EMPTY;
    first[4] = good;
    let one = Block { url: "https://a.example/", said: first };
    let two = Block { url: "https://b.example/", said: EMPTY };
    let three = Block { url: "https://c.example/", said: first };
    let urls = accepted(&format!("{one}{two}{three}"));
    assert_eq!(
        urls,
        [("https://a.example/", true), ("https://b.example/", false), ("https://c.example/", true)]
            .map(|(url, good)| (String::from(url), good))
    );
}

#[test]
fn the_head_names_the_judged_path() {
    let head = |path, proxy| Head { path, proxy }.to_string();
    let proxy = Some("http://proxy.example:3128");
    assert_eq!(head(Path::Direct, None), "Proxy config: Method=Direct, address=\n");
    assert_eq!(head(Path::Default, None), "Proxy config: Method=Direct, address=\n");
    assert_eq!(head(Path::Default, proxy), "Proxy config: Method=Environment, address=proxy.example:3128\n");
    assert_eq!(head(Path::Cli, proxy), "Proxy config: Method=CommandLine, address=proxy.example:3128\n");
    assert_eq!(
        head(Path::Named, proxy),
        "Proxy config: Method=TelemetryProxyServer, address=proxy.example:3128\n"
    );
    assert_eq!(head(Path::Wpad, proxy), "Proxy config: Method=AutoDetectWPAD, address=proxy.example:3128\n");
}
