//! Makes one const table of all conversations, so that targets without a file system have them, too.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Deserialize;

/// One file of `conversations/`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Conversation {
    /// A line of a target list.
    target: String,
    /// The proxy, as `--proxy` takes it; direct where it is missing.
    proxy: Option<String>,
    /// Whether the target must be exempt from inspection.
    #[serde(default)]
    exempt: bool,
    /// What a player must be able to do: `alloc`, `tls`, `pac`.
    #[serde(default)]
    needs: Vec<String>,
    /// What happens, in order.
    acts: Vec<Act>,
    /// What must be concluded.
    want: Want,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Act {
    /// The resolver gives these addresses.
    Addresses(Vec<String>),
    /// The resolver fails.
    NoAddress(String),
    /// The connection opens, or fails so.
    Connect(String),
    /// TLS, as far as it came.
    Tls(Tls),
    /// Text comes.
    Receive(String),
    /// Bytes come, written in hexadecimal.
    ReceiveHex(String),
    /// The stream ends (`end`), or fails so.
    Stream(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each a line of a file")]
struct Tls {
    /// `open`, or how the handshake failed.
    result: String,
    /// Bytes that had come from the peer when it failed, in hexadecimal.
    #[serde(default)]
    first: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    issuer: String,
    last_issuer: Option<String>,
    /// `service`, `machine_only`, `unknown`; no chain was seen where it is missing.
    anchor: Option<String>,
    #[serde(default)]
    wrong_name: bool,
    /// `valid`, `expired`, `not_yet_valid`.
    dates: Option<String>,
    #[serde(default)]
    self_signed: bool,
    #[serde(default)]
    own_root: bool,
    #[serde(default)]
    issuer_missing: bool,
    #[serde(default)]
    breaks_rules: bool,
    #[serde(default)]
    revoked: bool,
    #[serde(default)]
    asked_for_certificate: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Want {
    verdict: String,
    outcome: Option<String>,
    stage: Option<String>,
    speaker: Option<String>,
    owner: Option<String>,
    /// What must have been written, from its beginning.
    sent: Option<String>,
    /// The first lines of evidence.
    #[serde(default)]
    evidence: Vec<String>,
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=conversations");
    let mut files: Vec<PathBuf> = fs::read_dir("conversations")
        .expect("tests/vectors/conversations is there")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    let mut table = String::from("&[\n");
    for file in &files {
        let text = fs::read_to_string(file).expect("the file can be read");
        let conversation: Conversation =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let name = file.file_stem().expect("it has a name").to_str().expect("in ASCII");
        vector(name, &conversation, &mut table);
    }
    table.push_str("]\n");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("vectors.rs"), table).expect("the table can be written");
}

fn vector(name: &str, conversation: &Conversation, table: &mut String) {
    let Conversation { target, proxy, exempt, needs, acts, want } = conversation;
    for need in needs {
        assert!(["alloc", "tls", "pac"].contains(&need.as_str()), "{name}: {need:?} is no need");
    }
    let acts: Vec<String> = acts.iter().map(|one| act(name, one)).collect();
    let Want { verdict, outcome, stage, speaker, owner, sent, evidence } = want;
    writeln!(
        table,
        "Vector {{ name: {name:?}, target: {target:?}, proxy: {proxy:?}, exempt: {exempt:?}, needs: &{needs:?}, \
         acts: &[{}], want: Want {{ verdict: {verdict:?}, outcome: {outcome:?}, stage: {stage:?}, \
         speaker: {speaker:?}, owner: {owner:?}, sent: {sent:?}, evidence: &{evidence:?} }} }},",
        acts.join(", ")
    )
    .expect("a String takes everything");
}

fn act(name: &str, act: &Act) -> String {
    match act {
        Act::Addresses(addresses) => format!("Act::Addresses(&{addresses:?})"),
        Act::NoAddress(text) => format!("Act::NoAddress({})", how(name, text)),
        Act::Connect(text) if text == "open" => "Act::Connected".into(),
        Act::Connect(text) => format!("Act::NotConnected({})", how(name, text)),
        Act::Receive(text) => format!("Act::Receive(&{:?})", text.as_bytes()),
        Act::ReceiveHex(text) => format!("Act::Receive(&{:?})", bytes(name, text)),
        Act::Stream(text) if text == "end" => "Act::End".into(),
        Act::Stream(text) => format!("Act::Fail({})", how(name, text)),
        Act::Tls(report) => tls(name, report),
    }
}

fn tls(name: &str, tls: &Tls) -> String {
    let result =
        if tls.result == "open" { "None".into() } else { format!("Some({})", how(name, &tls.result)) };
    let chain = tls.anchor.as_ref().map_or("None".to_owned(), |anchor| {
        let anchor = one_of(name, anchor, &["service", "machine_only", "unknown"]);
        let dates = one_of(name, tls.dates.as_deref().unwrap_or("valid"), &["valid", "expired", "not_yet_valid"]);
        format!(
            "Some(Chain {{ anchor: Anchor::{anchor}, name_matches: {}, dates: Dates::{dates}, self_signed: {}, \
             own_root: {}, issuer_missing: {}, breaks_rules: {}, revoked: {} }})",
            !tls.wrong_name, tls.self_signed, tls.own_root, tls.issuer_missing, tls.breaks_rules, tls.revoked
        )
    });
    format!(
        "Act::Tls(Tls {{ failed: {result}, first: &{:?}, subject: {:?}, issuer: {:?}, last_issuer: {:?}, \
         chain: {chain}, asked_for_certificate: {} }})",
        bytes(name, &tls.first),
        tls.subject,
        tls.issuer,
        tls.last_issuer.as_ref().unwrap_or(&tls.issuer),
        tls.asked_for_certificate
    )
}

/// How something failed: a word, or `alert N`, `servfail N`, `other N`.
fn how(name: &str, text: &str) -> String {
    let (word, number) = text.split_once(' ').unwrap_or((text, ""));
    match word {
        "alert" => format!("How::Alert(Alert({}))", number.parse::<u8>().expect("an alert's number")),
        "name_server_failed" if number.is_empty() => "How::NameServerFailed(None)".into(),
        "name_server_failed" => {
            format!("How::NameServerFailed(Some({}))", number.parse::<u8>().expect("a response code"))
        }
        "other" => format!("How::Other({})", number.parse::<i32>().expect("an error number")),
        "not_supported" => "How::NotSupported(\"the vector says so\")".into(),
        _ => {
            let known = [
                "name_not_found",
                "refused",
                "timed_out",
                "unreachable",
                "forbidden",
                "reset",
                "ended",
                "not_tls",
                "no_common_version",
                "tls_broken",
                "out_of_resources",
                "cancelled",
            ];
            format!("How::{}", one_of(name, text, &known))
        }
    }
}

fn bytes(name: &str, hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex
        .chars()
        .filter(|character| !character.is_whitespace())
        .map(|digit| {
            let value = digit.to_digit(16).and_then(|value| u8::try_from(value).ok());
            value.unwrap_or_else(|| panic!("{name}: {digit:?} is no hexadecimal digit"))
        })
        .collect();
    assert!(digits.len().is_multiple_of(2), "{name}: an odd number of hexadecimal digits");
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// A word of a file as the name of a variant.
fn one_of(name: &str, word: &str, known: &[&str]) -> String {
    assert!(known.contains(&word), "{name}: {word:?} is none of {known:?}");
    word.split('_').map(|part| part[..1].to_uppercase() + &part[1..]).collect()
}
