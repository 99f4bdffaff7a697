//! Which attempt is next: in the order of the list, past those whose proxy lets none begin yet.
//!
//! A job is a target and a path. One that has to wait for its proxy is put aside and takes nobody's place: others, over
//! other paths or by other proxies, begin meanwhile. Each path has a line of its own, and only so many jobs of a line are put
//! aside that a run costs no more for a longer list.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

use crate::attempt::{Hop, Shared, hop};
use crate::limiter::Leave;

/// So many jobs of one path are put aside, at four bytes each. More would only help where another proxy of the same path is
/// named for the first time later than that.
const ASIDE: usize = 1024;

/// An attempt that may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    /// The number of its target.
    pub target: usize,
    /// The slot of its path.
    pub path: usize,
    /// Whether anything will be sent for it.
    pub sends: bool,
}

/// All attempts of a run that have not begun.
#[derive(Debug)]
pub struct Jobs {
    shared: Rc<Shared>,
    /// Those that nobody has promised to make.
    unclaimed: Cell<usize>,
    lines: Mutex<Vec<Line>>,
}

/// The jobs of one path.
#[derive(Debug, Default)]
struct Line {
    /// The first target that was not looked at.
    next: usize,
    /// Those that wait for their proxy.
    aside: Vec<Waiting>,
}

/// The targets that wait for one proxy.
#[derive(Debug)]
struct Waiting {
    proxy: String,
    targets: VecDeque<u32>,
}

impl Line {
    /// The first target that has not begun.
    fn first(&self) -> usize {
        let waiting = self.aside.iter().filter_map(|waiting| waiting.targets.front());
        waiting.map(|target| *target as usize).min().unwrap_or(self.next)
    }

    /// How many are put aside.
    fn count(&self) -> usize {
        self.aside.iter().map(|waiting| waiting.targets.len()).sum()
    }
}

impl Jobs {
    /// Every target over every path.
    pub fn new(shared: Rc<Shared>) -> Self {
        let lines = (0..shared.paths.len()).map(|_| Line::default()).collect();
        let unclaimed = Cell::new(shared.targets.len() * shared.paths.len());
        Self { shared, unclaimed, lines: Mutex::new(lines) }
    }

    /// Promises to make one attempt, by asking for the [`next`](Self::next) one once. `false` when all are promised.
    pub fn claim(&self) -> bool {
        let left = self.unclaimed.get();
        self.unclaimed.set(left.saturating_sub(1));
        left > 0
    }

    /// Waits for an attempt that may begin. `None` when there is none left.
    pub async fn next(&self) -> Option<Job> {
        // One waits for the gates, and the others for that one.
        let mut lines = self.lines.lock().await;
        loop {
            match self.pick(&mut lines, Instant::now()) {
                Pick::Job(job) => return Some(job),
                Pick::Wait(at) => {
                    tokio::select! {
                        () = sleep_until(at) => {}
                        () = self.shared.limiter.given_up() => {}
                    }
                }
                Pick::Over => return None,
            }
        }
    }

    /// The job that is first in the list of those that may begin.
    fn pick(&self, lines: &mut [Line], now: Instant) -> Pick {
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.sort_by_key(|path| lines.get(*path).map(Line::first));
        let mut wait: Option<Instant> = None;
        for path in order {
            let Some(line) = lines.get_mut(path) else { continue };
            match self.pick_in(line, path, now) {
                Pick::Job(job) => return Pick::Job(job),
                Pick::Wait(at) => wait = Some(wait.map_or(at, |before| before.min(at))),
                Pick::Over => {}
            }
        }
        wait.map_or(Pick::Over, Pick::Wait)
    }

    fn pick_in(&self, line: &mut Line, path: usize, now: Instant) -> Pick {
        let mut wait: Option<Instant> = None;
        let mut note = |at: Instant| wait = Some(wait.map_or(at, |before| before.min(at)));
        line.aside.retain(|waiting| !waiting.targets.is_empty());
        for waiting in &mut line.aside {
            match self.shared.limiter.ask(&waiting.proxy, now) {
                Leave::At(at) => note(at),
                leave => {
                    if let Some(target) = waiting.targets.pop_front() {
                        let sends = leave == Leave::Now;
                        return Pick::Job(Job { target: target as usize, path, sends });
                    }
                }
            }
        }
        let mut room = ASIDE.saturating_sub(line.count());
        while room > 0 && line.next < self.shared.targets.len() {
            let target = line.next;
            line.next += 1;
            // Nobody has to wait: the way is found once, when the attempt is made.
            if self.shared.limiter.lets_all_pass() && self.shared.jitter.is_zero() {
                return Pick::Job(Job { target, path, sends: true });
            }
            let proxy = match hop(&self.shared, target, path) {
                Hop::Nowhere => return Pick::Job(Job { target, path, sends: false }),
                Hop::Directly => return Pick::Job(Job { target, path, sends: true }),
                Hop::Through(proxy) => proxy,
            };
            let number = u32::try_from(target).unwrap_or(u32::MAX);
            // Behind those that came first.
            if let Some(waiting) = line.aside.iter_mut().find(|waiting| waiting.proxy == proxy) {
                waiting.targets.push_back(number);
            } else {
                match self.shared.limiter.ask(&proxy, now) {
                    Leave::Now => return Pick::Job(Job { target, path, sends: true }),
                    Leave::Never => return Pick::Job(Job { target, path, sends: false }),
                    Leave::At(at) => {
                        note(at);
                        line.aside.push(Waiting { proxy, targets: VecDeque::from([number]) });
                    }
                }
            }
            room -= 1;
        }
        wait.map_or(Pick::Over, Pick::Wait)
    }
}

