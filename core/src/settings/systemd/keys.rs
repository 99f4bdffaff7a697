//! Keys of `[Service]`: systemd ignores a line whose key it does not know, and only its journal says so.

/// The keys that say something about the environment.
pub(super) const KEYS: [&str; 4] = ["Environment", "EnvironmentFile", "PassEnvironment", "UnsetEnvironment"];

/// Whether a key that is none of these is one but for two characters at most, or for the case of its letters. Keys that begin with
/// `X-` are other programs', and systemd passes over them in silence (systemd.syntax(7)).
pub(super) fn is_nearly_one(name: &str) -> bool {
    !name.starts_with("X-") && KEYS.into_iter().any(|key| is_near(name.as_bytes(), key.as_bytes()))
}

/// Whether two characters at most have to be written, left out or changed to make one word of the other, whatever the case of its
/// letters.
fn is_near(one: &[u8], other: &[u8]) -> bool {
    /// More than the longest key has with two characters more.
    const COLUMNS: usize = 20;
    if one.len().abs_diff(other.len()) > 2 || other.len() >= COLUMNS {
        return false;
    }
    // The distances of what was seen of the one from each beginning of the other (Levenshtein).
    let mut row: [usize; COLUMNS] = core::array::from_fn(|column| column);
    for byte in one {
        let mut diagonal = 0;
        let mut left = usize::MAX;
        for (column, distance) in row.iter_mut().enumerate() {
            let above = *distance;
            *distance = match column.checked_sub(1).and_then(|column| other.get(column)) {
                Some(letter) => {
                    let changed = usize::from(!letter.eq_ignore_ascii_case(byte));
                    let by_one = above.min(left).saturating_add(1);
                    by_one.min(changed.saturating_add(diagonal))
                }
                None => above.saturating_add(1),
            };
            (diagonal, left) = (above, *distance);
        }
    }
    row.get(other.len()).is_some_and(|distance| *distance <= 2)
}
