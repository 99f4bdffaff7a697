//! WinINet's settings, of one hive at a time.
//!
//! Each user has settings in a hive of their own; the policy `ProxySettingsPerUser` = 0 moves all of them to the machine's, which is not
//! read otherwise. `LocalSystem` is a user, too (S-1-5-18, which `.DEFAULT` is another name of): services ask for its settings where
//! they ask for Internet Explorer's.
//!
//! What WinINet goes by is the binary value `DefaultConnectionSettings`. `ProxyEnable`, `ProxyServer`, `ProxyOverride` and
//! `AutoConfigURL` are copies, which it writes for programs of old. Microsoft documents the copies and not the value, so what it alone
//! says is inferred; where it is not there, the copies count.

mod libproxy;

use alloc::vec::Vec;

pub(super) use self::libproxy::libproxy;
use super::windows::listed;
use super::{Basis, Case, Found, Kind, Place, Unseen, Way, When, not_known, pac};
use crate::select::bypass::Dialect;
use crate::select::plan::Path;
use crate::settings::{Key, Scope};

/// The names of the hive of `LocalSystem`.
const SYSTEM: [&str; 2] = ["S-1-5-18", ".DEFAULT"];

/// Whose settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner<'a> {
    Machine,
    User(&'a str),
    System,
}

impl Owner<'_> {
    fn has(self, scope: &Scope<'_>, is_policy: bool) -> bool {
        match (scope, is_policy) {
            (Scope::Machine, false) | (Scope::Policy, true) => self == Self::Machine,
            (Scope::User(user), false) | (Scope::UserPolicy(user), true) => match self {
                Self::Machine => false,
                Self::User(own) => own == user,
                Self::System => SYSTEM.contains(&&**user),
            },
            _ => false,
        }
    }
}

/// What a hive says.
#[derive(Debug, Clone, Copy)]
pub(in crate::select) struct Settings<'a> {
    /// WPAD is asked.
    pub(in crate::select) detect: Option<Place<'a>>,
    /// The PAC file that is used.
    pub(in crate::select) pac: Option<Place<'a>>,
    /// The proxies that are used.
    pub(in crate::select) server: Option<Place<'a>>,
    /// What is reached without them.
    pub(in crate::select) bypass: Option<Place<'a>>,
    basis: Basis,
    /// A copy that contradicts `DefaultConnectionSettings`.
    pub(in crate::select) contradicted: Option<Place<'a>>,
    /// A setting that decides which of these are used, or for what, and whose value was lost.
    unread: Option<Place<'a>>,
}

/// So many users are looked at; the others are counted.
const USERS: usize = 16;

