//! `check`: probes targets, and says what stops them.

use std::fs::File;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;

use jiff::Timestamp;
use probe_core::select::Path;

use super::refuse;
use crate::attempt::{Ended, Shared};
use crate::color::When;
use crate::limiter::Limiter;
use crate::machine::{self, Machine};
use crate::mistakes::{Mistakes, harmless};
use crate::net::{Client, Config, Deadlines};
use crate::options::Check;
use crate::outcome::{Signal, exit, plural};
use crate::output::{Format, Output, Page, Summary};
use crate::progress::Progress;
use crate::record::{Common, Options, Run};
use crate::results::Results;
use crate::run;
use crate::secrets;
use crate::settings::Settings;
use crate::writer::{Out, Place, Writer};

/// Results that may wait for a reader, besides those of attempts under way: a few hundred kilobytes.
const UNREAD: usize = 64;

/// Reads the options, and probes.
pub fn run(options: &Check, machine: &Machine, when: Result<When, Mistakes>) -> u8 {
    let typed = [options.proxy.as_deref().filter(|proxy| proxy.contains('@')), options.proxy_user.as_deref()];
    let typed: Vec<&str> = typed.into_iter().flatten().collect();
    secrets::hide_arguments(&typed);
    let settings = Settings::read(options, machine.environment.clone());
    let (when, settings) = match super::both(when, settings) {
        Ok(both) => both,
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
    let mut stop = match run::signals() {
        Ok(stop) => pin!(stop),
        Err(error) => return fail(&format!("signals cannot be waited for: {error}")),
    };
    let parallel = parallel(&settings);
    let page = Page::default();
    let mut output = put_into_words(&settings, machine, when, page.clone());
    let mut writer = match open(&settings, parallel) {
        Ok(writer) => writer,
        Err(error) => return fail(&error),
    };
    let begin = begin(&settings);
    let is_file = settings.output.is_some();
    let fail_on = settings.fail_on;
    let format = settings.format;
    let shared = Rc::new(share(settings));
    let planned = shared.targets.len() * shared.paths.len();
    let is_quiet = format == Format::Human || is_file || !machine.is_stdout_terminal();
    let mut progress = Progress::new(planned, machine.stderr_is_terminal && is_quiet && planned > 0);
    let mut results = Results::new(planned, shared.targets.required());

    if let Err(error) = output.begin(&begin) {
        return fail(&unwritten(&error));
    }
    // There is room: it is the first.
    writer.put(page.take()).await;
    let take = |ended: &Ended, place: Place| {
        results.add(ended, shared.targets.facts(ended.target as usize));
        progress.add(ended.record.outcome, ended.rank);
        // Controls come at the end, together.
        if !ended.record.common.is_control() {
            output.attempt(ended)?;
        }
        place.put(page.take());
        for note in shared.limiter.take_notes() {
            progress.note(&format!("note: {}\n", harmless(&note)));
        }
        Ok(())
    };
    let places = writer.places();
    let ran = run::run(Rc::clone(&shared), parallel, places, &mut stop, writer.failure(), take).await;
    progress.end();
    let signal = match &ran {
        Ok(signal) => *signal,
        Err(_) => None,
    };
    if let Some(target) = results.passed_with_credentials().filter(|_| matches!(ran, Ok(None)))
        && let Some(control) = run::without_credentials(&shared, target, &mut stop).await
    {
        results.add_anonymous(&control);
    }
    let is_complete = results.tally.attempts == planned;
    let conclusion = results.conclude(&shared, fail_on, signal);
    let exit_code = conclusion.end.exit_code;
    if let Err(error) = ran {
        return broken(&error, is_complete, exit_code);
    }
    let summary = Summary {
        controls: &conclusion.controls,
        causes: &conclusion.causes,
        findings: &conclusion.findings,
        end: &conclusion.end,
        targets: &shared.targets,
    };
    if let Err(error) = output.finish(&summary) {
        return fail(&unwritten(&error));
    }
    let rest = page.take();
    match deliver(writer, rest, signal, &mut stop).await {
        Err(error) => return broken(&error, is_complete || signal.is_some(), exit_code),
        Ok(Some(late)) => return late.exit_code(),
        Ok(None) => {}
    }
    for note in shared.client.trust().notes() {
        machine::complain(&format!("note: {}\n", harmless(note)));
    }
    if is_file {
        machine::complain(&format!("{}\n", conclusion.end.answer));
    }
    exit_code
}

/// Waits until everything is written; after a signal, no longer than the reader reads. Gives a signal that came meanwhile.
async fn deliver(
    writer: Writer,
    rest: Vec<u8>,
    signal: Option<Signal>,
    stop: impl Future<Output = Signal>,
) -> io::Result<Option<Signal>> {
    if signal.is_some() {
        return writer.finish_soon(rest).await.map(|()| None);
    }
    tokio::select! {
        biased;
        ended = async {
            writer.put(rest).await;
            writer.finish().await
        } => ended.map(|()| None),
        // Everything is known, and nobody reads it.
        signal = stop => Ok(Some(signal)),
    }
}

/// The results cannot be written. A reader that went away has read enough, which is quiet; the exit code tells whether that
/// was before everything was tried.
fn broken(error: &io::Error, is_complete: bool, exit_code: u8) -> u8 {
    match error.kind() {
        io::ErrorKind::BrokenPipe if is_complete => exit_code,
        io::ErrorKind::BrokenPipe => exit::READER_GONE,
        _ => fail(&unwritten(error)),
    }
}

fn unwritten(error: &io::Error) -> String {
    format!("the result cannot be written: {error}")
}

/// Opens what the result goes to, with a thread that writes.
fn open(settings: &Settings, parallel: usize) -> Result<Writer, String> {
    let out: Box<dyn Out> = match &settings.output {
        None => Box::new(io::stdout()),
        Some(file) => Box::new(File::create(file).map_err(|error| {
            format!("{} cannot be written: {error}; nothing was sent", harmless(&file.display().to_string()))
        })?),
    };
    Writer::start(out, parallel + UNREAD).map_err(|error| format!("no thread can be started: {error}"))
}

fn put_into_words(settings: &Settings, machine: &Machine, when: When, page: Page) -> Box<dyn Output> {
    let is_stdout = settings.output.is_none();
    settings.format.output(page, machine.paint(when, is_stdout), machine.columns(is_stdout))
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
    // Where a client's path differs from target to target, the first target's stands for all.
    let first = settings.targets.get(0);
    let judged = first.map_or(Path::Default, |target| settings.ways.way(&settings.paths, 0, &target).path);
    Run {
        common: Common::new("run", Timestamp::now()),
        version: env!("CARGO_PKG_VERSION"),
        vantage: settings.vantage.clone().unwrap_or_else(machine::name),
        addresses: machine::addresses(),
        targets: settings.targets.len(),
        paths: settings.paths.ids(judged),
        judged_path: judged.id(),
        client: settings.paths.ask_client().then(|| settings.ways.client().as_str()),
        catalog: settings.list.clone(),
        options: Options {
            proxy: view.cli.map(|proxy| proxy.to_string()),
            credentials: view.cli.is_some_and(|proxy| proxy.credentials.is_some()),
            noproxy: settings.ways.noproxy.as_deref().map(harmless),
            as_client: settings.ways.own.as_ref().is_some_and(|own| own.falls_over),
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
