//! Specifiers (systemd.unit(5)): `%h` and the like, which systemd fills in before it uses a value.
//!
//! The system manager's folders are the same everywhere, and a unit knows its own name. What depends on the machine (its name, its
//! kernel, …) cannot be told from files. A `%` before any other character stays as it is, so that `%40` in a password does.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// What depends on the machine, on the unit's file, or on the unit's own settings.
const MACHINE: &str = "aAbBdDfgGHIjJlmMoPqsvwWyY";

/// A value with its specifiers filled in, and the places in it of those that cannot be. `service` is the unit's name.
pub(super) fn filled<'a>(value: Cow<'a, str>, service: &str) -> (Cow<'a, str>, Vec<Range<usize>>) {
    let mut unknown = Vec::new();
    if !value.contains('%') {
        return (value, unknown);
    }
    let name = service.strip_suffix(".service").unwrap_or(service);
    let (prefix, instance) = name.split_once('@').unwrap_or((name, ""));
    let whole = [name, ".service"].concat();
    let mut filled = String::new();
    let mut characters = value.char_indices();
    while let Some((at, character)) = characters.next() {
        if character != '%' {
            filled.push(character);
            continue;
        }
        let Some((next, kind)) = characters.next() else {
            filled.push('%');
            break;
        };
        filled.push_str(match kind {
            '%' => "%",
            'n' => &whole,
            'N' => name,
            'p' => prefix,
            'i' => instance,
            'h' => "/root",
            'u' => "root",
            'U' => "0",
            't' => "/run",
            'E' => "/etc",
            'S' => "/var/lib",
            'C' => "/var/cache",
            'L' => "/var/log",
            'T' => "/tmp",
            'V' => "/var/tmp",
            _ => {
                let end = next.saturating_add(kind.len_utf8());
                if MACHINE.contains(kind) {
                    unknown.push(at..end);
                }
                value.get(at..end).unwrap_or_default()
            }
        });
    }
    if filled == *value { (value, unknown) } else { (filled.into(), unknown) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_and_what_is_not() {
        let of = |value: &'static str| {
            let (filled, unknown) = filled(value.into(), "agent@one.service");
            (filled.into_owned(), unknown)
        };
        assert_eq!(of("/etc/%p/%i-%N/%n"), ("/etc/agent/one-agent@one/agent@one.service".into(), [].into()));
        assert_eq!(
            of("%E%t%S%C%L%T%V%h"),
            ("/etc/run/var/lib/var/cache/var/log/tmp/var/tmp/root".into(), [].into())
        );
        assert_eq!(of("p%%40ss p%40ss %é 5%"), ("p%40ss p%40ss %é 5%".into(), [].into()));
        assert_eq!(of("http://%H:1/%q"), ("http://%H:1/%q".into(), [7..9, 12..14].into()));
        assert!(matches!(filled("p%40ss".into(), "a").0, Cow::Borrowed(_)));
    }
}