/// The settings of the users' programs, of each user that is looked at, or of all where the machine's count. None where no hive of a
/// user was read.
pub(in crate::select) fn of_users(found: Found<'_>) -> Vec<Settings<'_>> {
    if is_per_machine(found) {
        return of_hive(found, Owner::Machine).into_iter().collect();
    }
    let users = found.users(is_setting).into_iter().take(USERS);
    users.filter_map(|user| of_hive(found, Owner::User(user))).collect()
}

/// The settings of services that run as `LocalSystem`; `None` where its hive was not read.
pub(in crate::select) fn of_system(found: Found<'_>) -> Option<Settings<'_>> {
    of_hive(found, if is_per_machine(found) { Owner::Machine } else { Owner::System })
}

/// The settings of a hive, where nothing is wrong with the policy that says whose counts.
fn of_hive<'a>(found: Found<'a>, owner: Owner<'a>) -> Option<Settings<'a>> {
    let policy = found.machine(Key::InetPerUser).filter(is_lost);
    of(found, owner).map(|settings| Settings { unread: policy.or(settings.unread), ..settings })
}

/// What stands in the machine's hive, whether it is read or not.
pub(in crate::select) fn of_machine(found: Found<'_>) -> Option<Settings<'_>> {
    of(found, Owner::Machine)
}

pub(in crate::select) fn is_per_machine(found: Found<'_>) -> bool {
    found.machine(Key::InetPerUser).is_some_and(|place| place.entry.value.trim() == "0")
}

const fn is_setting(key: Key) -> bool {
    matches!(
        key,
        Key::InetProxyEnable
            | Key::InetProxyServer
            | Key::InetProxyOverride
            | Key::InetAutoConfigUrl
            | Key::InetAutoDetect
            | Key::InetConnectionFlags
    )
}

/// The settings of a hive: WinINet's own value, else the copies, with each of its policies before what it is a policy for. No page
/// describes those policies one by one, so what they change is inferred.
fn of<'a>(found: Found<'a>, owner: Owner<'a>) -> Option<Settings<'a>> {
    let copies = copies(found, owner);
    let own = connection(found, owner, copies).or(copies);
    let policy = Values::of(found, owner, true);
    if !policy.is_any() {
        return own;
    }
    let own = own.unwrap_or(Settings::NONE);
    let is_enabled = policy.enable.map_or(own.server.is_some(), |place| is_true(&place));
    Some(Settings {
        detect: policy.detect.map_or(own.detect, |place| Some(place).filter(is_true)),
        pac: policy.pac.or(own.pac),
        server: policy.server.or(own.server).filter(|_| is_enabled),
        bypass: policy.bypass.or(own.bypass),
        basis: Basis::Inferred,
        contradicted: own.contradicted,
        unread: policy.unread().or(own.unread),
    })
}

/// The single values of a hive, as they are.
#[derive(Debug, Clone, Copy)]
struct Values<'a> {
    enable: Option<Place<'a>>,
    detect: Option<Place<'a>>,
    server: Option<Place<'a>>,
    bypass: Option<Place<'a>>,
    pac: Option<Place<'a>>,
}

impl<'a> Values<'a> {
    fn of(found: Found<'a>, owner: Owner<'a>, is_policy: bool) -> Self {
        let get = |key| found.set(key, |scope| owner.has(scope, is_policy));
        Self {
            enable: get(Key::InetProxyEnable),
            detect: get(Key::InetAutoDetect),
            server: get(Key::InetProxyServer),
            bypass: get(Key::InetProxyOverride),
            pac: get(Key::InetAutoConfigUrl),
        }
    }

    fn is_any(&self) -> bool {
        self.enable.or(self.detect).or(self.server).or(self.bypass).or(self.pac).is_some()
    }

    /// The first of those that name no way whose value was lost. A bypass list is one where it is for something.
    fn unread(&self) -> Option<Place<'a>> {
        let is_used = self.server.is_some() && self.enable.is_none_or(|place| is_true(&place));
        let bypass = self.bypass.filter(|_| is_used);
        [self.enable, bypass, self.detect].into_iter().flatten().find(is_lost)
    }
}

fn is_lost(place: &Place<'_>) -> bool {
    place.entry.lost.is_some()
}

fn is_true(place: &Place<'_>) -> bool {
    place.entry.value.trim() == "1"
}

/// What the copies say.
fn copies<'a>(found: Found<'a>, owner: Owner<'a>) -> Option<Settings<'a>> {
    let values = Some(Values::of(found, owner, false)).filter(Values::is_any)?;
    Some(Settings {
        detect: values.detect.filter(is_true),
        pac: values.pac,
        server: values.server.filter(|_| values.enable.is_some_and(|place| is_true(&place))),
        bypass: values.bypass,
        unread: values.unread(),
        ..Settings::NONE
    })
}

/// What `DefaultConnectionSettings` says.
fn connection<'a>(found: Found<'a>, owner: Owner<'a>, copies: Option<Settings<'a>>) -> Option<Settings<'a>> {
    let get = |key| found.set(key, |scope| owner.has(scope, false));
    let flags = get(Key::InetConnectionFlags)?;
    if flags.entry.lost.is_some() {
        return Some(Settings { server: Some(flags), basis: Basis::Inferred, ..Settings::NONE });
    }
    let number: u32 = flags.entry.value.trim().parse().ok()?;
    let part = |key, flag| get(key).filter(|_| number & flag != 0);
    let (server, pac) = (part(Key::InetConnectionProxy, 2), part(Key::InetConnectionPac, 4));
    let bypass = get(Key::InetConnectionBypass);
    let differs = |own: Option<Place<'a>>, copy: Option<Place<'a>>| {
        let text = |place: Option<Place<'a>>| place.map(|place| place.entry.value.trim());
        // Where one of them is not there at all, the other one says what it contradicts.
        (text(own) != text(copy)).then_some(copy.or(own)).flatten()
    };
    // One that could not be read says nothing.
    let copies = copies.filter(|copies| copies.unread.is_none());
    let contradicted = copies.and_then(|copies| {
        let bypass = server.and_then(|_| differs(bypass, copies.bypass));
        differs(server, copies.server).or_else(|| differs(pac, copies.pac)).or(bypass)
    });
    let agrees = copies.is_some() && contradicted.is_none();
    Some(Settings {
        detect: Some(flags).filter(|_| number & 8 != 0),
        pac,
        server,
        bypass,
        basis: if agrees { Basis::Documented } else { Basis::Inferred },
        contradicted,
        unread: None,
    })
}

