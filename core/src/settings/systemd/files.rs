//! Which files of a unit systemd reads, and in which order (systemd.unit(5), "Unit File Load Path" and the drop-ins above it).
//!
//! Of unit files of one name that of the most important folder counts. Drop-ins (`NAME.service.d/*.conf`) add to it, those of
//! all folders in the order of their own names; of two with one name that of the most important folder counts. Besides those
//! of the unit itself there are those of the first words of its name (`foo-.service.d` for `foo-bar.service`) and of all services
//! (`service.d`): a more special one counts before a more general one of the same name, whatever folder it is in. What is empty
//! (or a link to `/dev/null`) hides the others of its name; where it is the unit, that is masked.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;

/// Where units are, from the most to the least important folder.
pub const FOLDERS: [&str; 13] = [
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/run/systemd/generator.early",
    "/etc/systemd/system",
    "/etc/systemd/system.attached",
    "/run/systemd/system",
    "/run/systemd/system.attached",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
    "/run/systemd/generator.late",
];

/// Whether a file's path says that it is a unit of a service or a drop-in of one.
pub fn is_part_of_a_unit(path: &str) -> bool {
    Path::of(path).unit.is_some()
}

/// The service that the file at this path is for; mdatp, where it does not tell.
pub fn service_of(path: &str) -> &str {
    let is_one = |unit: &&str| !unit.is_empty() && !unit.ends_with('-');
    Path::of(path).unit.filter(is_one).unwrap_or(super::SERVICE)
}

/// What the path of a file says about its part in a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Path<'a> {
    /// The unit's name without `.service`, where it is told. Of a drop-in it may be the begin of a name, up to a `-`, and empty
    /// where it is for all services.
    unit: Option<&'a str>,
    /// The name of a drop-in, where it stands in a folder of drop-ins.
    drop_in: Option<&'a str>,
    /// Whether it is a drop-in, wherever it stands.
    is_drop_in: bool,
    /// The place of its folder among [`FOLDERS`]; behind all of these where it is not told.
    folder: usize,
}

impl<'a> Path<'a> {
    fn of(path: &'a str) -> Self {
        let (above, name) = split(path);
        let (base, folder) = split(above);
        let is_conf = name.strip_suffix(".conf").is_some();
        let drop_ins = folder.strip_suffix("service.d").filter(|_| is_conf);
        let (unit, drop_in, base) = match drop_ins {
            Some("") => (Some(""), Some(name), base),
            Some(unit) if unit.ends_with('.') => (unit.strip_suffix('.'), Some(name), base),
            _ => (name.strip_suffix(".service").filter(|unit| !unit.is_empty()), None, above),
        };
        let is_drop_in = drop_in.is_some() || is_conf;
        Self { unit, drop_in, is_drop_in, folder: rank(base) }
    }

    /// How special a drop-in is for this service; `None` where it is not for it. Names that are not told are for `other`.
    fn serves(&self, service: &str, other: &str) -> Option<usize> {
        let unit = self.unit.unwrap_or(other);
        let is_begin =
            self.is_drop_in && (unit.is_empty() || unit.ends_with('-')) && service.starts_with(unit);
        (unit == service || is_begin).then_some(unit.len())
    }
}

/// A path's folder and the last part; either separator is taken, since files of Linux are looked at on Windows.
fn split(path: &str) -> (&str, &str) {
    path.rfind(['/', '\\']).map_or(("", path), |at| {
        (path.get(..at).unwrap_or_default(), path.get(at.saturating_add(1)..).unwrap_or_default())
    })
}

/// The place of a folder among [`FOLDERS`]: an export keeps it below a folder of its own.
fn rank(folder: &str) -> usize {
    let rooted: String = ["/", folder.trim_start_matches(['/', '\\'])].concat().replace('\\', "/");
    FOLDERS.iter().position(|known| rooted.ends_with(known)).unwrap_or(FOLDERS.len())
}

