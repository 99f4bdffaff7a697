//! Linux: files, units, the desktop's settings, and the proxy variables of services as they run.

use std::collections::HashSet;
use std::env;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use probe_core::select::Variable;
use probe_core::settings::{apt, systemd};

use super::{Format, NotRead, Scope, Text, Texts, Unread, asked};
use crate::input::read_bounded;

/// A service whose environment counts.
struct Service {
    name: &'static str,
    /// The names of its programs.
    programs: &'static [&'static str],
}

/// The services that are looked for among the processes.
const SERVICES: [Service; 3] = [
    Service { name: "mdatp", programs: &["wdavdaemon", "mdatp"] },
    // The Azure Arc agent: the metadata service, the agent of guest configuration and of extensions, the command.
    Service { name: "azcmagent", programs: &["himds", "gc_linux_service", "azcmagent"] },
    Service { name: "omsagent", programs: &["omsagent"] },
];

/// The length to which the kernel cuts a process's name (`TASK_COMM_LEN` less the NUL, proc(5)).
const NAME: usize = 15;

/// The largest environment that is read, in bytes. By itself the kernel allows some MiB.
const ENVIRONMENT: u64 = 16 * 1024 * 1024;

pub(super) fn read(texts: &mut Texts) {
    texts.add_file(Path::new("/etc/environment"), Format::Environment, Scope::Machine);
    units(texts);
    running(Path::new("/proc"), texts);
    let managed = Path::new("/etc/opt/microsoft/mdatp/managed/mdatp_managed.json");
    texts.add_file(managed, Format::MdatpManaged, Scope::Machine);
    let arc = Path::new("/opt/azcmagent/bin/azcmagent");
    texts.add_answer(arc, &["config", "list"], Format::Azcmagent, Scope::Machine);
    texts.add_folder(Path::new("/etc/apt/apt.conf.d"), "", Format::Apt, &Scope::Machine);
    texts.add_file(Path::new("/etc/apt/apt.conf"), Format::Apt, Scope::Machine);
    let included = included(texts);
    texts.add_file(Path::new("/etc/xdg/kioslaverc"), Format::Kde, Scope::Machine);
    if let Some(home) = env::var_os("HOME") {
        let user = Scope::User("this session".into());
        texts.add_file(&Path::new(&home).join(".config/kioslaverc"), Format::Kde, user);
    }
    if SESSION.iter().any(|name| env::var_os(name).is_some_and(|value| !value.is_empty())) {
        gnome(Path::new("/usr/bin/gsettings"), texts);
    }
    // What is there, and could not be read, is said already; what may be missing is not missed.
    texts.say_unread(
        |unread| match unread {
            Unread::Missing { path, is_optional, .. } => {
                Path::new(&**path).exists() || *is_optional && !path.contains(['*', '?', '['])
            }
            _ => false,
        },
        |unread| match unread {
            apt::Unread::Missing { path, .. } => included.contains(&**path) && Path::new(&**path).exists(),
            _ => false,
        },
    );
}

/// So many files and folders are read that apt's configuration includes. Real ones include one or two.
const INCLUDED: usize = 100;

/// Adds what apt's configuration includes, and what that includes, and tells what was looked for. Paths that are not absolute are not:
/// apt looks for them from where it is run.
fn included(texts: &mut Texts) -> HashSet<String> {
    let mut looked: HashSet<String> = HashSet::new();
    loop {
        let unread = texts.apt().unread.into_iter();
        let missing: Vec<String> = unread
            .filter_map(|unread| match unread {
                apt::Unread::Missing { path, .. } => Some(path.into_owned()),
                _ => None,
            })
            .filter(|path| path.starts_with('/') && path.len() > 1 && !looked.contains(path))
            .take(INCLUDED.saturating_sub(looked.len()))
            .collect();
        if missing.is_empty() {
            let is_missing = |path: &&String| {
                fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
            };
            texts.missing = looked.iter().filter(is_missing).cloned().collect();
            return looked;
        }
        for path in missing {
            if path.ends_with('/') {
                texts.add_folder(Path::new(&path), "", Format::Apt, &Scope::Machine);
            } else {
                texts.add_file(Path::new(&path), Format::Apt, Scope::Machine);
            }
            looked.insert(path);
        }
    }
}

