//! Tests of the table and of the two ways in which a row is shown.

use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

use super::*;

/// Every text of a row that is a sentence, with a name for messages.
fn sentences(entry: &Entry) -> Vec<(&'static str, &'static str)> {
    let mut all = vec![("meaning", entry.meaning), ("evidence", entry.evidence), ("fix", entry.fix)];
    all.extend(entry.confused_with.iter().map(|(_, difference)| ("confused with", *difference)));
    all.extend(entry.direct.iter().map(|direct| ("direct fix", direct.fix)));
    all
}

fn titles(entry: &Entry) -> impl Iterator<Item = &'static str> {
    [entry.title].into_iter().chain(entry.direct.map(|direct| direct.title))
}

/// The placeholders in a text, and what is left without them.
fn placeholders(text: &'static str) -> (Vec<&'static str>, String) {
    let (mut names, mut left) = (Vec::new(), String::new());
    for (index, part) in text.split('{').enumerate() {
        match part.split_once('}') {
            Some((name, after)) if index > 0 => {
                names.push(name);
                left.push_str(after);
            }
            _ => left.push_str(part),
        }
    }
    (names, left)
}

#[test]
fn the_ids_are_those_of_the_contract() {
    let ids: Vec<_> = Verdict::ALL.iter().map(|verdict| verdict.id()).collect();
    assert_eq!(
        ids.join(" "),
        "reachable inspected_trusted \
         not_configured setting_malformed pac_unreachable pac_failed wpad_absent not_measured \
         name_not_found name_server_failed name_server_silent name_sinkholed \
         connect_refused connect_silent connect_unreachable connect_forbidden_locally \
         proxy_tls_failed proxy_not_http proxy_closed proxy_silent proxy_malformed proxy_auth_required \
         proxy_auth_rejected proxy_denied proxy_connect_unsupported proxy_rate_limited proxy_redirected \
         proxy_name_not_found proxy_upstream_refused proxy_upstream_silent proxy_upstream_unreachable \
         proxy_upstream_failed proxy_fault tunnel_not_transparent \
         tls_reset_after_hello tls_silent tls_stalled tls_not_tls tls_version_unsupported tls_handshake_refused \
         tls_intercepted tls_untrusted tls_self_signed tls_missing_intermediate tls_name_mismatch tls_expired \
         tls_not_yet_valid tls_revoked tls_client_certificate_required \
         http_closed http_silent http_malformed http_unexpected_status http_unexpected_body \
         http_redirected_elsewhere block_page service_fault"
    );
    assert!(Verdict::ALL.is_sorted(), "the order of the contract");
}

#[test]
fn every_id_is_the_variant_in_snake_case_and_leads_back() {
    for verdict in Verdict::ALL {
        let mut snake = String::new();
        for (index, character) in format!("{verdict:?}").chars().enumerate() {
            if character.is_uppercase() && index > 0 {
                snake.push('_');
            }
            snake.extend(character.to_lowercase());
        }
        assert_eq!(verdict.id(), snake);
        assert_eq!(verdict.to_string(), snake);
        assert_eq!(Verdict::from_id(&snake), Some(*verdict));
    }
    assert_eq!(Verdict::from_id("Reachable"), None);
    assert_eq!(Verdict::from_id(""), None);
}

#[test]
fn the_small_enums_print_their_ids() {
    let ids = |ids: Vec<&'static str>| ids.join(" ");
    assert_eq!(
        ids(Stage::ALL.iter().map(|stage| stage.id()).collect()),
        "config resolve connect proxy_tls proxy_connect tls http done"
    );
    assert_eq!(
        ids(Speaker::ALL.iter().map(|speaker| speaker.id()).collect()),
        "client proxy middlebox origin resolver nobody"
    );
    assert_eq!(
        ids(Owner::ALL.iter().map(|owner| owner.id()).collect()),
        "endpoint_admin proxy_team network_team dns_team security_team service nobody"
    );
    assert_eq!(
        ids(Outcome::ALL.iter().map(|outcome| outcome.id()).collect()),
        "success warning failure unknown"
    );
    assert!(Stage::ALL.is_sorted());
    assert_eq!(format!("{:>12}", Stage::ProxyTls), "   proxy_tls");
}

