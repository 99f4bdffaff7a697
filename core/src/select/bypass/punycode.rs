//! Punycode (RFC 3492), one way and without memory: a label is encoded while it is compared.

/// Longest label in bytes (RFC 1035 2.3.4); encoding makes at least one byte of each character.
const LABEL: usize = 63;

/// Whether `ascii` is what `label` is called in the DNS: itself, or `xn--` and its Punycode. Letter case in `ascii`
/// does not matter; `label` is taken as it is.
pub(super) fn is_encoded(label: impl Iterator<Item = char> + Clone, ascii: &str) -> bool {
    if label.clone().take(LABEL.saturating_add(1)).count() > LABEL {
        return false;
    }
    let mut ascii = Expected { rest: ascii.as_bytes() };
    let compared = if label.clone().all(|character| character.is_ascii()) {
        ascii.take_basic(label)
    } else {
        ascii.take_encoded(&label)
    };
    compared.is_some() && ascii.rest.is_empty()
}

/// The bytes that still have to come. Every method gives `None` at the first difference.
struct Expected<'a> {
    rest: &'a [u8],
}

impl Expected<'_> {
    fn take(&mut self, byte: u8) -> Option<()> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        first.eq_ignore_ascii_case(&byte).then_some(())
    }

    fn take_basic(&mut self, label: impl Iterator<Item = char>) -> Option<()> {
        label.filter(char::is_ascii).try_for_each(|character| self.take(u8::try_from(character).ok()?))
    }

    /// RFC 3492 6.3, with `handled`, `code`, `delta` and `bias` for its h, n, delta and bias.
    fn take_encoded(&mut self, label: &(impl Iterator<Item = char> + Clone)) -> Option<()> {
        self.take_basic("xn--".chars())?;
        self.take_basic(label.clone())?;
        let basic = u32::try_from(label.clone().filter(char::is_ascii).count()).ok()?;
        if basic > 0 {
            self.take(b'-')?;
        }
        let (mut handled, mut code, mut delta, mut bias) = (basic, 128_u32, 0_u32, 72_u32);
        while let Some(next) = label.clone().map(u32::from).filter(|point| *point >= code).min() {
            let step = next.checked_sub(code)?.checked_mul(handled.checked_add(1)?)?;
            delta = delta.checked_add(step)?;
            for point in label.clone().map(u32::from) {
                if point < next {
                    delta = delta.checked_add(1)?;
                } else if point == next {
                    self.take_number(delta, bias)?;
                    let first = handled == basic;
                    handled = handled.checked_add(1)?;
                    bias = adapted(delta, handled, first)?;
                    delta = 0;
                }
            }
            delta = delta.checked_add(1)?;
            code = next.checked_add(1)?;
        }
        Some(())
    }

    /// A generalized variable-length integer (RFC 3492 3.3).
    fn take_number(&mut self, number: u32, bias: u32) -> Option<()> {
        let mut rest = number;
        let mut weight = 36_u32;
        loop {
            let threshold = weight.saturating_sub(bias).clamp(1, 26);
            if rest < threshold {
                return self.take(digit(rest)?);
            }
            let base = 36_u32.checked_sub(threshold)?;
            let over = rest.checked_sub(threshold)?;
            self.take(digit(threshold.checked_add(over.checked_rem(base)?)?)?)?;
            rest = over.checked_div(base)?;
            weight = weight.checked_add(36)?;
        }
    }
}

/// RFC 3492 6.1.
fn adapted(delta: u32, handled: u32, first: bool) -> Option<u32> {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta = delta.checked_add(delta.checked_div(handled)?)?;
    let mut bias = 0_u32;
    while delta > 455 {
        delta /= 35;
        bias = bias.checked_add(36)?;
    }
    bias.checked_add(delta.checked_mul(36)?.checked_div(delta.checked_add(38)?)?)
}

/// 0 to 25 are letters, 26 to 35 are digits (RFC 3492 5).
fn digit(value: u32) -> Option<u8> {
    let value = u8::try_from(value).ok()?;
    if value < 26 { value.checked_add(b'a') } else { value.checked_sub(26)?.checked_add(b'0') }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_their_codes() {
        // Codes by Python 3.11's codec; the first and the last are samples B and L of RFC 3492 7.1.
        for (label, ascii) in [
            ("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"),
            ("示例", "xn--fsq092h"),
            ("bücher", "xn--bcher-kva"),
            ("ü", "xn--tda"),
            ("straße", "xn--strae-oqa"),
            ("a-ü-b", "xn--a--b-1ra"),
            ("😀", "xn--e28h"),
            ("плюс", "xn--k1ahh5c"),
            ("3年b組金八先生", "xn--3b-ww4c5e180e575a65lsy2b"),
        ] {
            assert!(is_encoded(label.chars(), ascii), "{label} {ascii}");
            assert!(!is_encoded(label.chars(), ascii.get(..ascii.len() - 1).unwrap()), "{label}");
        }
        assert!(is_encoded("abc".chars(), "ABC"));
        assert!(!is_encoded("abc".chars(), "xn--abc-"));
        assert!(!is_encoded("ü".repeat(64).chars(), "xn--tda"));
    }
}
