//! The checks that are a few `cargo` commands each.

use crate::outcome::{Outcome, Stop};
use crate::repository::{Job, Repository, run_all};
use crate::setup;

/// The emulated microcontroller's target, the page's, and that of Windows programs which Debian's compiler can link.
pub(crate) const DEVICE: &str = "thumbv7em-none-eabihf";
pub(crate) const WASM: &str = "wasm32-unknown-unknown";
pub(crate) const WINDOWS: &str = "x86_64-pc-windows-gnu";

/// What compiles and links for the last of them.
pub(crate) const WINDOWS_COMPILER: &str = "x86_64-w64-mingw32-gcc";

/// The packages with a lock file of their own; cargo never sees them beside the others.
pub(crate) const DEVICE_MANIFEST: &str = "tests/device/Cargo.toml";
pub(crate) const SIZE_MANIFEST: &str = "tests/size/Cargo.toml";
pub(crate) const FUZZ_MANIFEST: &str = "tests/fuzz/Cargo.toml";

/// The members of the workspace: folder and package.
const MEMBERS: [(&str, &str); 9] = [
    ("core", "probe-core"),
    ("lists", "probe-lists"),
    ("probe-tui", "probe-tui"),
    ("lab", "probe-lab"),
    ("tests", "probe-tests"),
    ("tests/instructions", "probe-instructions"),
    ("tests/vectors", "probe-vectors"),
    ("tests/wasm", WASM_PLAYER),
    ("xtask", "xtask"),
];

/// Built for wasm, and for nothing else.
pub(crate) const WASM_PLAYER: &str = "probe-vectors-wasm";

/// Every member that is built for this machine.
fn host_packages() -> impl Iterator<Item = &'static str> {
    MEMBERS.iter().map(|(_, package)| *package).filter(|package| *package != WASM_PLAYER)
}

pub(crate) fn fmt(repository: &Repository) -> Outcome {
    let members: Vec<&str> = MEMBERS.iter().flat_map(|(_, package)| ["-p", package]).collect();
    run_all(vec![
        repository.cargo(&format!("fmt --check {}", members.join(" "))),
        repository.cargo(&format!("fmt --check --manifest-path {DEVICE_MANIFEST}")),
        repository.cargo(&format!("fmt --check --manifest-path {SIZE_MANIFEST}")),
        repository.cargo(&format!("fmt --check --manifest-path {FUZZ_MANIFEST}")),
    ])
}

pub(crate) fn clippy(repository: &Repository) -> Outcome {
    let features = core_feature_sets(repository)?;
    let mut jobs: Vec<Job> = features
        .iter()
        .map(|set| repository.cargo(&format!("clippy -q -p probe-core --all-targets {set} -- -D warnings")))
        .collect();
    for package in host_packages().filter(|package| *package != "probe-core") {
        jobs.push(repository.cargo(&format!("clippy -q -p {package} --all-targets -- -D warnings")));
    }
    let mut elsewhere = vec![
        (WASM, format!("-p {WASM_PLAYER}")),
        (DEVICE, format!("--manifest-path {DEVICE_MANIFEST}")),
        (DEVICE, format!("--manifest-path {SIZE_MANIFEST}")),
    ];
    // ring is C as well: nothing that depends on it can be looked at without a compiler.
    let compiler = repository.need(WINDOWS_COMPILER);
    if compiler.is_ok() {
        elsewhere.push((WINDOWS, "-p probe-tui".into()));
    }
    for (target, package) in elsewhere.iter().filter(|(target, _)| repository.has_target(target)) {
        jobs.push(repository.cargo(&format!("clippy -q {package} --target {target} -- -D warnings")));
    }
    let outcome = run_all(jobs)?;
    elsewhere.iter().try_for_each(|(target, _)| repository.need_target(target))?;
    compiler?;
    Ok(outcome)
}

pub(crate) fn core_features(repository: &Repository) -> Outcome {
    let features = core_feature_sets(repository)?;
    let mut jobs = Vec::new();
    for target in [DEVICE, WASM].iter().filter(|target| repository.has_target(target)) {
        jobs.extend(
            features.iter().map(|set| {
                repository.cargo(&format!("build -q -p probe-core --lib --target {target} {set}"))
            }),
        );
    }
    let builds = jobs.len();
    run_all(jobs)?;
    [DEVICE, WASM].iter().try_for_each(|target| repository.need_target(target))?;
    Ok(format!("{builds} builds"))
}

pub(crate) fn unit(repository: &Repository) -> Outcome {
    let mut jobs = vec![
        repository.cargo("test -q --no-fail-fast -p probe-core --no-default-features"),
        repository.cargo("test -q --no-fail-fast -p probe-core --all-features"),
    ];
    for package in host_packages().filter(|package| !["probe-core", "probe-tests"].contains(package)) {
        jobs.push(repository.cargo(&format!("test -q --no-fail-fast -p {package}")));
    }
    run_all(jobs)
}

