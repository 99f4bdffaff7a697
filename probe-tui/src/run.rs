//! The scheduler: so many attempts at a time, results as they come, and an end at any moment.
//!
//! All of it runs on one thread: an attempt waits nearly all its time, and what it computes (a handshake, a chain) takes
//! a millisecond or two. Only what is written has a thread of its own: whoever reads it may let it wait. A waiting target
//! is a number; only attempts under way hold memory.

use std::io;
use std::panic::resume_unwind;
use std::pin::pin;
use std::rc::Rc;

use bytes::BytesMut;
use probe_core::limits;
use probe_core::probe::request::Lent;
use probe_core::select::Path;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet, LocalSet};
use tokio::time::{Instant, sleep_until};

use crate::attempt::{As, Ended, Hop, Shared, Try, attempt};
use crate::jobs::Jobs;
use crate::limiter::Leave;
use crate::outcome::Signal;
use crate::writer::{Place, Places};

/// Room for requests; those that are longer (by their paths, or by credentials) are written elsewhere.
const REQUESTS: usize = 512;

/// What takes an attempt that ended, with a place for what is to be written about it.
pub trait Take: FnMut(&Ended, Place) -> io::Result<()> {}

impl<T: FnMut(&Ended, Place) -> io::Result<()>> Take for T {}

/// Makes all attempts, every target over every path, and hands each to `take` as it ends. An attempt begins only when one of
/// the `places` is free for it. Stops early when `stop` is ready, with what ended by then handed over.
///
/// # Errors
/// What `take` or `failure` said first; nothing more is begun after it.
pub async fn run(
    shared: Rc<Shared>,
    parallel: usize,
    places: Places,
    stop: impl Future<Output = Signal>,
    failure: impl Future<Output = io::Error>,
    take: impl Take,
) -> io::Result<Option<Signal>> {
    LocalSet::new().run_until(schedule(shared, parallel, places, stop, failure, take)).await
}

async fn schedule(
    shared: Rc<Shared>,
    parallel: usize,
    places: Places,
    stop: impl Future<Output = Signal>,
    failure: impl Future<Output = io::Error>,
    mut take: impl Take,
) -> io::Result<Option<Signal>> {
    let count = parallel.min(shared.targets.len() * shared.paths.len());
    let jobs = Rc::new(Jobs::new(Rc::clone(&shared)));
    // Nothing waits here: results are taken as they come, and there is a place for each.
    let (send, mut receive) = mpsc::channel(parallel.max(1));
    let mut workers = JoinSet::new();
    // One piece for all of them: such a large one the system gives page by page, as it is written to. An attempt that waits
    // for its first answer has none of the four that are its own, and most answers fill one.
    let mut buffers = BytesMut::zeroed(count * limits::BUFFER_RECOMMENDED);
    for _ in 0..count {
        let buffer = buffers.split_to(limits::BUFFER_RECOMMENDED);
        workers.spawn_local(work(Rc::clone(&shared), Rc::clone(&jobs), places.clone(), send.clone(), buffer));
    }
    drop((send, places));
    let (mut stop, mut failure) = (pin!(stop), pin!(failure));
    loop {
        tokio::select! {
            biased;
            signal = &mut stop => {
                workers.abort_all();
                while let Ok((ended, place)) = receive.try_recv() {
                    take(&ended, place)?;
                }
                return Ok(Some(signal));
            }
            error = &mut failure => return Err(error),
            ended = receive.recv() => match ended {
                Some((ended, place)) => take(&ended, place)?,
                None => break,
            },
            Some(ended) = workers.join_next() => no_fault(ended),
        }
    }
    while let Some(ended) = workers.join_next().await {
        no_fault(ended);
    }
    Ok(None)
}

/// A worker only ends early by a fault of this program, which must not look like a result.
fn no_fault(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        resume_unwind(error.into_panic());
    }
}

/// Makes one attempt after the other, as long as there are any.
async fn work(
    shared: Rc<Shared>,
    jobs: Rc<Jobs>,
    places: Places,
    results: mpsc::Sender<(Box<Ended>, Place)>,
    mut buffer: BytesMut,
) {
    let mut requests = [0; REQUESTS];
    // Whoever has rested and then sent nothing need not rest again.
    let mut is_rested = false;
    while jobs.claim() {
        let Some(place) = places.take().await else { return };
        // First, so that nothing comes between the proxy's leave and the request.
        if !is_rested {
            shared.rest().await;
        }
        let Some(job) = jobs.next().await else { return };
        is_rested = !job.sends;
        let mut which = Try::slot(job.path);
        let mut place = Some(place);
        let mut tried = Vec::new();
        loop {
            let lent = Lent { requests: &mut requests, answers: &mut buffer };
            let Some(ended) = attempt(&shared, job.target, which, lent).await else { break };
            let free = match place.take() {
                None => places.take().await,
                first => first,
            };
            let Some(free) = free else { return };
            let (path, leads_on) = (ended.path, ended.leads_on);
            if results.send((Box::new(ended), free)).await.is_err() {
                return;
            }
            if !leads_on {
                break;
            }
            tried.push(path);
            which.failed += 1;
            let Some(next) = fall_over(&shared, job.target, which.failed).await else { break };
            which.whose = if tried.contains(&next) { As::Again } else { As::Given };
        }
    }
}

/// Waits until the next way of the client may be tried, and gives its path. `None` where it has none.
async fn fall_over(shared: &Shared, target: usize, failed: usize) -> Option<Path> {
    let target = shared.targets.get(target)?;
    let way = shared.ways.fallback(failed, &target)?;
    if let Hop::Through(proxy) = Hop::of(&way) {
        while let Leave::At(at) = shared.limiter.ask(&proxy, Instant::now()) {
            tokio::select! {
                () = sleep_until(at) => {}
                () = shared.limiter.given_up() => {}
            }
        }
    }
    Some(way.path)
}

/// Makes an attempt on the judged path again without credentials, where one passed with them. It says whether clients that
/// cannot log in, as the sensors, pass too. `None` where `stop` was ready first.
pub async fn without_credentials(
    shared: &Shared,
    target: u32,
    stop: impl Future<Output = Signal>,
) -> Option<Ended> {
    let (mut requests, mut answers) = ([0; REQUESTS], vec![0; limits::BUFFER_RECOMMENDED]);
    let lent = Lent { requests: &mut requests, answers: &mut answers };
    tokio::select! {
        biased;
        _ = stop => None,
        ended = attempt(shared, target as usize, Try { whose: As::Anonymous, ..Try::slot(0) }, lent) => ended,
    }
}

/// Waits for Ctrl-C or SIGTERM. From the first call on, neither ends the process by itself.
///
/// # Errors
/// What the system says when it cannot tell of signals.
#[cfg(unix)]
pub fn signals() -> io::Result<impl Future<Output = Signal>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => Signal::Interrupt,
            _ = terminate.recv() => Signal::Terminate,
        }
    })
}

/// Waits for Ctrl-C.
///
/// # Errors
/// None here; elsewhere, what the system says when it cannot tell of signals.
#[cfg(not(unix))]
pub fn signals() -> io::Result<impl Future<Output = Signal>> {
    Ok(async {
        // Where Ctrl-C cannot be waited for it ends the process by itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    })
}
