//! Wine: runs the command as it is built for Windows, in a Windows of its own that is gone afterwards.
//!
//! What is proven so is that the program for Windows starts, reads the registry and files, and runs other programs: Wine's
//! registry has the same interface and the same export format. Nothing is proven of Microsoft's WinHTTP, of its `netsh`, or of
//! who may read what.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use crate::probe::{self, Probe, Run};
use crate::server::{self, Folder};
use crate::tool::{MINGW, Needs, WINE};

/// The target that the command is built for.
const TARGET: &str = "x86_64-pc-windows-gnu";

/// How long setting up may take; it copies hundreds of megabytes.
const SET_UP: Duration = Duration::from_mins(3);

/// Wine's registry and processes, and what ends them.
const SERVER: &str = "/usr/lib/wine/wineserver64";

/// Debian 12's Wine 8 lacks this library, from which Rust's standard library takes random numbers.
const RANDOM: &str = "#include <windows.h>\n\
    BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);\n\
    __declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) {\n\
    return SystemFunction036(data, (ULONG)length);\n\
    }\n";

/// A Windows in a folder. Dropped, all that runs in it ends.
#[derive(Debug)]
pub struct Wine {
    folder: Folder,
}

impl Wine {
    /// What a test needs for it.
    pub fn needs() -> Needs {
        match Needs::of(&[WINE, MINGW]) {
            Needs::Met if !has_target() => {
                Needs::Missing(format!("needs the target {TARGET}; install with: rustup target add {TARGET}"))
            }
            needs => needs,
        }
    }

    /// A fresh one, with the command in it.
    pub fn new() -> Self {
        let wine = Self { folder: Folder::new("wine") };
        std::fs::create_dir(wine.prefix()).expect("a new folder in a new folder");
        // A server that lives longer than one program does not keep that program's output open behind it.
        bounded(&mut wine.by(SERVER, &["-p600"]));
        bounded(&mut wine.by(WINE.program, &["wineboot", "--init"]));
        let command = wine.folder.path().join("egress-probe.exe");
        std::fs::copy(program(), &command).unwrap_or_else(|error| panic!("{}: {error}", command.display()));
        // Windows looks for libraries in the program's folder first.
        wine.compile(RANDOM, &wine.folder.path().join("bcryptprimitives.dll"), &["-shared", "-ladvapi32"]);
        wine
    }

    /// Its folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// A path on its drive C.
    pub fn drive(&self, path: &str) -> PathBuf {
        self.prefix().join("drive_c").join(path)
    }

    /// Imports a registry export, as a double click on it would.
    pub fn import(&self, export: &Path) {
        bounded(self.by(WINE.program, &["regedit", "/S"]).arg(export));
    }

    /// Compiles a program for Windows.
    pub fn compile(&self, source: &str, program: &Path, options: &[&str]) {
        let file = self.folder.write("source.c", source);
        bounded(Command::new(MINGW.path()).arg("-o").arg(program).arg(file).args(options));
    }

    /// Runs the command with these arguments.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.run_by(&[], arguments)
    }

    /// The same for the account of services, as far as the command can tell: `SYSTEM` is called as the machine is.
    pub fn run_as_system(&self, arguments: &[&str]) -> Run {
        self.run_by(&["cmd", "/c", "set", "USERNAME=HOST$&&"], arguments)
    }

    fn run_by(&self, before: &[&str], arguments: &[&str]) -> Run {
        let mut command = Command::new(WINE.program);
        command.args(before).arg("egress-probe.exe").current_dir(self.folder.path());
        let prefix = self.prefix().display().to_string();
        Probe::with(arguments).by(command).setting("WINEPREFIX", &prefix).setting("WINEDEBUG", "-all").run()
    }

    fn prefix(&self) -> PathBuf {
        self.folder.path().join("prefix")
    }

    /// One of Wine's programs, without a screen, and without what Wine would offer to download.
    fn by(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("WINEPREFIX", self.prefix())
            .env("WINEDEBUG", "-all")
            .env("WINEDLLOVERRIDES", "mscoree,mshtml,winemenubuilder.exe=")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

impl Default for Wine {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        // It waits until all have ended; where there is no server any longer it says so, and there is nothing to end.
        let _ = self.by(SERVER, &["-k"]).status();
    }
}

/// Runs a command to its end, which is a good one and comes in time.
fn bounded(command: &mut Command) {
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let status = server::wait(&mut child, SET_UP);
    if status.is_none() {
        // Ended here, so that nothing is left behind.
        let _ = child.kill();
        let _ = child.wait();
    }
    assert!(status.is_some_and(|status| status.success()), "{command:?}: {status:?}");
}

/// The command for Windows, built once.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| probe::build(Some(TARGET)))
}

/// Whether the standard library for Windows is here.
fn has_target() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output();
    output.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir())
}