impl<'a> Settings<'a> {
    const NONE: Self = Self {
        detect: None,
        pac: None,
        server: None,
        bypass: None,
        basis: Basis::Documented,
        contradicted: None,
        unread: None,
    };

    /// These without detection.
    fn without_detection(self) -> Self {
        let unread = self.unread.filter(|place| place.entry.key != Key::InetAutoDetect);
        Self { detect: None, unread, ..self }
    }

    /// The ways by these settings, in WinINet's order: detection, PAC file, proxies.
    pub(super) fn ways(&self, dialect: Dialect, ways: &mut Vec<Way<'a>>) {
        let before = ways.len();
        ways.extend(self.unread.and_then(not_known));
        if let Some(place) = self.detect {
            ways.push(Way::new(Path::Wpad, Kind::Wpad, Some(place), Basis::Documented));
        }
        if let Some(place) = self.pac {
            pac(place, Basis::Documented, ways);
        }
        if let Some(place) = self.server {
            listed(place, self.bypass, dialect, ways);
        }
        // No way is surer than what it was read from.
        ways.iter_mut().skip(before).for_each(|way| way.basis = way.basis.max(self.basis));
    }
}

/// The user's programs: detection, PAC file, proxies.
pub(super) fn all<'a>(found: Found<'a>, dialect: Dialect, ways: &mut Vec<Way<'a>>) {
    by_owner(found, ways, |owner, ways| match of_hive(found, owner) {
        Some(settings) => settings.ways(dialect, ways),
        None if owner == Owner::Machine => {}
        None => unread(found, ways),
    });
}

/// The same for a program that makes its own of detection.
pub(super) fn pac_and_proxies<'a>(found: Found<'a>, dialect: Dialect, ways: &mut Vec<Way<'a>>) {
    by_owner(found, ways, |owner, ways| match of_hive(found, owner) {
        Some(settings) => settings.without_detection().ways(dialect, ways),
        None if owner == Owner::Machine => {}
        None => unread(found, ways),
    });
}

/// The same for a program that reads the copies in the user's hive itself, and of them the proxies alone (Python's
/// `getproxies_registry`): no policy counts for it, and not what WinINet goes by.
pub(super) fn copied_proxies<'a>(found: Found<'a>, dialect: Dialect, ways: &mut Vec<Way<'a>>) {
    by_user(found, ways, |owner, ways| {
        if let Some(settings) = copies(found, owner) {
            Settings { pac: None, ..settings.without_detection() }.ways(dialect, ways);
        }
    });
}

/// Adds the ways of those whose settings count: the machine's for all users, or each user's.
fn by_owner<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>, of: impl Fn(Owner<'a>, &mut Vec<Way<'a>>)) {
    if is_per_machine(found) { of(Owner::Machine, ways) } else { by_user(found, ways, of) }
}

/// Adds the ways of each user: where there are several, as cases, since nothing says whose programs are meant.
fn by_user<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>, of: impl Fn(Owner<'a>, &mut Vec<Way<'a>>)) {
    let users = found.users(is_setting);
    match *users.as_slice() {
        [] => unread(found, ways),
        [user] => of(Owner::User(user), ways),
        _ => {
            for user in users.iter().copied().take(USERS) {
                let before = ways.len();
                of(Owner::User(user), ways);
                // A case without any way is a case all the same.
                if ways.len() == before {
                    ways.push(Way::direct(When::First));
                }
                ways.iter_mut().skip(before).for_each(|way| way.case = Case::User(user));
            }
            if let Some(more @ 1..) = users.len().checked_sub(USERS) {
                let way = Way::new(Path::Default, Kind::Unseen(Unseen::MoreUsers), None, Basis::Documented);
                ways.push(Way { case: Case::MoreUsers(more), ..way });
            }
        }
    }
}

/// No hive of a user was read.
fn unread<'a>(found: Found<'a>, ways: &mut Vec<Way<'a>>) {
    if found.is_windows() {
        ways.push(Way::new(Path::Default, Kind::Unseen(Unseen::UserHive), None, Basis::Documented));
    }
}