/// mdatp's unit, its drop-ins and those of all services, from every folder; then the files that these name.
fn units(texts: &mut Texts) {
    let scope = Scope::Service("mdatp".into());
    // `/lib` is `/usr/lib` nearly everywhere.
    let is_link = Path::new("/lib").is_symlink();
    for folder in systemd::FOLDERS.iter().filter(|folder| !(is_link && folder.starts_with("/lib/"))) {
        let folder = Path::new(folder);
        texts.add_file(&folder.join("mdatp.service"), Format::SystemdUnit, scope.clone());
        for drop_ins in ["mdatp.service.d", "service.d"] {
            texts.add_folder(&folder.join(drop_ins), ".conf", Format::SystemdUnit, &scope);
        }
    }
    let unread = texts.units().unread.into_iter();
    let named: Vec<PathBuf> = unread
        .filter_map(|unread| match unread {
            Unread::Missing { path, .. } => Some(PathBuf::from(&*path)),
            _ => None,
        })
        .collect();
    for file in named {
        texts.add_file(&file, Format::Environment, scope.clone());
    }
}

/// One of these is set where there is a session that can have settings of a desktop.
const SESSION: [&str; 2] = ["XDG_CURRENT_DESKTOP", "DBUS_SESSION_BUS_ADDRESS"];

/// GNOME's settings of this session.
fn gnome(gsettings: &Path, texts: &mut Texts) {
    let arguments = ["list-recursively", "org.gnome.system.proxy"];
    match asked::asked(gsettings, &arguments) {
        Ok(Some(bytes)) => {
            let user = Scope::User("this session".into());
            texts.add_bytes(asked::name(gsettings, &arguments), &bytes, Format::Gnome, user);
        }
        Ok(None) => {}
        // The program belongs to GLib, which servers have, too: without the schema there is no such desktop.
        Err(error) if error.to_string().contains("No such schema") => {}
        Err(error) => {
            let what = format!("{}: {error}", asked::name(gsettings, &arguments));
            texts.unread.push(NotRead::of(what, Format::Gnome, &Scope::Machine));
        }
    }
}