#[test]
#[cfg(feature = "serde")]
fn the_serialized_form_is_the_id() {
    let text = |id: &str| format!("\"{id}\"");
    for verdict in Verdict::ALL {
        assert_eq!(serde_json::to_string(verdict).expect("plain"), text(verdict.id()));
    }
    for stage in Stage::ALL {
        assert_eq!(serde_json::to_string(stage).expect("plain"), text(stage.id()));
    }
    for owner in Owner::ALL {
        assert_eq!(serde_json::to_string(owner).expect("plain"), text(owner.id()));
    }
    for speaker in Speaker::ALL {
        assert_eq!(serde_json::to_string(speaker).expect("plain"), text(speaker.id()));
    }
    for outcome in Outcome::ALL {
        assert_eq!(serde_json::to_string(outcome).expect("plain"), text(outcome.id()));
    }
}

#[test]
fn outcomes_owners_and_stages_fit_each_other() {
    for verdict in Verdict::ALL {
        let entry = verdict.entry();
        let nothing_to_fix = matches!(entry.outcome, Outcome::Success | Outcome::Unknown);
        assert_eq!(nothing_to_fix, entry.owner == Owner::Nobody, "{verdict}");
        assert_eq!(
            entry.stage == Stage::Done,
            matches!(verdict, Verdict::Reachable | Verdict::InspectedTrusted),
            "{verdict}"
        );
        assert!(entry.confused_with.iter().all(|(other, _)| other != verdict), "{verdict}");
    }
    assert_eq!(Verdict::ConnectRefused.owner(true), Owner::ProxyTeam);
    assert_eq!(Verdict::ConnectRefused.owner(false), Owner::NetworkTeam);
    assert_eq!(Verdict::ProxyDenied.owner(true), Owner::ProxyTeam);
}

#[test]
fn every_text_is_a_whole_line() {
    for verdict in Verdict::ALL {
        let entry = verdict.entry();
        assert!(!entry.confused_with.is_empty(), "{verdict}");
        for (what, text) in sentences(entry) {
            assert!(text.ends_with('.'), "{verdict}: {what} has no full stop");
            assert!(text.starts_with(char::is_uppercase), "{verdict}: {what} begins small");
            assert!(text.len() <= 600, "{verdict}: {what} has {} bytes", text.len());
            assert!(!text.contains("  ") && !text.chars().any(char::is_control), "{verdict}: {what}");
            assert_eq!(text.matches('`').count() % 2, 0, "{verdict}: {what} has an open quotation");
        }
        for title in titles(entry) {
            assert!(!title.is_empty() && title.len() <= 90, "{verdict}: {title}");
            assert!(!title.ends_with('.') && !title.chars().any(char::is_control), "{verdict}: {title}");
        }
    }
}

#[test]
fn only_known_placeholders_and_only_in_fixes() {
    for verdict in Verdict::ALL {
        for (what, text) in sentences(verdict.entry()) {
            let (names, left) = placeholders(text);
            assert!(!left.contains(['{', '}']), "{verdict}: {what} has an open brace");
            assert!(names.is_empty() || what.ends_with("fix"), "{verdict}: {what}");
            for name in names {
                assert!(PLACEHOLDERS.iter().any(|(known, _)| *known == name), "{verdict}: {{{name}}}");
            }
        }
        assert!(titles(verdict.entry()).all(|title| !title.contains('{')), "{verdict}");
        if let Some(direct) = verdict.entry().direct {
            assert!(!direct.fix.contains("{proxy}"), "{verdict}: no proxy is on this path");
        }
    }
}

