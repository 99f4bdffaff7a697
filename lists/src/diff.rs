//! What two lists do not have in common.

use std::collections::BTreeMap;

use probe_core::catalog::Endpoint;

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub enum Difference<'a> {
    /// Only the newer list has it.
    Added(Endpoint<'a>),
    /// Only the older list has it.
    Removed(Endpoint<'a>),
    /// Both have it, and these columns differ.
    Changed {
        /// As the older list has it.
        old: Endpoint<'a>,
        /// As the newer list has it.
        new: Endpoint<'a>,
        /// The names of the columns with both values.
        columns: Vec<(&'static str, String, String)>,
    },
}

/// What rows are told apart by.
type Key<'a> = (&'a str, u16, &'a str, &'a str, &'a str);

fn key<'a>(one: &Endpoint<'a>) -> Key<'a> {
    (one.host, one.port, one.scheme.as_str(), one.path, one.service.id())
}

/// Compares two lists, in the order of their hosts. Rows that stand several times are compared one by one, in their order.
pub fn diff<'a>(
    old: impl IntoIterator<Item = Endpoint<'a>>,
    new: impl IntoIterator<Item = Endpoint<'a>>,
) -> Vec<Difference<'a>> {
    type Both<'a> = (Vec<Endpoint<'a>>, Vec<Endpoint<'a>>);
    let mut rows: BTreeMap<Key<'a>, Both<'a>> = BTreeMap::new();
    for one in old {
        rows.entry(key(&one)).or_default().0.push(one);
    }
    for one in new {
        rows.entry(key(&one)).or_default().1.push(one);
    }
    let mut differences = Vec::new();
    for (mut old, mut new) in rows.into_values() {
        // What is the same on both sides is no difference, whatever stands before it.
        old.retain(|one| new.iter().position(|other| other == one).map(|at| new.remove(at)).is_none());
        let common = old.len().min(new.len());
        for (old, new) in old.iter().zip(&new).take(common) {
            let columns = columns(old, new);
            differences.push(Difference::Changed { old: *old, new: *new, columns });
        }
        differences.extend(old.into_iter().skip(common).map(Difference::Removed));
        differences.extend(new.into_iter().skip(common).map(Difference::Added));
    }
    differences
}

fn columns(old: &Endpoint<'_>, new: &Endpoint<'_>) -> Vec<(&'static str, String, String)> {
    let pairs = [
        ("regions", old.regions.to_string(), new.regions.to_string()),
        ("systems", old.systems.to_string(), new.systems.to_string()),
        ("required", old.required.to_string(), new.required.to_string()),
        ("packages", old.packages.to_string(), new.packages.to_string()),
        ("releases", old.releases.to_string(), new.releases.to_string()),
        ("inspection", old.inspection.to_string(), new.inspection.to_string()),
        ("pin", old.pin.id().into(), new.pin.id().into()),
        ("direct", old.direct.to_string(), new.direct.to_string()),
        ("basis", old.basis.to_string(), new.basis.to_string()),
        ("conflict", old.conflict.into(), new.conflict.into()),
        ("note", old.note.into(), new.note.into()),
        ("source", old.source.into(), new.source.into()),
        ("date", old.date.into(), new.date.into()),
    ];
    pairs.into_iter().filter(|(_, old, new)| old != new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use probe_core::catalog::ENDPOINTS;

    #[test]
    fn a_list_does_not_differ_from_itself() {
        assert_eq!(diff(ENDPOINTS.to_vec(), ENDPOINTS.to_vec()), []);
        let mut turned = ENDPOINTS.to_vec();
        turned.reverse();
        assert_eq!(diff(ENDPOINTS.to_vec(), turned), []);
    }

    #[test]
    fn added_removed_and_changed() {
        let mut new = ENDPOINTS.to_vec();
        let removed = new.remove(3);
        new[0].note = "another";
        let added = Endpoint { host: "zz.example.com", ..ENDPOINTS[5] };
        new.push(added);
        let found = diff(ENDPOINTS.to_vec(), new);
        assert_eq!(found.len(), 3);
        assert!(found.contains(&Difference::Added(added)) && found.contains(&Difference::Removed(removed)));
        let changed = found.iter().find_map(|one| match one {
            Difference::Changed { columns, .. } => Some(columns),
            _ => None,
        });
        let columns = changed.unwrap();
        assert_eq!(columns.len(), 1);
        assert_eq!((columns[0].0, columns[0].2.as_str()), ("note", "another"));
    }
}
