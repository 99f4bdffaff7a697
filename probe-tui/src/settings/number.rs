//! Numbers that were typed.

use std::time::Duration;

use super::flag;
use crate::mistakes::Mistakes;

/// The longest time that can be given, in seconds.
const LONGEST: f64 = 3600.0;

/// The most attempts at the same time.
const MOST_PARALLEL: usize = 4096;

/// A number of seconds, with a fraction if need be.
pub(super) fn seconds(name: &str, text: &str, least: f64, mistakes: &mut Mistakes) -> Duration {
    let number = decimal(text).filter(|number| (least..=LONGEST).contains(number)).unwrap_or_else(|| {
        let hint = format!("write seconds from {least} to {LONGEST}, as 2.5");
        let what = "this is no such number of seconds";
        mistakes.add_words(flag(name), text, 0..text.len(), &what, Some(&hint), None);
        1.0
    });
    Duration::from_secs_f64(number)
}

/// Attempts a second, 0 for no limit.
pub(super) fn rate(text: &str, mistakes: &mut Mistakes) -> f64 {
    decimal(text).filter(|number| *number == 0.0 || (0.01..=100_000.0).contains(number)).unwrap_or_else(
        || {
            let hint = "write a number from 0.01 to 100000, or 0 for no limit";
            mistakes.add_words(
                flag("--rate"),
                text,
                0..text.len(),
                &"this is no such rate",
                Some(hint),
                None,
            );
            0.0
        },
    )
}

/// Attempts at the same time.
pub(super) fn parallel(text: &str, mistakes: &mut Mistakes) -> usize {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| digits && (1..=MOST_PARALLEL).contains(number));
    number.unwrap_or_else(|| {
        let hint = format!("write a number from 1 to {MOST_PARALLEL}");
        mistakes.add_words(
            flag("--parallel"),
            text,
            0..text.len(),
            &"this is no such number",
            Some(&hint),
            None,
        );
        1
    })
}

/// Digits with at most one point: what `f64` reads besides (`inf`, `1e9`, signs) is no number that people mean here.
fn decimal(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|_| plain)
}