#[test]
fn a_remedy_is_filled_in() {
    let context = Context {
        url: Some(&"https://a.example/"),
        host: Some(&"a.example"),
        port: Some(443),
        proxy: Some(&"http://proxy.example:3128"),
        status: Some(407),
        issuer: Some(&"Example Inspection CA"),
        schemes: Some(&"Negotiate, Basic"),
    };
    let login = Verdict::ProxyAuthRequired.remedy(context).to_string();
    assert!(login.starts_with("Permit anonymous traffic to a.example:443: "), "{login}");
    assert!(login.contains("`acl no_login dstdomain a.example`"), "{login}");
    assert!(login.contains("Schemes offered: Negotiate, Basic. "), "{login}");
    let inspected = Verdict::InspectedTrusted.remedy(context).to_string();
    assert!(inspected.contains("on the box that signs as Example Inspection CA, "), "{inspected}");
    let slow = Verdict::ProxySilent.remedy(context).to_string();
    assert!(
        slow.contains("`egress-probe check --timeout 75 -x http://proxy.example:3128 https://a.example/`"),
        "{slow}"
    );
    for verdict in Verdict::ALL {
        let text = verdict.remedy(context).to_string();
        for name in placeholders(verdict.entry().fix).0 {
            let value = match name {
                "url" => "https://a.example/",
                "host" => "a.example",
                "port" => "443",
                "proxy" => "http://proxy.example:3128",
                "status" => "407",
                "issuer" => "Example Inspection CA",
                _ => "Negotiate, Basic",
            };
            assert!(text.contains(value), "{verdict}: {{{name}}} is missing in {text}");
        }
        assert!(!text.contains(['{', '}']), "{verdict}: {text}");
    }
}

#[test]
fn what_is_not_known_leaves_a_whole_sentence() {
    let nothing = Context { issuer: Some(&""), schemes: Some(&format_args!("{}", "")), ..Context::default() };
    for proxy in [None, Some(&"" as &dyn fmt::Display)] {
        for verdict in Verdict::ALL {
            let text = verdict.remedy(Context { proxy, ..nothing }).to_string();
            assert!(
                !text.contains(['{', '}']) && !text.contains("  ") && text.ends_with('.'),
                "{verdict}: {text}"
            );
        }
    }
    let inspected = Verdict::TlsIntercepted.remedy(nothing).to_string();
    assert!(inspected.contains("on the box that signs as the issuer shown in the evidence, "), "{inspected}");
    let login = Verdict::ProxyAuthRequired.remedy(nothing).to_string();
    assert!(login.contains("Schemes offered: see the evidence. "), "{login}");
}

#[test]
fn a_path_without_a_proxy_has_its_own_words() {
    assert_eq!(Verdict::ConnectSilent.title(true), "the proxy does not answer");
    assert_eq!(Verdict::ConnectSilent.title(false), "nobody answers");
    let direct = Context { host: Some(&"a.example"), port: Some(443), ..Context::default() };
    let text = Verdict::ConnectSilent.remedy(direct).to_string();
    assert!(text.starts_with("Allow TCP from this machine to a.example:443 in the firewall"), "{text}");
    let proxied = Context { proxy: Some(&"http://proxy.example:3128"), ..direct };
    let text = Verdict::ConnectSilent.remedy(proxied).to_string();
    assert!(
        text.starts_with("Allow TCP from this machine to the proxy at http://proxy.example:3128 "),
        "{text}"
    );
}

#[test]
fn a_page_says_everything_in_its_row() {
    for verdict in Verdict::ALL {
        let entry = verdict.entry();
        let page = verdict.explain().to_string();
        assert!(page.starts_with(&format!("{}: {}\n", entry.id, entry.title)), "{page}");
        let stage = if *verdict == Verdict::NotMeasured { "any." } else { entry.stage.id() };
        for text in [entry.outcome.id(), stage, entry.owner.id(), entry.meaning, entry.evidence] {
            assert!(page.contains(text), "{verdict}: {text}");
        }
        for (other, difference) in entry.confused_with {
            assert!(page.contains(&format!("- {other}: {difference}\n")), "{verdict}: {other}");
        }
        assert!(!page.contains(['{', '}']) && page.ends_with(".\n"), "{page}");
        assert_eq!(page.contains("without a proxy\n"), entry.direct.is_some(), "{verdict}");
    }
    let refused = Verdict::ConnectRefused.explain().to_string();
    assert!(refused.contains("Speaker: proxy, or origin on a path without a proxy.\n"), "{refused}");
    assert!(refused.contains("; without a proxy network_team, "), "{refused}");
}
