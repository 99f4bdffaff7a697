//! Writes results from a thread of its own, so that a reader who does not read keeps nothing waiting but results.
//!
//! So many results may wait to be written, no more: an attempt begins only when there is a [`Place`] for its result. What
//! is under way then runs on undisturbed, and signals are heard.

use std::fs::File;
use std::io::{self, Stdout, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep};

/// A pipe takes so many bytes as one, all or none of them (`PIPE_BUF` of Linux; POSIX asks for 512 at least).
const ATOMIC: usize = 4096;

/// How long a reader that takes nothing is waited for when a signal has ended the run.
const GRACE: Duration = Duration::from_millis(500);

/// How often it is looked whether the reader has taken something.
const LOOK: Duration = Duration::from_millis(10);

/// How long the thread rests when it has written all there is. To wake it for each result would cost the attempts as much as
/// some parts of a probe; nobody sees two milliseconds.
const REST: Duration = Duration::from_millis(2);

/// What can be written to.
pub trait Out: Write + Send {
    /// Waits until so many bytes, more than a pipe takes as one, can be written without waiting in the middle of them, where
    /// the system tells. Whoever is ended while it waits has then written no half of a line.
    fn make_room(&self, _bytes: usize) {}
}

impl Out for Stdout {
    fn make_room(&self, bytes: usize) {
        pipe::make_room(self, bytes);
    }
}

impl Out for File {
    fn make_room(&self, bytes: usize) {
        pipe::make_room(self, bytes);
    }
}

#[cfg(target_os = "linux")]
mod pipe {
    use std::os::fd::AsFd;
    use std::thread;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::ioctl_fionread;
    use rustix::param::page_size;
    use rustix::pipe::fcntl_getpipe_size;

    use super::LOOK;

    /// What is no pipe has no such size, and is not waited for; neither is a pipe that never holds so much, or whose reader
    /// has gone.
    pub(super) fn make_room(out: &impl AsFd, bytes: usize) {
        let Ok(size) = fcntl_getpipe_size(out) else { return };
        let has_reader = || {
            let mut polled = [PollFd::new(out, PollFlags::OUT)];
            poll(&mut polled, Some(&Timespec::default())).is_ok()
                && !polled.iter().any(|one| one.revents().contains(PollFlags::ERR))
        };
        while bytes <= size
            && ioctl_fionread(out).is_ok_and(|unread| !fits(bytes, unread, size, page_size()))
            && has_reader()
        {
            thread::sleep(LOOK);
        }
    }

    /// A pipe holds pages, not bytes. A write that does not fit into the rest of the last page begins another: any two
    /// neighbours hold more than one page's bytes, but for the page that the reader is at.
    fn fits(bytes: usize, unread: u64, size: usize, page: usize) -> bool {
        let unread = usize::try_from(unread).unwrap_or(usize::MAX);
        let used = unread.saturating_mul(2).saturating_add(2 * page);
        unread == 0 || used.saturating_add(bytes).saturating_add(page) <= size
    }
}

#[cfg(not(target_os = "linux"))]
mod pipe {
    pub(super) fn make_room<T>(_: &T, _: usize) {}
}

/// The thread that writes.
#[derive(Debug)]
pub struct Writer {
    send: mpsc::Sender<Vec<u8>>,
    ended: oneshot::Receiver<io::Result<()>>,
    /// Pieces written so far.
    written: Arc<AtomicUsize>,
}

/// Gives places for results.
#[derive(Debug, Clone)]
pub struct Places(mpsc::Sender<Vec<u8>>);

/// Room for what one attempt has to say. Given back when it is dropped.
#[derive(Debug)]
pub struct Place(mpsc::OwnedPermit<Vec<u8>>);

impl Writer {
    /// Starts a thread that writes to `out`, and lets so many results wait for it.
    ///
    /// # Errors
    /// What the system says when it gives no thread.
    pub fn start(out: Box<dyn Out>, places: usize) -> io::Result<Self> {
        let (send, receive) = mpsc::channel(places.max(1));
        let (end, ended) = oneshot::channel();
        let written = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&written);
        thread::Builder::new().name("writer".into()).spawn(move || {
            // Nobody listens any more when the run was given up.
            let _ = end.send(write(out, receive, &count));
        })?;
        Ok(Self { send, ended, written })
    }

    /// Where places are given.
    pub fn places(&self) -> Places {
        Places(self.send.clone())
    }

    /// Hands over what belongs to no attempt, when there is room for it. After a failure it is dropped:
    /// [`finish`](Self::finish) tells of that.
    pub async fn put(&self, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            // An error says that the thread has ended.
            let _ = self.send.send(bytes).await;
        }
    }

    /// Waits for a failure to write: for ever where there is none.
    pub async fn failure(&mut self) -> io::Error {
        match (&mut self.ended).await {
            Ok(Err(error)) => error,
            // It ends well only when nothing more can come, which is later; else it has panicked.
            Ok(Ok(())) | Err(_) => io::Error::other("the thread that writes it has ended"),
        }
    }

    /// Waits until all is written. All [`Places`] must be gone.
    ///
    /// # Errors
    /// Why it could not be written.
    pub async fn finish(self) -> io::Result<()> {
        let Self { send, ended, .. } = self;
        drop(send);
        ended.await.unwrap_or_else(|_| Err(io::Error::other("the thread that writes it has ended")))
    }

    /// The same after a signal: gives up on a reader that takes nothing more. What it has been given are whole lines.
    ///
    /// # Errors
    /// Why it could not be written.
    pub async fn finish_soon(self, rest: Vec<u8>) -> io::Result<()> {
        let written = Arc::clone(&self.written);
        let all = async {
            self.put(rest).await;
            self.finish().await
        };
        let stuck = async {
            let (mut before, mut since) = (written.load(Ordering::Relaxed), Instant::now());
            while since.elapsed() < GRACE {
                sleep(LOOK).await;
                let now = written.load(Ordering::Relaxed);
                if now != before {
                    (before, since) = (now, Instant::now());
                }
            }
        };
        tokio::select! {
            ended = all => ended,
            () = stuck => Ok(()),
        }
    }
}

