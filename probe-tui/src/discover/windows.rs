//! Windows: the registry's hives, the environment in them, and what two programs print that no documented value holds.
//!
//! The 64-bit view is read, whatever this program was built for: Defender and WinHTTP's services look there.

use std::path::PathBuf;

use probe_core::select::Variable;
use windows_registry::{CURRENT_USER, Key, LOCAL_MACHINE, USERS};

use super::export::{self, REG_EXPAND_SZ, Value};
use super::{Format, NotRead, Scope, Text, Texts, asked};

/// Where the machine's environment stands below its hive, and a user's below theirs.
const ENVIRONMENT_OF_MACHINE: &str = r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment";
const ENVIRONMENT_OF_USER: &str = "Environment";

/// The service of the Log Analytics agent.
const MMA: &str = r"SYSTEM\CurrentControlSet\Services\HealthService";

pub(super) fn read(texts: &mut Texts) {
    let machine = Hive::of(LOCAL_MACHINE, String::new(), "HKEY_LOCAL_MACHINE", "HKLM");
    machine.read(export::OF_MACHINE, ENVIRONMENT_OF_MACHINE, texts).add(&Scope::Machine, texts);
    users(texts);
    advproxy(texts);
    arc(texts);
    let mma = get(LOCAL_MACHINE, MMA, &["ImagePath"]);
    if mma.is_ok_and(|values| !values.is_empty()) {
        let what = "the Log Analytics agent's proxy: no documented value of the registry holds it; see the agent's page in the control panel";
        texts.unread.push(NotRead::plain(what));
    }
}

/// Accounts that services run under. What stands in their hives is nobody's session.
const SERVICES: [&str; 4] = [".DEFAULT", "S-1-5-18", "S-1-5-19", "S-1-5-20"];