/// What became of looking for a job.
enum Pick {
    /// It may begin.
    Job(Job),
    /// None may before this time.
    Wait(Instant),
    /// There is none.
    Over,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::attempt::scripted;
    use crate::limiter::Limiter;
    use crate::settings::Ways;

    /// A run of so many targets over `cli` and `direct`, at this distance. Every third target has no business at the proxy.
    fn shared(count: usize, distance: Duration) -> Rc<Shared> {
        let name = |number: usize| if number % 3 == 2 { "local" } else { "example" };
        let list: Vec<_> =
            (0..count).map(|number| format!("https://host{number}.{}/", name(number))).collect();
        let noproxy = Some("local".to_owned());
        let ways = Ways { proxy: Some("198.18.0.9:3128".into()), noproxy, ..Ways::default() };
        let mut shared = scripted::shared(&list.join("\n"), ways);
        shared.limiter = Limiter::new(distance);
        Rc::new(shared)
    }

    /// What may begin now, in its order.
    fn ready(jobs: &Jobs, now: Instant) -> Vec<(usize, usize, bool)> {
        let mut lines = jobs.lines.try_lock().unwrap();
        std::iter::from_fn(|| match jobs.pick(&mut lines, now) {
            Pick::Job(job) => Some((job.target, job.path, job.sends)),
            Pick::Wait(_) | Pick::Over => None,
        })
        .collect()
    }

    const PROXY: &str = "http://198.18.0.9:3128";

    #[test]
    fn in_the_order_of_the_list() {
        let jobs = Jobs::new(shared(3, Duration::ZERO));
        let order: Vec<_> = (0..3).flat_map(|target| [(target, 0, true), (target, 1, true)]).collect();
        assert_eq!(ready(&jobs, Instant::now()), order);
    }

    #[test]
    fn whoever_waits_for_a_proxy_keeps_nobody_else_waiting() {
        let second = Duration::from_secs(1);
        let jobs = Jobs::new(shared(6, second));
        let now = Instant::now();
        let first = ready(&jobs, now);
        let all = [(0, 0), (0, 1), (1, 1), (2, 0), (2, 1), (3, 1), (4, 1), (5, 0), (5, 1)];
        let mut found: Vec<_> = first.iter().map(|(target, path, _)| (*target, *path)).collect();
        assert_eq!(found[0], (0, 0), "the judged path comes first");
        found.sort_unstable();
        assert_eq!(found, all);
        assert_eq!(ready(&jobs, now + second), [(1, 0, true)]);
        assert_eq!(ready(&jobs, now + second), []);
        assert_eq!(ready(&jobs, now + 2 * second), [(3, 0, true)]);
        assert_eq!(ready(&jobs, now + 3 * second), [(4, 0, true)]);
        assert!(matches!(jobs.pick(&mut jobs.lines.try_lock().unwrap(), now), Pick::Over));
    }

    #[test]
    fn a_longer_list_puts_no_more_aside() {
        let jobs = Jobs::new(shared(10 * ASIDE, Duration::from_hours(1)));
        let now = Instant::now();
        assert!(matches!(jobs.pick(&mut jobs.lines.try_lock().unwrap(), now), Pick::Job(_)));
        ready(&jobs, now);
        let lines = jobs.lines.try_lock().unwrap();
        assert_eq!((lines[0].count(), lines[1].count()), (ASIDE, 0));
        assert_eq!(lines[1].next, 10 * ASIDE, "the other path goes on");
    }

    #[test]
    fn what_a_proxy_is_not_asked_for_comes_at_once() {
        let shared = shared(9, Duration::ZERO);
        let jobs = Jobs::new(Rc::clone(&shared));
        let mut now = Instant::now();
        while !shared.limiter.is_given_up(PROXY) {
            shared.limiter.complained(PROXY, None, now, now);
            now += Duration::from_mins(2);
        }
        let sent = |path| ready(&jobs, now).iter().filter(|job| job.1 == path && job.2).count();
        assert_eq!(sent(0), 3);
    }

    #[test]
    fn every_job_is_claimed_once() {
        let jobs = Jobs::new(shared(3, Duration::ZERO));
        assert_eq!((0..10).filter(|_| jobs.claim()).count(), 6);
    }
}
