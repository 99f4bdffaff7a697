//! The order in which Defender Antivirus asks the sources of its updates (`FallbackOrder`): names with `|` between them, with or without
//! braces around each.

use alloc::vec::Vec;

use crate::mistake::{Mistake, MistakeKind};
use crate::settings::place;

/// A source of updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Windows Update.
    WindowsUpdate,
    /// The site's own server.
    Internal,
    /// Microsoft's download of the antivirus's own.
    Mmpc,
    /// Shares of files.
    FileShares,
}

impl Source {
    /// The source of this name; letter case does not matter.
    fn named(name: &str) -> Option<Self> {
        let all = [
            ("MicrosoftUpdateServer", Self::WindowsUpdate),
            ("InternalDefinitionUpdateServer", Self::Internal),
            ("MMPC", Self::Mmpc),
            ("FileShares", Self::FileShares),
        ];
        all.into_iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, source)| source)
    }
}

/// The sources that an order names, each with its name as it is written and once; and a mistake at the first item that is
/// none of them or stands there before.
pub(crate) fn of(order: &str) -> (Vec<(Source, &str)>, Option<Mistake>) {
    let (mut found, mut mistake) = (Vec::new(), None);
    let names = order.split('|').map(|name| name.trim_matches(|one| matches!(one, ' ' | '\t' | '{' | '}')));
    for name in names.filter(|name| !name.is_empty()) {
        match Source::named(name) {
            Some(source) if found.iter().all(|(before, _)| *before != source) => found.push((source, name)),
            _ if mistake.is_none() => {
                mistake = Some(Mistake::new(MistakeKind::UpdateSource, place(order, name)));
            }
            _ => {}
        }
    }
    (found, mistake)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_once() {
        let order = "{MMPC}|mmpc | Foo|| FileShares";
        let (sources, mistake) = of(order);
        assert_eq!(sources, [(Source::Mmpc, "MMPC"), (Source::FileShares, "FileShares")]);
        let mistake = mistake.unwrap();
        assert_eq!((mistake.kind, &order[mistake.at]), (MistakeKind::UpdateSource, "mmpc"));
        assert_eq!(of("InternalDefinitionUpdateServer | MicrosoftUpdateServer").1, None);
        assert_eq!(of(" | "), (Vec::new(), None));
    }
}
