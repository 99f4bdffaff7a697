//! Reads settings: this machine's, where they are, or files that were exported from another one. What they mean is
//! [`probe_core`]'s to say.
//!
//! Nothing is sent and nothing is run but what prints settings. What may not be read is said, not hidden.

use std::env;
use std::path::{Path, PathBuf};

use probe_core::select::Variable;
use probe_core::select::client::Document;
use probe_core::settings::{self, Format, Scope};

use crate::input;
use crate::mistakes::{Mistakes, without_user_info};

/// The largest file of settings. A registry export of a whole hive has a few hundred megabytes; nobody needs that here.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A text of settings, and where it comes from.
#[derive(Debug)]
pub struct Text {
    /// For people: the file, or what was asked.
    pub name: String,
    /// The text.
    pub text: String,
    /// What kind of text it is.
    pub format: Format,
    /// For whom the settings in it are, where it does not say itself.
    pub scope: Scope<'static>,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Texts {
    /// In the order in which later ones override earlier ones.
    pub texts: Vec<Text>,
    /// What could not be read, and why.
    pub unread: Vec<String>,
}

impl Text {
    fn document(&self) -> Document<'_> {
        let Self { name, text, format, scope } = self;
        Document::new(name, text, format.read(text, scope))
    }
}

impl Texts {
    /// The settings in them.
    pub fn documents(&self) -> Vec<Document<'_>> {
        self.texts.iter().map(Text::document).collect()
    }
}

/// Reads exported files. A file of no known kind is a mistake.
pub fn exported(files: &[PathBuf], mistakes: &mut Mistakes) -> Texts {
    let mut texts = Texts::default();
    for file in files {
        let Some(bytes) = input::read_bytes(file, LARGEST, mistakes) else { continue };
        let name = without_user_info(&input::name_of(file));
        let (text, _) = settings::text::decode(&bytes);
        match settings::recognise(&name, &text) {
            Some(format) => {
                texts.texts.push(Text { name, text: text.into_owned(), format, scope: Scope::Machine });
            }
            None => mistakes.add_plain(
                &name,
                &"this is no kind of settings that is known here",
                Some("give a registry export, the output of netsh winhttp show proxy, scutil --proxy or Get-MpPreference, a file of the environment, a unit, mdatp_managed.json, apt.conf or the like"),
            ),
        }
    }
    texts
}

/// Reads what this machine has.
pub fn live(variables: &[(Variable, String)]) -> Texts {
    let mut texts = Texts::default();
    system::read(&mut texts);
    // The session's own come last: they count before those of files.
    let own: Vec<String> =
        variables.iter().map(|(name, value)| format!("{}={value}\0", name.as_str())).collect();
    if !own.is_empty() {
        texts.texts.push(Text {
            name: "environment of this session".into(),
            text: own.concat(),
            format: Format::Process,
            scope: Scope::User(
                env::var("USER")
                    .or_else(|_| env::var("USERNAME"))
                    .unwrap_or_else(|_| "this session".into())
                    .into(),
            ),
        });
    }
    texts
}

impl Texts {
    /// Adds a file of this kind, where it is there.
    fn add_file(&mut self, path: &Path, format: Format, scope: Scope<'static>) {
        match std::fs::File::open(path).and_then(|file| input::read_bounded(file, LARGEST)) {
            Ok(Some(bytes)) => {
                let text = settings::text::decode(&bytes).0.into_owned();
                self.texts.push(Text { name: path.display().to_string(), text, format, scope });
            }
            Ok(None) => self.unread.push(format!("{}: larger than any file of settings", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => self.unread.push(format!("{}: {error}", path.display())),
        }
    }

    /// Adds the files of a folder whose names end so, in the order of their names.
    fn add_folder(&mut self, folder: &Path, ending: &str, format: Format, scope: &Scope<'static>) {
        let mut files: Vec<PathBuf> = match std::fs::read_dir(folder) {
            Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => {
                self.unread.push(format!("{}: {error}", folder.display()));
                return;
            }
        };
        files.sort();
        for file in files.iter().filter(|file| file.to_string_lossy().ends_with(ending)) {
            self.add_file(file, format, scope.clone());
        }
    }
}

#[cfg(target_os = "linux")]
mod system {
    use probe_core::settings::systemd;

    use super::{Format, Path, Scope, Texts};

    /// Folders of units, from the least to the most important (systemd.unit(5)). `/lib` is `/usr/lib` nearly everywhere.
    const UNITS: [&str; 2] = ["/usr/lib/systemd/system", "/etc/systemd/system"];

    /// The names of mdatp's processes, as `/proc/PID/comm` has them.
    const PROCESSES: [&str; 2] = ["wdavdaemon", "mdatp"];

    /// The proxy variables of mdatp as it runs: what it was started with counts, whatever its unit says by now. Nothing else
    /// is read of any process.
    fn running(texts: &mut Texts) {
        let Ok(processes) = std::fs::read_dir("/proc") else { return };
        for process in processes.filter_map(|entry| Some(entry.ok()?.path())) {
            let name = std::fs::read_to_string(process.join("comm")).unwrap_or_default();
            if PROCESSES.contains(&name.trim_end()) {
                texts.add_file(&process.join("environ"), Format::Process, Scope::Service("mdatp".into()));
                return;
            }
        }
    }

    pub(super) fn read(texts: &mut Texts) {
        texts.add_file(Path::new("/etc/environment"), Format::Environment, Scope::Machine);
        let before = texts.texts.len();
        let old = Some("/lib/systemd/system").filter(|_| !Path::new("/lib").is_symlink());
        for folder in old.into_iter().chain(UNITS) {
            let scope = Scope::Service("mdatp".into());
            texts.add_file(&Path::new(folder).join("mdatp.service"), Format::SystemdUnit, scope.clone());
            texts.add_folder(
                &Path::new(folder).join("mdatp.service.d"),
                ".conf",
                Format::SystemdUnit,
                &scope,
            );
        }
        // What a unit's EnvironmentFile= names counts before its Environment= (systemd.exec(5)).
        let units: Vec<String> = texts.texts.iter().skip(before).map(|unit| unit.text.clone()).collect();
        for unit in &units {
            for file in systemd::read(unit, "mdatp").1 {
                texts.add_file(Path::new(&*file.path), Format::Environment, Scope::Service("mdatp".into()));
            }
        }
        running(texts);
        let managed = Path::new("/etc/opt/microsoft/mdatp/managed/mdatp_managed.json");
        texts.add_file(managed, Format::MdatpManaged, Scope::Machine);
        texts.add_folder(Path::new("/etc/apt/apt.conf.d"), "", Format::Apt, &Scope::Machine);
        texts.add_file(Path::new("/etc/apt/apt.conf"), Format::Apt, Scope::Machine);
        texts.add_file(Path::new("/etc/xdg/kioslaverc"), Format::Kde, Scope::Machine);
        if let Some(home) = std::env::var_os("HOME") {
            let user = Scope::User("this session".into());
            texts.add_file(&Path::new(&home).join(".config/kioslaverc"), Format::Kde, user);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    pub(super) fn read(texts: &mut super::Texts) {
        let what = "this system's own settings: this version reads them from exported files alone (--from)";
        texts.unread.push(what.into());
    }
}