pub(crate) fn doc(repository: &Repository) -> Outcome {
    let jobs = host_packages().map(|package| {
        let features = if package == "probe-core" { " --all-features" } else { "" };
        repository
            .cargo(&format!("doc -q -p {package} --no-deps{features}"))
            .env("RUSTDOCFLAGS", "-D warnings")
    });
    run_all(jobs.collect())
}

pub(crate) fn e2e(repository: &Repository) -> Outcome {
    // The tests run the command as users do; cargo builds a package's own programs only, so this one is built by name.
    let mut builds = vec![repository.cargo("build -q -p probe-tui --bin egress-probe")];
    if repository.has(WINDOWS_COMPILER) && repository.has_target(WINDOWS) {
        builds
            .push(repository.cargo(&format!("build -q -p probe-tui --bin egress-probe --target {WINDOWS}")));
    }
    run_all(builds)?;
    run_all(vec![repository.cargo("test --no-fail-fast -p probe-tests")])?;
    repository.need_target(WINDOWS)?;
    match setup::missing_programs(repository) {
        missing if missing.is_empty() => Ok(String::new()),
        missing => Err(Stop::Skipped {
            why: format!("what needs no missing program passed; missing: {}", missing.join(", ")),
            remedy: "cargo xtask setup".into(),
        }),
    }
}

pub(crate) fn deny(repository: &Repository) -> Outcome {
    repository.need("cargo-deny")?;
    let jobs = ["Cargo.toml", DEVICE_MANIFEST, SIZE_MANIFEST, FUZZ_MANIFEST].map(|manifest| {
        // What is merely unusual, such as two versions of one crate, is not shown: `cargo deny check bans` does.
        repository.cargo(&format!(
            "deny --manifest-path {manifest} --config deny.toml --locked --all-features --log-level error check \
             --hide-inclusion-graph bans licenses sources"
        ))
    });
    run_all(jobs.into())
}

pub(crate) fn spelling(repository: &Repository) -> Outcome {
    repository.need("typos")?;
    run_all(vec![repository.job("typos", &["--config", "typos.toml"])])
}

/// The ways in which probe-core is built: without features, with each alone, and with all.
fn core_feature_sets(repository: &Repository) -> Result<Vec<String>, Stop> {
    let path = repository.root.join("core/Cargo.toml");
    let manifest = std::fs::read_to_string(&path)
        .map_err(|error| Stop::Failed(format!("{} cannot be read: {error}", path.display())))?;
    Ok(feature_sets(&features(&manifest)))
}

/// The names in the `[features]` table of a manifest that writes one feature a line, as ours do.
fn features(manifest: &str) -> Vec<&str> {
    manifest
        .lines()
        .skip_while(|line| line.trim() != "[features]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim())
        .filter(|name| !name.starts_with('#') && *name != "default")
        .collect()
}

fn feature_sets(features: &[&str]) -> Vec<String> {
    let mut sets = vec!["--no-default-features".to_string()];
    sets.extend(features.iter().map(|feature| format!("--no-default-features --features {feature}")));
    sets.push("--all-features".to_string());
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_of_the_workspace_is_checked() {
        let manifest = std::fs::read_to_string(Repository::find().root.join("Cargo.toml")).unwrap();
        let members = manifest.lines().find(|line| line.starts_with("members = ")).unwrap();
        let named: Vec<&str> = members.split('"').skip(1).step_by(2).collect();
        let mut known: Vec<&str> = MEMBERS.iter().map(|(folder, _)| *folder).collect();
        known.sort_unstable();
        let mut sorted = named.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, known, "MEMBERS and the root Cargo.toml differ");
    }

    #[test]
    fn each_feature_is_built_alone_and_with_all_others() {
        let manifest = "[package]\nname = \"x\"\n[features]\n# Why = so\ndefault = [\"alloc\"]\nalloc = []\nserde = [\"dep:serde\"]\n\n[dependencies]\ncsv = \"1\"\n";
        assert_eq!(features(manifest), ["alloc", "serde"]);
        assert_eq!(
            feature_sets(&features(manifest)),
            [
                "--no-default-features",
                "--no-default-features --features alloc",
                "--no-default-features --features serde",
                "--all-features"
            ]
        );
    }

    #[test]
    fn the_features_of_core_are_found() {
        let manifest = std::fs::read_to_string(Repository::find().root.join("core/Cargo.toml")).unwrap();
        let found = features(&manifest);
        for feature in ["alloc", "defmt", "serde"] {
            assert!(found.contains(&feature), "{feature} is not among {found:?}");
        }
    }
}
