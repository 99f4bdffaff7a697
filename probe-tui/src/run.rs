//! The scheduler: so many attempts at a time, results as they come, and an end at any moment.
//!
//! All of it runs on one thread: an attempt waits nearly all its time, and what it computes (a handshake, a chain) takes
//! a millisecond or two. A waiting target is a number; only attempts under way hold memory.

use std::cell::Cell;
use std::io;
use std::panic::resume_unwind;
use std::pin::pin;
use std::rc::Rc;

use bytes::BytesMut;
use probe_core::limits;
use probe_core::probe::request::Lent;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, LocalSet};

use crate::attempt::{Ended, Shared, attempt};
use crate::outcome::Signal;

/// Room for requests; those that are longer (by their paths, or by credentials) are written elsewhere.
const REQUESTS: usize = 512;

/// Makes all attempts, every target over every path, and hands each to `take` as it ends. Stops early when `stop` is ready,
/// with what ended by then handed over.
///
/// # Errors
/// What `take` said first; nothing more is begun after it.
pub async fn run(
    shared: Rc<Shared>,
    parallel: usize,
    stop: impl Future<Output = Signal>,
    take: impl FnMut(&Ended) -> io::Result<()>,
) -> io::Result<Option<Signal>> {
    LocalSet::new().run_until(schedule(shared, parallel, stop, take)).await
}

async fn schedule(
    shared: Rc<Shared>,
    parallel: usize,
    stop: impl Future<Output = Signal>,
    mut take: impl FnMut(&Ended) -> io::Result<()>,
) -> io::Result<Option<Signal>> {
    let jobs = shared.targets.len() * shared.paths.len();
    let next = Rc::new(Cell::new(0));
    let (send, mut receive) = mpsc::channel(parallel.max(1));
    let mut workers = JoinSet::new();
    let count = parallel.min(jobs);
    // One piece for all of them: such a large one the system gives page by page, as it is written to. An attempt that waits
    // for its first answer has none of the four that are its own, and most answers fill one.
    let mut buffers = BytesMut::zeroed(count * limits::BUFFER_RECOMMENDED);
    for _ in 0..count {
        let buffer = buffers.split_to(limits::BUFFER_RECOMMENDED);
        workers.spawn_local(work(Rc::clone(&shared), Rc::clone(&next), send.clone(), buffer));
    }
    drop(send);
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            biased;
            signal = &mut stop => {
                workers.abort_all();
                while let Ok(ended) = receive.try_recv() {
                    take(&ended)?;
                }
                return Ok(Some(signal));
            }
            ended = receive.recv() => match ended {
                Some(ended) => take(&ended)?,
                None => break,
            },
        }
    }
    // A worker only ends early by a fault of this program, which must not look like a result.
    while let Some(ended) = workers.join_next().await {
        if let Err(error) = ended
            && error.is_panic()
        {
            resume_unwind(error.into_panic());
        }
    }
    Ok(None)
}

/// Makes one attempt after the other, as long as there are any.
async fn work(
    shared: Rc<Shared>,
    next: Rc<Cell<usize>>,
    results: mpsc::Sender<Box<Ended>>,
    mut buffer: BytesMut,
) {
    let mut requests = [0; REQUESTS];
    loop {
        let job = next.get();
        let (target, path) = (job / shared.paths.len(), job % shared.paths.len());
        if target >= shared.targets.len() {
            return;
        }
        next.set(job + 1);
        let lent = Lent { requests: &mut requests, answers: &mut buffer };
        let ended = Box::new(attempt(&shared, target, path, lent).await);
        if results.send(ended).await.is_err() {
            return;
        }
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
