//! Everything that is wrong with one proxy: where [`Proxy::parse`] stops at the first mistake, the other parts are read as well.

use alloc::vec::Vec;

use crate::authority::Authority;
use crate::mistake::{Mistake, MistakeKind};
use crate::select::proxy::{Proxy, ProxyPorts};

/// Adds the mistakes in a proxy that stands at this byte of a value.
pub(super) fn mistakes(text: &str, start: usize, found: &mut Vec<Mistake>) {
    let (mut from, mut to) = (0, text.len());
    // Each time around, the part that is wrong is left out.
    while let Some(part) = text.get(from..to)
        && let Err(mistake) = Proxy::parse(part, ProxyPorts::Web)
    {
        let mistake = mistake.shifted(from);
        let Mistake { kind, at } = mistake.clone();
        found.push(mistake.shifted(start));
        let login = part.rfind('@').map(|end| from.saturating_add(end));
        if kind == MistakeKind::ProxyPath && at.start < to {
            to = at.start;
        } else if let Some(login) = login.filter(|login| at.end <= *login) {
            from = login.saturating_add(1);
        } else {
            if is_of_name(kind) {
                found.extend(port(part).map(|mistake| mistake.shifted(from).shifted(start)));
            }
            return;
        }
    }
}

/// Whether such a mistake is one in a name, behind which a port may follow.
const fn is_of_name(kind: MistakeKind) -> bool {
    matches!(
        kind,
        MistakeKind::HostMissing
            | MistakeKind::HostCharacter
            | MistakeKind::HostNotAscii
            | MistakeKind::HostNotText
            | MistakeKind::HostLength
            | MistakeKind::HostNumber
    )
}

/// What is wrong with the port of a proxy without path, whatever its host is.
fn port(text: &str) -> Option<Mistake> {
    let scheme = text.find("://").map_or(0, |at| at.saturating_add(3));
    let start = text.rfind('@').map_or(scheme, |at| at.saturating_add(1));
    let authority = text.get(start..)?.trim_end_matches('/');
    let from = authority.rfind(':')?.saturating_add(1);
    // Behind some host, it is right or wrong by itself.
    let is_wrong = Authority::parse(&["h:", authority.get(from..)?].concat()).is_err();
    is_wrong.then(|| Mistake::new(MistakeKind::Port, from..authority.len()).shifted(start))
}
