//! macOS: the system's proxies as `scutil` prints them, and the managed settings of Defender.

use std::io::ErrorKind;
use std::path::Path;

use super::{Format, NotRead, Scope, Texts, asked};

/// Where a profile's settings of Defender stand, once it is installed.
const MANAGED: &str = "Library/Managed Preferences/com.microsoft.wdav.plist";

pub(super) fn read(texts: &mut Texts) {
    below(Path::new("/"), texts);
}

/// Reads what stands below this folder, which is the root but in tests.
fn below(root: &Path, texts: &mut Texts) {
    texts.add_answer(&root.join("usr/sbin/scutil"), &["--proxy"], Format::Scutil, Scope::Machine);
    managed(root, texts);
}

/// Property lists are binary as they are installed; `plutil` prints them as XML.
fn managed(root: &Path, texts: &mut Texts) {
    let not_read = |what, texts: &mut Texts| {
        texts.unread.push(NotRead::of(what, Format::MobileConfig, &Scope::Machine));
    };
    let file = root.join(MANAGED);
    let name = file.display();
    match std::fs::File::open(&file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return,
        Err(error) => return not_read(format!("{name}: {error}"), texts),
        Ok(_) => {}
    }
    let Some(path) = file.to_str() else {
        return not_read(format!("{name}: the name of this file is no text"), texts);
    };
    match asked::asked(&root.join("usr/bin/plutil"), &["-convert", "xml1", "-o", "-", path]) {
        Ok(Some(bytes)) => texts.add_bytes(path.to_owned(), &bytes, Format::MobileConfig, Scope::Machine),
        Ok(None) => {
            not_read(format!("{name}: a binary property list is read by plutil, which is not here"), texts);
        }
        Err(error) => not_read(format!("{name}: plutil: {error}"), texts),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    fn program(root: &Path, path: &str, script: &str) {
        let file = root.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        // Written by another process: one that this process had open for writing might not be run yet, while another
        // test starts a program and so has it open, too (ETXTBSY).
        let written = Command::new("/bin/sh")
            .args(["-c", "printf '#!/bin/sh\n%s\n' \"$1\" > \"$2\" && chmod 755 \"$2\"", "write", script])
            .arg(&file)
            .status();
        assert!(written.unwrap().success());
    }

    fn install_profile(root: &Path) {
        fs::create_dir_all(root.join(MANAGED).parent().unwrap()).unwrap();
        fs::write(root.join(MANAGED), "bplist00").unwrap();
    }

    fn settings(texts: &Texts) -> Vec<String> {
        let documents = texts.documents();
        let entries = documents.iter().flat_map(|document| {
            document.reading.entries.iter().map(move |entry| {
                let name = document.name.rsplit('/').next().unwrap_or_default();
                format!("{name}: {} = {}", entry.key, entry.value)
            })
        });
        entries.collect()
    }

    #[test]
    fn the_proxies_of_the_system_and_of_a_profile() {
        let root = tempfile::tempdir().unwrap();
        program(
            root.path(),
            "usr/sbin/scutil",
            "[ \"$*\" = --proxy ] && printf '<dictionary> {\\n  HTTPSEnable : 1\\n  HTTPSProxy : p.example\\n  \
             HTTPSPort : 8080\\n}\\n'",
        );
        // It prints the profile's XML if it is asked for this very file in this very form.
        program(
            root.path(),
            "usr/bin/plutil",
            "[ \"$1 $2 $3 $4\" = '-convert xml1 -o -' ] && grep -q bplist00 \"$5\" && printf '<?xml version=\"1.0\"?>\
             <plist version=\"1.0\"><dict><key>cloudService</key><dict><key>proxy</key><string>http://q.example:3128\
             </string></dict></dict></plist>'",
        );
        install_profile(root.path());
        let mut texts = Texts::default();
        below(root.path(), &mut texts);
        assert_eq!(
            settings(&texts),
            [
                "scutil --proxy: HTTPSEnable = 1",
                "scutil --proxy: HTTPSProxy = p.example",
                "scutil --proxy: HTTPSPort = 8080",
                "com.microsoft.wdav.plist: cloudService.proxy = http://q.example:3128",
            ]
        );
        assert_eq!(texts.unread, []);
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let root = tempfile::tempdir().unwrap();
        install_profile(root.path());
        let mut texts = Texts::default();
        below(root.path(), &mut texts);
        let [why] = texts.unread.as_slice() else { panic!("{:?}", texts.unread) };
        assert!(why.what.ends_with(
            "com.microsoft.wdav.plist: a binary property list is read by plutil, which is not here"
        ));
        program(root.path(), "usr/sbin/scutil", "echo no store >&2; exit 1");
        program(root.path(), "usr/bin/plutil", "echo broken >&2; exit 2");
        let mut texts = Texts::default();
        below(root.path(), &mut texts);
        let [store, list] = texts.unread.as_slice() else { panic!("{:?}", texts.unread) };
        assert_eq!(store.what, "scutil --proxy: exit status: 1: no store");
        assert!(list.what.ends_with("com.microsoft.wdav.plist: plutil: exit status: 2: broken"), "{list}");
        assert_eq!(list.of, Some((Format::MobileConfig, None)));
    }

    #[test]
    fn what_is_not_there_is_nothing() {
        let root = tempfile::tempdir().unwrap();
        let mut texts = Texts::default();
        below(root.path(), &mut texts);
        assert!(texts.texts.is_empty() && texts.unread.is_empty(), "{texts:?}");
        // Where these tests run, the files of macOS are not.
        if !cfg!(target_os = "macos") {
            read(&mut texts);
            assert!(texts.texts.is_empty() && texts.unread.is_empty(), "{texts:?}");
        }
    }
}
