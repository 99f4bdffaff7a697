//! `check`: probes targets, and says what stops them.

use std::fs::File;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::Arc;

use jiff::Timestamp;
use probe_core::select::Path;

use super::refuse;
use crate::attempt::{Ended, Shared};
use crate::color::When;
use crate::limiter::Limiter;
use crate::machine::{self, Machine};
use crate::mistakes::harmless;
use crate::net::{Client, Config, Deadlines};
use crate::options::Check;
use crate::outcome::{exit, plural};
use crate::output::analyzer::Analyzer;
use crate::output::csv::Csv;
use crate::output::human::Human;
use crate::output::jsonl::Jsonl;
use crate::output::{Format, Output, Summary};
use crate::progress::Progress;
use crate::record::{Common, Options, Run};
use crate::results::Results;
use crate::run;
use crate::secrets;
use crate::settings::Settings;

/// Reads the options, and probes.
pub fn run(options: &Check, machine: &Machine, when: When) -> u8 {
    let typed = [options.proxy.as_deref().filter(|proxy| proxy.contains('@')), options.proxy_user.as_deref()];
    let typed: Vec<&str> = typed.into_iter().flatten().collect();
    secrets::hide_arguments(&typed);
    let settings = match Settings::read(options, machine.environment.clone()) {
        Ok(settings) => settings,
        Err(mistakes) => return refuse(&mistakes),
    };
    if settings.targets.repeated > 0 {
        let count = plural(settings.targets.repeated, "line");
        machine::complain(&format!("note: {count} repeated a URL; each URL is probed once\n"));
    }
    match runtime() {
        Ok(runtime) => {
            let code = runtime.block_on(probe(settings, machine, when));
            // Nobody waits for what a resolver still has to say.
            runtime.shutdown_background();
            code
        }
        Err(error) => fail(&format!("the asynchronous runtime cannot be started: {error}")),
    }
}

/// One thread: see [`run`](crate::run).
pub(super) fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// Says what ended a command, other than its results.
pub(super) fn fail(what: &str) -> u8 {
    machine::complain(&format!("egress-probe: {what}\n"));
    exit::USAGE
}

/// Probes all targets, writes the results, and gives the exit code.
pub(super) async fn probe(settings: Settings, machine: &Machine, when: When) -> u8 {
    let stop = match run::signals() {
        Ok(stop) => stop,
        Err(error) => return fail(&format!("signals cannot be waited for: {error}")),
    };
    let mut output = match open(&settings, machine, when) {
        Ok(output) => output,
        Err(error) => return fail(&error),
    };
    let begin = begin(&settings);
    let is_file = settings.output.is_some();
    let parallel = parallel(&settings);
    let fail_on = settings.fail_on;
    let format = settings.format;
    let shared = Rc::new(share(settings));
    let planned = shared.targets.len() * shared.paths.len();
    let is_quiet = format == Format::Human || is_file || !machine.is_stdout_terminal();
    let mut progress = Progress::new(planned, machine.stderr_is_terminal && is_quiet && planned > 0);
    let mut results = Results::new(planned, shared.targets.len());

    if let Err(error) = output.begin(&begin) {
        return broken(&error);
    }
    let take = |ended: &Ended| {
        results.add(ended);
        progress.add(ended.record.outcome);
        output.attempt(ended)
    };
    let ran = run::run(Rc::clone(&shared), parallel, stop, take).await;
    progress.end();
    let signal = match ran {
        Ok(signal) => signal,
        Err(error) => return broken(&error),
    };
    let conclusion = results.conclude(&shared, fail_on, signal);
    let summary = Summary {
        causes: &conclusion.causes,
        findings: &conclusion.findings,
        end: &conclusion.end,
        targets: &shared.targets,
    };
    if let Err(error) = output.finish(&summary) {
        return broken(&error);
    }
    for note in shared.client.trust().notes() {
        machine::complain(&format!("note: {}\n", harmless(note)));
    }
    if is_file {
        machine::complain(&format!("{}\n", conclusion.end.answer));
    }
    conclusion.end.exit_code
}

/// The results cannot be written. A reader that went away has read enough.
fn broken(error: &io::Error) -> u8 {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return exit::READY;
    }
    fail(&format!("the result cannot be written: {error}"))
}

fn open(settings: &Settings, machine: &Machine, when: When) -> Result<Box<dyn Output>, String> {
    let out: Box<dyn Write> = match &settings.output {
        None => Box::new(io::stdout()),
        Some(file) => Box::new(File::create(file).map_err(|error| {
            format!("{} cannot be written: {error}; nothing was sent", harmless(&file.display().to_string()))
        })?),
    };
    let is_stdout = settings.output.is_none();
    Ok(match settings.format {
        Format::Human => {
            Box::new(Human::new(out, machine.paint(when, is_stdout), machine.columns(is_stdout)))
        }
        Format::Jsonl => Box::new(Jsonl::new(out)),
        Format::Csv => Box::new(Csv::new(out)),
        Format::Analyzer => Box::new(Analyzer::new(out)),
    })
}

/// As many attempts at a time as were asked for, and as there may be open files.
fn parallel(settings: &Settings) -> usize {
    let wanted = settings.pace.parallel;
    match machine::most_parallel() {
        Some(most) if most < wanted && most < settings.targets.len() * settings.paths.len() => {
            let note =
                format!("note: {most} attempts at a time, not {wanted}: see `ulimit -n` for open files\n");
            machine::complain(&note);
            most
        }
        _ => wanted,
    }
}

fn share(settings: Settings) -> Shared {
    let Settings { targets, paths, ways, pace, overrides, trust, redactor, .. } = settings;
    let deadlines = Deadlines { connect: pace.connect_timeout, total: pace.timeout };
    let client = Client::new(Config { trust: Arc::clone(&trust), overrides, deadlines });
    Shared {
        targets,
        paths,
        ways,
        client,
        limiter: Limiter::new(pace.distance()),
        jitter: pace.jitter,
        redactor,
    }
}

fn begin(settings: &Settings) -> Run {
    let pace = settings.pace;
    let view = settings.ways.view();
    let judged = settings.paths.first().copied().unwrap_or(Path::Default);
    Run {
        common: Common::new("run", Timestamp::now()),
        version: env!("CARGO_PKG_VERSION"),
        vantage: settings.vantage.clone().unwrap_or_else(machine::name),
        addresses: machine::addresses(),
        targets: settings.targets.len(),
        paths: settings.paths.iter().map(|path| path.id()).collect(),
        judged_path: judged.id(),
        options: Options {
            proxy: view.cli.map(|proxy| proxy.to_string()),
            credentials: view.cli.is_some_and(|proxy| proxy.credentials.is_some()),
            noproxy: settings.ways.noproxy.as_deref().map(harmless),
            connect_timeout: pace.connect_timeout.as_secs_f64(),
            timeout: pace.timeout.as_secs_f64(),
            parallel: pace.parallel,
            rate: pace.rate,
            jitter: pace.jitter.as_secs_f64(),
            fail_on: settings.fail_on.as_str(),
        },
        imported: None,
    }
}