impl Places {
    /// Waits for a place. `None` when nothing can be written any more.
    pub async fn take(&self) -> Option<Place> {
        self.0.clone().reserve_owned().await.ok().map(Place)
    }
}

impl Place {
    /// Hands over what is to be written. Never waits.
    pub fn put(self, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            self.0.send(bytes);
        }
    }
}

/// Writes what comes, until nothing more can come.
fn write(
    mut out: Box<dyn Out>,
    mut receive: mpsc::Receiver<Vec<u8>>,
    written: &AtomicUsize,
) -> io::Result<()> {
    while let Some(bytes) = receive.blocking_recv() {
        let mut next = Some(bytes);
        while let Some(bytes) = next {
            for piece in pieces(&bytes) {
                if piece.len() > ATOMIC {
                    out.make_room(piece.len());
                }
                out.write_all(piece)?;
                out.flush()?;
                written.fetch_add(1, Ordering::Relaxed);
            }
            next = receive.try_recv().ok();
        }
        if !receive.is_closed() {
            thread::sleep(REST);
        }
    }
    Ok(())
}

/// Whole lines, as many at a time as a pipe takes as one; a longer line by itself.
fn pieces(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let is_end = |byte: &u8| *byte == b'\n';
        let fits = rest.get(..ATOMIC).and_then(|piece| piece.iter().rposition(is_end));
        let end = match fits {
            Some(end) => end + 1,
            None if rest.len() <= ATOMIC => rest.len(),
            None => rest.iter().position(is_end).map_or(rest.len(), |end| end + 1),
        };
        let (piece, left) = rest.split_at(end);
        rest = left;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
    }

    /// A reader that takes nothing as long as the lock is held.
    #[derive(Clone, Default)]
    struct Reader(Arc<Mutex<Vec<u8>>>);

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Out for Reader {}

    /// A reader that has gone.
    struct Gone;

    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Out for Gone {}

    #[test]
    fn pieces_are_whole_lines() {
        let long = format!("{}\n", "x".repeat(3 * ATOMIC));
        let text = format!("{}{long}short\n{}no end", "line\n".repeat(ATOMIC), "y\n".repeat(ATOMIC));
        let found: Vec<_> = pieces(text.as_bytes()).collect();
        assert_eq!(found.concat(), text.as_bytes());
        let (last, whole) = found.split_last().unwrap();
        assert!(last.ends_with(b"no end") && whole.iter().all(|piece| piece.ends_with(b"\n")));
        let more: Vec<_> = whole.iter().filter(|piece| piece.len() > ATOMIC).collect();
        assert_eq!(more, [&long.as_bytes()]);
        assert_eq!(pieces(b"").count(), 0);
    }

    #[test]
    fn places_run_out_while_nobody_reads() {
        let (runtime, reader) = (runtime(), Reader::default());
        let closed = reader.0.lock().unwrap();
        let writer = Writer::start(Box::new(reader.clone()), 3).unwrap();
        let taken = runtime.block_on(async {
            let places = writer.places();
            let soon = Duration::from_millis(100);
            let mut taken = 0;
            while let Ok(place) = tokio::time::timeout(soon, places.take()).await {
                place.unwrap().put(format!("{taken}\n").into_bytes());
                taken += 1;
            }
            taken
        });
        // One more than there are places: the thread has taken the first.
        assert_eq!(taken, 4);
        drop(closed);
        runtime.block_on(writer.finish()).unwrap();
        assert_eq!(*reader.0.lock().unwrap(), b"0\n1\n2\n3\n");
    }

    #[test]
    fn nobody_is_waited_for_after_a_signal() {
        let (runtime, reader) = (runtime(), Reader::default());
        let closed = reader.0.lock().unwrap();
        let writer = Writer::start(Box::new(reader.clone()), 1).unwrap();
        let waited = runtime.block_on(async {
            writer.put(b"1\n".to_vec()).await;
            let begun = Instant::now();
            writer.finish_soon(b"2\n".to_vec()).await.unwrap();
            begun.elapsed()
        });
        assert!((GRACE..4 * GRACE).contains(&waited), "{waited:?}");
        drop(closed);
    }

    #[test]
    fn a_reader_that_has_gone_is_heard_of_at_once() {
        runtime().block_on(async {
            let mut writer = Writer::start(Box::new(Gone), 1).unwrap();
            let places = writer.places();
            writer.put(b"1\n".to_vec()).await;
            assert_eq!(writer.failure().await.kind(), io::ErrorKind::BrokenPipe);
            assert!(places.take().await.is_none());
        });
    }
}