/// Every hive that is loaded: those of services, and that of one user, the session's. What other users have set counts for
/// their programs alone: it is said that it is there, and mixed with nothing.
fn users(texts: &mut Texts) {
    let read = |hive: Hive<'_>, texts: &mut Texts| hive.read(export::OF_USER, ENVIRONMENT_OF_USER, texts);
    let own = read(Hive::of(CURRENT_USER, String::new(), "HKEY_CURRENT_USER", "HKCU"), texts);
    let mut others = Vec::new();
    match USERS.keys().map(Iterator::collect::<Vec<_>>) {
        Ok(mut names) => {
            names.sort_unstable();
            // The classes of a user are a hive of their own.
            for name in names.iter().filter(|name| !name.ends_with("_Classes")) {
                let (long, short) = (format!(r"HKEY_USERS\{name}"), format!(r"HKU\{name}"));
                let found = read(Hive::of(USERS, format!(r"{name}\"), &long, &short), texts);
                let account = name.to_ascii_uppercase();
                if SERVICES.contains(&&*account) {
                    found.add_settings(&Scope::User(account.into()), texts);
                } else if found.is_any() && !found.says_the_same(&own) {
                    // One of them is this session's, under its other name.
                    others.push((account, found));
                }
            }
        }
        Err(error) => texts.unread.push(NotRead::plain(format!("HKEY_USERS: {}", error.message()))),
    }
    // SYSTEM goes by the name of the machine. Its hive was read; the user is whoever is signed in, if that is one.
    let is_system = std::env::var("USERNAME").is_ok_and(|name| name.ends_with('$'));
    if is_system && others.len() == 1 {
        for (account, found) in others.drain(..) {
            found.add_settings(&Scope::User(account.into()), texts);
        }
    }
    for (_, found) in others {
        let what =
            "another user's settings, which count for that user's programs alone, are part of no plan here";
        texts.unread.push(NotRead::plain(format!("{}: {what}", found.short)));
    }
    if !is_system {
        own.add(&Scope::User("HKEY_CURRENT_USER".into()), texts);
    }
}

/// A hive, or a user's part of one.
struct Hive<'a> {
    root: &'a Key,
    /// What stands before each path.
    prefix: String,
    /// As exports name it, and for people.
    long: String,
    short: String,
}

/// What was read of a hive.
struct Found {
    long: String,
    short: String,
    keys: Vec<(&'static str, Vec<Value>)>,
    environment: (&'static str, Vec<Value>),
}

impl<'a> Hive<'a> {
    fn of(root: &'a Key, prefix: String, long: &str, short: &str) -> Self {
        Self { root, prefix, long: long.into(), short: short.into() }
    }

    /// Reads these keys, and the variables. What may not be read is said once for each reason.
    fn read(self, keys: &[export::Key], environment: &'static str, texts: &mut Texts) -> Found {
        let mut refused: Vec<(String, String, usize)> = Vec::new();
        let mut values = |path: &str, names: &[&'static str]| {
            get(self.root, &format!("{}{path}", self.prefix), names).unwrap_or_else(|error| {
                match refused.iter_mut().find(|(_, why, _)| *why == error) {
                    Some((_, _, more)) => *more += 1,
                    None => refused.push((format!(r"{}\{path}", self.short), error, 0)),
                }
                Vec::new()
            })
        };
        let keys = keys.iter().map(|(path, names)| (*path, values(path, names))).collect();
        let environment = (environment, values(environment, &Variable::ALL.map(Variable::as_str)));
        texts.unread.extend(refused.into_iter().map(|(place, why, more)| {
            NotRead::plain(match more {
                0 => format!("{place}: {why}"),
                1 => format!("{place} and another key there: {why}"),
                _ => format!("{place} and {more} other keys there: {why}"),
            })
        }));
        Found { long: self.long, short: self.short, keys, environment }
    }
}

impl Found {
    fn is_any(&self) -> bool {
        self.keys.iter().chain([&self.environment]).any(|(_, values)| !values.is_empty())
    }

    /// Whether both hold the same settings.
    fn says_the_same(&self, other: &Self) -> bool {
        self.keys == other.keys && self.environment == other.environment
    }

    /// Adds a text for each key that has values. Variables stay out: those of another account than the session's are read by its
    /// programs alone.
    fn add_settings(self, scope: &Scope<'static>, texts: &mut Texts) {
        let Self { long, short, keys, environment: (path, variables) } = self;
        for (path, values) in keys.into_iter().filter(|(_, values)| !values.is_empty()) {
            texts.texts.push(Text {
                name: format!(r"{short}\{path}"),
                text: export::export(&format!(r"{long}\{path}"), &values),
                format: Format::Registry,
                scope: scope.clone(),
            });
        }
        if !variables.is_empty() {
            let what =
                "variables of another account, which count for its programs alone, are part of no plan here";
            texts.unread.push(NotRead::plain(format!(r"{short}\{path}: {what}")));
        }
    }

    /// Adds a text for each key that has values, and for the variables.
    fn add(mut self, scope: &Scope<'static>, texts: &mut Texts) {
        let (path, variables) = (self.environment.0, std::mem::take(&mut self.environment.1));
        let place = format!(r"{}\{path}", self.short);
        self.add_settings(scope, texts);
        if variables.is_empty() {
            return;
        }
        let is_open = |value: &&Value| value.kind == REG_EXPAND_SZ && export::text(value).contains('%');
        let mut open: Vec<String> =
            variables.iter().filter(is_open).map(|value| value.name.to_ascii_uppercase()).collect();
        open.dedup();
        for name in open {
            let what =
                "what stands between % is read as it is written, while Windows puts a variable's value there";
            texts.unread.push(NotRead::plain(format!("{place} {name}: {what}")));
        }
        let text: Vec<String> = variables
            .iter()
            .map(|variable| format!("{}={}\0", variable.name, export::text(variable)))
            .collect();
        texts.texts.push(Text {
            name: place,
            text: text.concat(),
            format: Format::Process,
            scope: scope.clone(),
        });
    }
}

/// These values of a key, as far as they are there. Names have no letter case here: a variable that is set is found under both
/// spellings of its name, as programs find it.
fn get(root: &Key, path: &str, names: &[&'static str]) -> Result<Vec<Value>, String> {
    let Some(key) = found(root.options().read().wow64_64().open(path))? else { return Ok(Vec::new()) };
    let mut values = Vec::new();
    for name in names {
        if let Some(value) = found(key.get_value(name))? {
            values.push(Value { name, kind: value.ty().into(), data: value.to_vec() });
        }
    }
    Ok(values)
}

/// What the registry gives; `None` where there is no such key or value: `HRESULT`s of `ERROR_FILE_NOT_FOUND` and
/// `ERROR_PATH_NOT_FOUND`.
fn found<T>(result: windows_registry::Result<T>) -> Result<Option<T>, String> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.code().0.cast_unsigned(), 0x8007_0002 | 0x8007_0003) => Ok(None),
        Err(error) => Err(error.message()),
    }
}

/// WinHTTP's advanced settings, whose place in the registry is nowhere documented.
fn advproxy(texts: &mut Texts) {
    let Some(system) = folder(r"SOFTWARE\Microsoft\Windows NT\CurrentVersion", "SystemRoot", texts) else {
        return;
    };
    let netsh = system.join(r"System32\netsh.exe");
    let arguments = ["winhttp", "show", "advproxy"];
    let name = asked::name(&netsh, &arguments);
    match asked::asked(&netsh, &arguments) {
        // A title without an object: there are no such settings. Windows before 11 and Server 2022 does not know them.
        Ok(Some(bytes)) if !bytes.contains(&b'{') => {
            let what = format!("{name}: it prints no settings, as Windows before 11 and Server 2022 does");
            texts.unread.push(NotRead::plain(what));
        }
        Ok(Some(bytes)) => texts.add_bytes(name, &bytes, Format::AdvProxy, Scope::Machine),
        Ok(None) => texts.unread.push(NotRead::plain(format!("{name}: {} is not there", netsh.display()))),
        Err(error) => {
            texts.unread.push(NotRead::of(format!("{name}: {error}"), Format::AdvProxy, &Scope::Machine));
        }
    }
}

/// The Azure Arc agent's own settings, where it is installed. The form of its files is not documented; that of its answer is.
fn arc(texts: &mut Texts) {
    if let Some(programs) = folder(r"SOFTWARE\Microsoft\Windows\CurrentVersion", "ProgramFilesDir", texts) {
        let azcmagent = programs.join(r"AzureConnectedMachineAgent\azcmagent.exe");
        texts.add_answer(&azcmagent, &["config", "list"], Format::Azcmagent, Scope::Machine);
    }
}

/// A folder that the registry names: unlike a variable of the environment, only an administrator can change it.
fn folder(key: &str, name: &'static str, texts: &mut Texts) -> Option<PathBuf> {
    let found = get(LOCAL_MACHINE, key, &[name]);
    let path = found.map(|values| values.first().map(|value| PathBuf::from(export::text(value))));
    match path {
        Ok(Some(path)) if path.is_absolute() => Some(path),
        Ok(_) => {
            texts.unread.push(NotRead::plain(format!(r"HKLM\{key} {name}: it names no folder")));
            None
        }
        Err(error) => {
            texts.unread.push(NotRead::plain(format!(r"HKLM\{key} {name}: {error}")));
            None
        }
    }
}