/// What counts of the files of one service.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Order {
    /// The files that are read, in the order in which they apply.
    pub(super) read: Vec<usize>,
    /// Files that are not, each with the one that stands in its place.
    pub(super) hidden: Vec<(usize, usize)>,
    /// The file that masks the unit.
    pub(super) mask: Option<usize>,
}

/// The services that these paths name; `other` where none is named.
pub(super) fn services<'a>(paths: impl Iterator<Item = &'a str>, other: &'a str) -> Vec<&'a str> {
    let mut services: Vec<&str> = paths
        .map(|path| (Path::of(path), path))
        .map(|(parsed, _)| parsed.unit.unwrap_or(other))
        .filter(|unit| !unit.is_empty() && !unit.ends_with('-'))
        .collect();
    services.sort_unstable();
    services.dedup();
    if services.is_empty() {
        services.push(other);
    }
    services
}

/// Finds out which of these files systemd reads for a service. Each has its path and whether it is empty; what does not
/// tell its service is for `other`. Where no path tells a folder, files apply in the order in which they are given.
pub(super) fn order(files: &[(&str, bool)], service: &str, other: &str) -> Order {
    let paths: Vec<(usize, Path<'_>, usize)> = files
        .iter()
        .enumerate()
        .filter_map(|(index, (path, _))| {
            let path = Path::of(path);
            Some((index, path, path.serves(service, other)?))
        })
        .collect();
    let is_empty = |index: &usize| files.get(*index).is_some_and(|(_, is_empty)| *is_empty);
    let mut order = Order::default();
    let units: Vec<_> = paths.iter().filter(|(_, path, _)| !path.is_drop_in).collect();
    let first = units.iter().min_by_key(|(_, path, _)| path.folder);
    for (index, path, _) in &units {
        match first {
            Some((by, first, _)) if path.folder != first.folder => order.hidden.push((*index, *by)),
            _ => order.read.push(*index),
        }
    }
    order.mask = order.read.iter().copied().find(is_empty);
    // By name; of those with one name, the one that counts first.
    let mut drop_ins: Vec<_> = paths.iter().filter(|(_, path, _)| path.is_drop_in).collect();
    drop_ins.sort_by_key(|(_, path, special)| {
        (path.drop_in.is_none(), path.drop_in, Reverse(*special), path.folder)
    });
    let mut last: Option<&(usize, Path<'_>, usize)> = None;
    for drop_in in drop_ins {
        let (index, path, special) = drop_in;
        match last {
            Some((by, first, first_special))
                if path.drop_in.is_some()
                    && path.drop_in == first.drop_in
                    && (path.folder, special) != (first.folder, first_special) =>
            {
                order.hidden.push((*index, *by));
            }
            _ => {
                order.read.push(*index);
                last = Some(drop_in);
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read, what is hidden, and whether the unit is masked; files whose path begins with `!` are empty.
    fn of(service: &str, paths: &[&'static str]) -> (Vec<&'static str>, Vec<&'static str>, bool) {
        let files: Vec<_> =
            paths.iter().map(|path| (path.trim_start_matches('!'), path.starts_with('!'))).collect();
        let order = order(&files, service, "mdatp");
        let named = |index: usize| files[index].0;
        let hidden = order.hidden.iter().map(|(index, _)| named(*index)).collect();
        (order.read.into_iter().map(named).collect(), hidden, order.mask.is_some())
    }

    #[test]
    fn the_unit_of_the_most_important_folder() {
        let (etc, run, local) = (
            "/etc/systemd/system/mdatp.service",
            "/run/systemd/system/mdatp.service",
            "/usr/local/lib/systemd/system/mdatp.service",
        );
        let (usr, lib) = ("/usr/lib/systemd/system/mdatp.service", "/lib/systemd/system/mdatp.service");
        let mut paths = Vec::from([lib, usr, local, run, etc]);
        while let Some(first) = paths.pop() {
            let rest = paths.clone();
            paths.push(first);
            assert_eq!(of("mdatp", &paths), ([first].into(), rest, false));
            paths.pop();
        }
        let other = "/etc/systemd/system/other.service";
        assert_eq!(of("mdatp", &[other, lib]).0, [lib]);
        assert_eq!(
            of("mdatp", &["!/etc/systemd/system/mdatp.service", lib]),
            ([etc].into(), [lib].into(), true)
        );
        // An export keeps the path below a folder of its own, or loses it.
        let (kept, dropped) =
            ("server1/etc/systemd/system/mdatp.service", r"usr\lib\systemd\system\mdatp.service");
        assert_eq!(of("mdatp", &[dropped, kept]), ([kept].into(), [dropped].into(), false));
        assert_eq!(of("mdatp", &["myetc/systemd/system/mdatp.service", usr]).0, [usr]);
        assert_eq!(of("mdatp", &["unit.txt", "mdatp.service"]).0, ["unit.txt", "mdatp.service"]);
    }

    /// Seen with `systemd-analyze verify` of systemd 252.
    #[test]
    fn drop_ins_by_name_over_all_folders() {
        let (read, hidden, _) = of(
            "foo-bar",
            &[
                "/usr/lib/systemd/system/foo-bar.service.d/30.conf",
                "/etc/systemd/system/foo-bar.service.d/20.conf",
                "/etc/systemd/system/foo-bar.service.d/30.conf",
                "/usr/lib/systemd/system/foo-bar.service.d/10.conf",
                "/etc/systemd/system/service.d/10.conf",
                "/etc/systemd/system/service.d/15.conf",
                "/etc/systemd/system/foo-.service.d/10.conf",
                "/usr/lib/systemd/system/foo-.service.d/05.conf",
                "!/etc/systemd/system/foo-bar.service.d/50.conf",
                "/usr/lib/systemd/system/foo-bar.service.d/50.conf",
                "/usr/lib/systemd/system/foo-bar.service",
                "/etc/systemd/system/foo.service.d/99.conf",
            ],
        );
        assert_eq!(
            read,
            [
                "/usr/lib/systemd/system/foo-bar.service",
                "/usr/lib/systemd/system/foo-.service.d/05.conf",
                "/usr/lib/systemd/system/foo-bar.service.d/10.conf",
                "/etc/systemd/system/service.d/15.conf",
                "/etc/systemd/system/foo-bar.service.d/20.conf",
                "/etc/systemd/system/foo-bar.service.d/30.conf",
                "/etc/systemd/system/foo-bar.service.d/50.conf",
            ]
        );
        assert_eq!(
            hidden,
            [
                "/etc/systemd/system/foo-.service.d/10.conf",
                "/etc/systemd/system/service.d/10.conf",
                "/usr/lib/systemd/system/foo-bar.service.d/30.conf",
                "/usr/lib/systemd/system/foo-bar.service.d/50.conf",
            ]
        );
    }

    #[test]
    fn without_folders_in_the_order_given() {
        let paths = ["b.conf", "mdatp.service", "a.conf", "etc/systemd/system/mdatp.service.d/z.conf"];
        assert_eq!(of("mdatp", &paths).0, ["mdatp.service", paths[3], "b.conf", "a.conf"]);
        assert_eq!(of("mdatp", &["agent.service", "service.d/a.conf"]).0, ["service.d/a.conf"]);
    }

    #[test]
    fn which_files_are_parts_of_units() {
        for path in ["a.service", "/etc/systemd/system/service.d/a.conf", r"x\mdatp.service.d\a.conf"] {
            assert!(is_part_of_a_unit(path), "{path}");
        }
        for path in ["", "proxy.conf", "a.service.d/readme", "a.servicex", ".service", "xservice.d/a.conf"] {
            assert!(!is_part_of_a_unit(path), "{path}");
        }
    }

    #[test]
    fn the_services_that_are_named() {
        let of = |paths: &[&'static str]| services(paths.iter().copied(), "mdatp");
        assert_eq!(
            of(&["b.service", "a.service.d/x.conf", "service.d/x.conf", "a-.service.d/x.conf"]),
            ["a", "b"]
        );
        assert_eq!(of(&["a.service", "proxy.conf"]), ["a", "mdatp"]);
        assert_eq!(of(&["service.d/x.conf"]), ["mdatp"]);
    }
}
