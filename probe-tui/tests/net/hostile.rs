//! Files of roots, and peers that send whatever they like.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use probe_core::probe::transport::How;
use probe_tui::net::trust::RootsProblem;
use probe_tui::net::{RootsMistake, Trust, TrustSources};

use crate::certificates::{params, root, self_signed};
use crate::peers::{drain, failure, hasty};

fn load(contents: &[u8]) -> Result<Trust, RootsMistake> {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(contents).expect("room");
    let path = Some(file.path().to_owned());
    Trust::load(&TrustSources { service_roots: path.clone(), local_roots: path })
}

fn pem(der: &[u8]) -> String {
    let base64 = |bytes: &[u8]| -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let digits = |bits: u32| {
            (0..4).map(move |digit| char::from(ALPHABET[(bits >> (18 - 6 * digit) & 63) as usize]))
        };
        bytes
            .chunks(3)
            .flat_map(|chunk| {
                let byte = |index: usize| u32::from(*chunk.get(index).unwrap_or(&0));
                digits(byte(0) << 16 | byte(1) << 8 | byte(2))
                    .take(chunk.len() + 1)
                    .chain("=".repeat(3 - chunk.len()).chars().collect::<Vec<_>>())
            })
            .collect()
    };
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", base64(der))
}

#[test]
fn a_file_of_roots() {
    let (one, two) = (root("One"), root("Two"));
    let text = format!(
        "\u{FEFF}{}# a comment\r\nkey: value\n{}",
        pem(&one.der),
        pem(&two.der).replace('\n', "\r\n")
    );
    let trust = load(text.as_bytes()).expect("two roots");
    assert_eq!(trust.service().anchors().len(), 2);
    assert_eq!(trust.machine().anchors().len(), 2);
    assert!(trust.notes().is_empty());
}

#[test]
fn without_files_there_are_built_in_roots() {
    let trust = Trust::load(&TrustSources::default()).expect("nothing to be read");
    assert!(trust.service().anchors().len() > 100);
    assert!(trust.notes().is_empty(), "the machine's store has not been needed yet");
}

#[test]
fn mistakes_have_a_place() {
    let good = pem(&root("One").der);
    let missing =
        TrustSources { local_roots: Some(PathBuf::from("/nonexistent/roots.pem")), ..Default::default() };
    let mistake = Trust::load(&missing).expect_err("no such file");
    assert!(matches!(mistake.problem, RootsProblem::Unreadable(_)));
    assert!(mistake.to_string().starts_with("/nonexistent/roots.pem: cannot be read: "), "{mistake}");

    for nothing in [&b""[..], b"hello\n", &root("One").der] {
        let mistake = load(nothing).expect_err("no certificate");
        assert!(matches!((mistake.problem, mistake.line), (RootsProblem::NoCertificate, None)));
    }
    let second = good.lines().count() + 1;
    for (broken, is_pem) in [
        ("-----BEGIN CERTIFICATE-----\nAAAA\n", true),
        ("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", true),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", false),
    ] {
        let mistake = load(format!("{good}{broken}{good}").as_bytes()).expect_err("a broken certificate");
        assert_eq!(mistake.line, Some(second), "{mistake}");
        assert_eq!(matches!(mistake.problem, RootsProblem::BrokenPem), is_pem, "{mistake}");
        assert!(mistake.to_string().contains(&format!(", line {second}: ")), "{mistake}");
    }
}

#[test]
fn a_certificate_that_is_no_authority_can_be_trusted_too() {
    let leaf = self_signed(&params("host.example", (2020, 2070), &["host.example"]));
    assert!(load(pem(&leaf.der).as_bytes()).is_ok());
}

/// What a peer sends never hangs or panics, and never becomes a handshake.
#[tokio::test]
async fn noise_instead_of_a_handshake() {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    for round in 0..30 {
        let mut noise: Vec<u8> = (0..200)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state.to_be_bytes()[0]
            })
            .collect();
        if round % 2 == 0 {
            // Half of it looks like a record, so that it gets further.
            noise[..9].copy_from_slice(&[0x16, 3, 3, 0, 100, 2, 0, 0, 96]);
        }
        let failure = failure(&hasty(Duration::from_millis(100)), move |mut stream| {
            let _ = stream.write_all(&noise);
            drain(stream);
        })
        .await;
        let how = failure.how;
        assert!(!matches!(how, How::Other(_) | How::NotSupported(_) | How::OutOfResources), "{how:?}");
    }
}