/// The proxy variables of services as they run: what they were started with counts, whatever their units say by now. Nothing
/// else of any process is kept.
fn running(proc: &Path, texts: &mut Texts) {
    let Ok(entries) = fs::read_dir(proc) else { return };
    let processes = entries.filter_map(|entry| {
        let folder = entry.ok()?.path();
        let number: u32 = folder.file_name()?.to_str()?.parse().ok()?;
        let name = fs::read_to_string(folder.join("comm")).ok()?;
        let service = SERVICES.iter().position(|service| service.is_of(name.trim_end()))?;
        Some((service, number, folder))
    });
    let mut processes: Vec<(usize, u32, PathBuf)> = processes.collect();
    processes.sort();
    for of_one in processes.chunk_by(|(a, ..), (b, ..)| a == b) {
        let Some(service) = of_one.first().and_then(|(service, ..)| SERVICES.get(*service)) else { continue };
        // A service has several processes, which inherit from the first; which of them may be read is another matter.
        let mut refusal = None;
        for (_, _, folder) in of_one {
            match proxy_variables(&folder.join("environ")) {
                Ok(Some(text)) => {
                    texts.texts.push(Text {
                        name: folder.join("environ").display().to_string(),
                        text,
                        format: Format::Process,
                        scope: Scope::Service(service.name.into()),
                    });
                    refusal = None;
                    break;
                }
                Ok(None) => {}
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        if let Some(error) = refusal {
            let what = format!("the environment of {} as it runs: {error}", service.name);
            texts.unread.push(NotRead::of(what, Format::Process, &Scope::Service(service.name.into())));
        }
    }
}

impl Service {
    /// Whether a process of this name, which may be cut, is one of it.
    fn is_of(&self, name: &str) -> bool {
        self.programs.iter().any(|program| program.get(..NAME).unwrap_or(program) == name)
    }
}

/// The proxy variables alone, each with the NUL behind it. `None` where the process has ended.
fn proxy_variables(environ: &Path) -> io::Result<Option<String>> {
    let bytes = match fs::File::open(environ).and_then(|file| read_bounded(file, ENVIRONMENT)) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Err(io::Error::other("it is larger than any environment")),
        Err(error) if error.kind() == ErrorKind::NotFound || error.raw_os_error() == Some(ESRCH) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let is_proxy = |part: &&[u8]| {
        let name = part.split(|byte| *byte == b'=').next().unwrap_or_default();
        Variable::ALL.iter().any(|variable| variable.as_str().as_bytes() == name)
    };
    let kept = bytes.split(|byte| *byte == 0).filter(is_proxy);
    let kept: Vec<String> = kept.map(|part| format!("{}\0", String::from_utf8_lossy(part))).collect();
    Ok(Some(kept.concat()))
}

/// No such process: what reading gives where a process ends in between.
const ESRCH: i32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn process(proc: &Path, number: &str, name: &str, environ: Option<&str>) {
        let folder = proc.join(number);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("comm"), format!("{name}\n")).unwrap();
        match environ {
            Some(environ) => fs::write(folder.join("environ"), environ).unwrap(),
            // What cannot be read, even by root.
            None => fs::create_dir(folder.join("environ")).unwrap(),
        }
    }

    #[test]
    fn the_proxy_variables_of_named_services_alone() {
        let proc = tempfile::tempdir().unwrap();
        let secret = "TOKEN=hunter2\0HTTPS_PROXY=http://p.example:1\0PATH=/bin\0no_proxy=a\0XHTTPS_PROXY=x\0";
        process(proc.path(), "1", "init", Some("https_proxy=http://no.example:1\0"));
        process(proc.path(), "20", "wdavdaemon", Some("https_proxy=http://second.example:1\0"));
        process(proc.path(), "3", "wdavdaemon", Some(secret));
        process(proc.path(), "4", "gc_linux_servic", Some("https_proxy=http://arc.example:1\0"));
        process(proc.path(), "self", "mdatp", Some("https_proxy=http://no.example:1\0"));
        let mut texts = Texts::default();
        running(proc.path(), &mut texts);
        let found: Vec<_> = texts.texts.iter().map(|text| (text.scope.to_string(), &*text.text)).collect();
        assert_eq!(
            found,
            [
                ("service mdatp".to_owned(), "HTTPS_PROXY=http://p.example:1\0no_proxy=a\0"),
                ("service azcmagent".to_owned(), "https_proxy=http://arc.example:1\0"),
            ]
        );
        assert_eq!(texts.unread, []);
        assert_eq!(texts.documents().iter().map(|document| document.reading.entries.len()).sum::<usize>(), 3);
    }

    /// As `apt-config dump -c` of apt 2.6.1 shows them.
    #[test]
    fn what_apt_includes_is_read_where_it_is_included() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
        fs::create_dir(folder.path().join("parts")).unwrap();
        let proxy = |host: &str| format!("Acquire::http::Proxy \"http://{host}:1\";\n");
        let include = |name: &str| format!("#include \"{}\";\n", at(name));
        write("apt.conf", proxy("first") + &include("one") + &include("parts/") + &include("none"));
        write("one", "APT::X \"1\";\n".to_owned() + &include("two") + &include("apt.conf"));
        write("two", "#clear Acquire::http;\n#include two;\n".to_owned() + &proxy("two"));
        write("parts/20b.conf", "Acquire::https::Proxy \"DIRECT\";\n".into());
        write("parts/30c.bak", proxy("bak"));
        let mut texts = Texts::default();
        texts.add_file(&folder.path().join("apt.conf"), Format::Apt, Scope::Machine);
        let looked = included(&mut texts);
        assert_eq!(looked, ["one", "two", "parts/", "none"].map(at).into());
        let documents = texts.documents();
        let found: Vec<_> = documents
            .iter()
            .flat_map(|document| document.reading.entries.iter().map(|entry| (document.name, &*entry.value)))
            .collect();
        let (one, main) = (at("one"), at("apt.conf"));
        // What has no value keeps apt from starting: a file that is missing, and a circle.
        let want =
            [(&*main, ""), (&one, ""), (&at("two"), "http://two:1"), (&at("parts/20b.conf"), "DIRECT")];
        assert_eq!(found, want);
        texts.say_unread(|_| false, |_| false);
        let (name, first) = (at("apt.conf"), at("two"));
        let not = "includes it (#include), and apt does not start without it";
        let want = [
            format!("{}: apt reads no file of this name", at("parts/30c.bak")),
            format!("two: {first}:2 {not}; it looks for it from the folder in which it is run"),
            format!(
                "{name}: {}:3 includes it in a circle or more than 11 files deep, and apt does not start",
                at("one")
            ),
            format!("{}: {name}:4 {not}", at("none")),
        ];
        let unread: Vec<_> = texts.unread.iter().map(ToString::to_string).collect();
        assert_eq!(unread, want);
    }

    #[test]
    fn what_may_not_be_read_is_said_once_for_each_service() {
        let proc = tempfile::tempdir().unwrap();
        for (number, name) in [("1", "mdatp"), ("2", "wdavdaemon"), ("3", "omsagent"), ("4", "himds")] {
            process(proc.path(), number, name, None);
        }
        process(proc.path(), "5", "himds", Some("https_proxy=http://arc.example:1\0"));
        let mut texts = Texts::default();
        running(proc.path(), &mut texts);
        assert_eq!(texts.texts.len(), 1, "one of its processes can be read");
        let [first, second] = texts.unread.as_slice() else { panic!("{:?}", texts.unread) };
        assert!(first.what.starts_with("the environment of mdatp as it runs: "), "{first}");
        assert!(second.what.starts_with("the environment of omsagent as it runs: "), "{second}");
        assert_eq!(first.of, Some((Format::Process, Some("mdatp".into()))));
    }

    #[test]
    fn a_process_that_has_ended_is_no_mistake() {
        let proc = tempfile::tempdir().unwrap();
        process(proc.path(), "7", "mdatp", Some(""));
        fs::remove_file(proc.path().join("7/environ")).unwrap();
        let mut texts = Texts::default();
        running(proc.path(), &mut texts);
        running(&proc.path().join("none"), &mut texts);
        assert!(texts.texts.is_empty() && texts.unread.is_empty(), "{texts:?}");
    }

    #[test]
    fn a_name_is_cut_where_the_kernel_cuts_it() {
        let own = fs::read_to_string("/proc/thread-self/comm").unwrap();
        assert!(own.trim_end().len() <= NAME, "{own}");
        let arc = &SERVICES[1];
        assert!(arc.is_of("himds") && arc.is_of("gc_linux_servic"));
        assert!(!arc.is_of("gc_linux_servi") && !arc.is_of("himdsd"));
    }

    #[test]
    fn the_settings_of_gnome() {
        let mut texts = Texts::default();
        gnome(Path::new("/no/such/gsettings"), &mut texts);
        assert!(texts.texts.is_empty() && texts.unread.is_empty(), "{texts:?}");
        // Programs that do not know these arguments: one that succeeds, and one that fails.
        gnome(Path::new("/bin/echo"), &mut texts);
        gnome(Path::new("/bin/false"), &mut texts);
        assert_eq!(texts.texts[0].text, "list-recursively org.gnome.system.proxy\n");
        assert_eq!(texts.texts[0].format, Format::Gnome);
        let [unread] = &*texts.unread else { panic!("{:?}", texts.unread) };
        assert_eq!(unread.what, "false list-recursively org.gnome.system.proxy: exit status: 1");
    }
}
