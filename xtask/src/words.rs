//! What must not stand in a file of this repository, and what files may be called.

use std::path::Path;

use crate::outcome::{Outcome, Stop};
use crate::repository::Repository;

/// A longer source file says on top, in a sentence with the words "500 lines", why it is better in one piece.
const LONGEST: usize = 500;

/// The reason for a long file stands among this many lines.
const TOP: usize = 15;

/// Folders of one machine, cut in two here so that this file does not contain them; each counts only where a path can begin.
const MACHINE_FOLDERS: [&str; 4] =
    [concat!("/wor", "k/"), concat!("/roo", "t/"), concat!("/tmp/tar", "get"), concat!("../sha", "red")];

/// Hosts of package registries and their mirrors: where packages come from is the user's choice. Lock files name theirs.
const REGISTRY_HOSTS: [&str; 6] = [
    concat!("index.crates", ".io"),
    concat!("static.crates", ".io"),
    concat!("crates.io", "-index"),
    concat!("pypi", ".org"),
    concat!("registry.npm", "js.org"),
    concat!("arti", "factory"),
];

/// Ways to panic that have no place in core; clippy knows them too, but an `allow` can silence clippy.
const PANICS: [&str; 6] =
    [".unwrap()", ".expect(\"", "panic!(", "unreachable!(", "todo!(", "unimplemented!("];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 5] = ["mod.rs", "utils.rs", "common.rs", "helpers.rs", "types.rs"];

pub(crate) fn words(repository: &Repository) -> Outcome {
    let listed =
        repository.job("git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).answer();
    let Some(listed) = listed else {
        return Err(Stop::Skipped {
            why: "`git ls-files` cannot say which files belong to the repository".into(),
            remedy: "apt-get install git, and work in a clone".into(),
        });
    };
    let (mut files, mut mistakes) = (0, Vec::new());
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        // A file that was deleted but not yet committed as such is still listed.
        let Ok(bytes) = std::fs::read(repository.root.join(path)) else { continue };
        files += 1;
        mistakes.extend(look(path, &String::from_utf8_lossy(&bytes)));
    }
    if mistakes.is_empty() {
        return Ok(format!("{files} files"));
    }
    Err(Stop::Failed(format!("{} found in {files} files\n{}", mistakes.len(), mistakes.join("\n"))))
}

/// Everything that is wrong with one file, a line each.
fn look(path: &str, text: &str) -> Vec<String> {
    let mut mistakes = Vec::new();
    let name = Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or(path);
    if EMPTY_NAMES.contains(&name) {
        mistakes.push(format!("{path}: a file is named for what is in it, and `{name}` does not say"));
    }
    for (number, line) in (1..).zip(text.lines()) {
        let mut wrong = |what: &str| mistakes.push(format!("{path}:{number}: {what}"));
        for folder in MACHINE_FOLDERS {
            if names_folder(line, folder) {
                wrong(&format!("`{folder}` is a place on one machine"));
            }
        }
        if name != "Cargo.lock" {
            for host in REGISTRY_HOSTS.iter().filter(|host| line.contains(**host)) {
                wrong(&format!("`{host}` is for each user's own configuration to say"));
            }
        }
    }
    if path.starts_with("core/src/") && is(path, "rs") {
        for (number, line) in (1..).zip(outside_tests(path, text)) {
            for panic in PANICS.iter().filter(|panic| code(line).contains(**panic)) {
                mistakes.push(format!("{path}:{number}: `{panic}`: core does not panic"));
            }
        }
    }
    let lines = text.lines().count();
    let source = ["rs", "mjs", "js", "ts", "sh", "css", "html"].iter().any(|end| is(path, end));
    if source && lines > LONGEST && !text.lines().take(TOP).any(|line| line.contains("500 lines")) {
        mistakes.push(format!(
            "{path}: {lines} lines; split it, or say within its first {TOP} lines why it has more than 500 lines"
        ));
    }
    mistakes
}

fn is(path: &str, end: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == end)
}

/// Whether the line has this folder where a path can begin, as in `"/x/y"`, but not inside a longer path or a URL.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        !line[..at].ends_with(|before: char| before.is_alphanumeric() || "._-~*/".contains(before))
    })
}

/// The lines before the tests, which stand last in a file; a file of tests has none.
fn outside_tests<'a>(path: &str, text: &'a str) -> impl Iterator<Item = &'a str> {
    let is_tests = path.ends_with("/tests.rs") || path.contains("/tests/");
    text.lines().take_while(move |line| !is_tests && line.trim() != "#[cfg(test)]")
}

/// A line without its comment. A `//` inside a string ends it too, which can only hide what clippy finds.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_on_one_machine_are_found_where_a_path_begins() {
        for folder in MACHINE_FOLDERS {
            for line in [format!("see {folder}x"), format!("cd \"{folder}\""), folder.to_string()] {
                assert_eq!(look("README.md", &line).len(), 1, "{line}");
            }
        }
        let folder = MACHINE_FOLDERS[0];
        for before in ["https://example.com", "net", ".", "/usr/share"] {
            assert_eq!(look("README.md", &format!("{before}{folder}x")), Vec::<String>::new(), "{before}");
        }
    }

    #[test]
    fn registry_hosts_are_left_to_lock_files() {
        for host in REGISTRY_HOSTS {
            let line = format!("source = \"https://{host}/x\"");
            assert_eq!(look("deny.toml", &line).len(), 1, "{line}");
            assert_eq!(look("tests/device/Cargo.lock", &line), Vec::<String>::new());
        }
    }

    #[test]
    fn core_has_no_way_to_panic_outside_its_tests() {
        let text = "fn f() {\n    g().unwrap(); // .unwrap() twice\n    // todo!()\n    h().expect(\"why\");\n}\n\
                    #[cfg(test)]\nmod tests { fn t() { g().unwrap() } }\n";
        let found = look("core/src/target.rs", text);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].starts_with("core/src/target.rs:2:") && found[1].starts_with("core/src/target.rs:4:")
        );
        for elsewhere in ["lab/src/target.rs", "core/src/target/tests.rs", "core/src/README.md"] {
            assert_eq!(look(elsewhere, text), Vec::<String>::new(), "{elsewhere}");
        }
    }

    #[test]
    fn a_long_source_file_says_why() {
        let long = "//\n".repeat(LONGEST + 1);
        assert_eq!(look("lab/src/origin.rs", &long).len(), 1);
        assert_eq!(look("lab/src/origin.rs", &long[3..]), Vec::<String>::new(), "exactly 500 lines are fine");
        assert_eq!(look("core/data/marks.csv", &long), Vec::<String>::new(), "data is as long as it is");
        let reason = format!("//! More than 500 lines, because it is one table.\n{long}");
        assert_eq!(look("lab/src/origin.rs", &reason), Vec::<String>::new());
        let late = format!("{}// More than 500 lines: too late to be seen.\n{long}", "//\n".repeat(TOP));
        assert_eq!(look("lab/src/origin.rs", &late).len(), 1);
    }

    #[test]
    fn names_that_say_nothing_are_refused() {
        assert_eq!(look("core/src/probe/mod.rs", "").len(), 1);
        assert_eq!(look("lab/src/utils.rs", "").len(), 1);
        assert_eq!(look("lab/src/origin.rs", ""), Vec::<String>::new());
    }
}
