//! `report`: judges again what another tool printed. Sends nothing.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;
use probe_core::select;

use super::check::fail;
use super::refuse;
use crate::color::When;
use crate::import::attempts::{Attempts, attempts};
use crate::import::{self, Import};
use crate::input::{name_of, read_bounded};
use crate::machine::{self, Machine};
use crate::mistakes::{Mistakes, harmless};
use crate::options::{self, Report};
use crate::outcome::{FailOn, exit};
use crate::output::{Format, Output, Summary};
use crate::record::{Common, Options, Run};
use crate::results::Results;
use crate::settings::word;

/// Reads the other tool's output, and writes what it says.
pub fn run(options: &Report, machine: &Machine, when: Result<When, Mistakes>) -> u8 {
    let (when, mut mistakes) = match when {
        Ok(when) => (when, Mistakes::default()),
        Err(mistakes) => (When::Never, mistakes),
    };
    let format =
        word("--format", &options.format, options::FORMAT, &mut mistakes).and_then(Format::from_word);
    let fail_on =
        word("--fail-on", &options.fail_on, options::FAIL_ON, &mut mistakes).and_then(FailOn::from_word);
    let import = read(&options.import, &mut mistakes);
    let (Some(format), Some(fail_on), Some(import)) = (format, fail_on, import) else {
        return refuse(&mistakes);
    };
    if !mistakes.is_empty() {
        return refuse(&mistakes);
    }
    let name = name_of(&options.import);
    let attempts = attempts(&import);
    let mut output = match open(options.output.as_deref(), format, machine, when) {
        Ok(output) => output,
        Err(error) => return fail(&error),
    };
    let vantage = options.vantage.clone().unwrap_or_else(|| name.clone());
    match write(&mut *output, &import, &attempts, &harmless(&vantage), fail_on) {
        Ok((code, answer)) => {
            tell(&import, &attempts, &name);
            if options.output.as_deref().is_some_and(|file| file != Path::new("-")) {
                machine::complain(&format!("{answer}\n"));
            }
            code
        }
        // A reader that went away has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => exit::READY,
        Err(error) => fail(&format!("the result cannot be written: {error}")),
    }
}

fn read(path: &Path, mistakes: &mut Mistakes) -> Option<Import> {
    let name = name_of(path);
    let bytes = if path == Path::new("-") {
        read_bounded(io::stdin().lock(), import::MOST_BYTES)
    } else {
        File::open(path).and_then(|file| read_bounded(file, import::MOST_BYTES))
    };
    let hint = "give a file that can be read, or - for standard input";
    match bytes {
        Ok(Some(bytes)) => match import::read(&bytes) {
            Ok(import) => return Some(import),
            Err(error) => mistakes.add_plain(&name, &error, Some(error.hint())),
        },
        Ok(None) => {
            let what = format!("this is larger than {} MiB", import::MOST_BYTES / 1024 / 1024);
            mistakes.add_plain(&name, &what, Some("give MDEClientAnalyzer.txt from it"));
        }
        Err(error) => mistakes.add_plain(&name, &format_args!("cannot be read: {error}"), Some(hint)),
    }
    None
}

fn open(
    file: Option<&Path>,
    format: Format,
    machine: &Machine,
    when: When,
) -> Result<Box<dyn Output>, String> {
    let is_stdout = file.is_none_or(|file| file == Path::new("-"));
    let out: Box<dyn Write> = match file {
        Some(file) if !is_stdout => Box::new(File::create(file).map_err(|error| {
            format!("{} cannot be written: {error}", harmless(&file.display().to_string()))
        })?),
        _ => Box::new(io::stdout()),
    };
    Ok(format.output(out, machine.paint(when, is_stdout), machine.columns(is_stdout)))
}

/// Writes all records, and gives the exit code with the answer.
fn write(
    output: &mut dyn Output,
    import: &Import,
    attempts: &Attempts,
    vantage: &str,
    fail_on: FailOn,
) -> io::Result<(u8, String)> {
    let Attempts { targets, ended, findings, .. } = attempts;
    output.begin(&begin(import, attempts, vantage, fail_on))?;
    let required = ended.iter().filter(|ended| ended.is_judged() && ended.record.required).count();
    let mut results = Results::new(ended.len(), required);
    for ended in ended {
        results.add(ended, targets.facts(ended.target as usize));
        output.attempt(ended)?;
    }
    let conclusion = results.conclude_over(targets, None, fail_on, None);
    let findings: Vec<_> = findings.iter().cloned().chain(conclusion.findings).collect();
    let end = conclusion.end;
    let summary =
        Summary { controls: &[], causes: &conclusion.causes, findings: &findings, end: &end, targets };
    output.finish(&summary)?;
    Ok((end.exit_code, end.answer))
}

fn begin(import: &Import, attempts: &Attempts, vantage: &str, fail_on: FailOn) -> Run {
    let judged = attempts.paths.first().copied().unwrap_or(select::Path::Default);
    Run {
        common: Common::new("run", Timestamp::now()),
        version: env!("CARGO_PKG_VERSION"),
        vantage: vantage.to_owned(),
        addresses: Vec::new(),
        targets: attempts.targets.len(),
        paths: attempts.paths.iter().map(|path| path.id()).collect(),
        judged_path: judged.id(),
        client: None,
        catalog: None,
        options: Options {
            proxy: None,
            credentials: false,
            noproxy: None,
            as_client: false,
            connect_timeout: 0.0,
            timeout: 0.0,
            parallel: 0,
            rate: 0.0,
            jitter: 0.0,
            fail_on: fail_on.as_str(),
        },
        imported: Some(import.tool.as_str()),
    }
}

/// Says what was not understood, and what else is to be known, apart from the result.
fn tell(import: &Import, attempts: &Attempts, name: &str) {
    let name = harmless(name);
    for line in &import.unread.shown {
        machine::complain(&format!(
            "note: {name}:{}: this line was not understood: {}\n",
            line.number, line.text
        ));
    }
    if import.unread.more > 0 {
        machine::complain(&format!("note: {name}: {} more lines were not understood\n", import.unread.more));
    }
    for note in import.notes.iter().chain(&attempts.notes) {
        machine::complain(&format!("note: {}\n", harmless(note)));
    }
}
