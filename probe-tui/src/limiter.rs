//! How fast attempts may begin at each proxy, and when it is asked no more.
//!
//! A gate for each proxy: attempts begin at even distances, and when the proxy says that it is too much (429, 503 with
//! Retry-After) the gate closes for as long as it asks and opens again at half the speed, to become faster with each calm
//! stretch. No attempt is repeated: what was refused was refused. A proxy that goes on complaining is given up: what is
//! left for it is not measured, which says nothing about the network.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// The longest that a gate stays closed, whatever the proxy asks for.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// How long a gate closes when the proxy does not say; each time in a row twice as long.
const PAUSE: Duration = Duration::from_secs(1);

/// The distance that slowing down begins with where no limit was set.
const FIRST_DISTANCE: Duration = Duration::from_millis(50);

/// Slowing down ends here: a 64th of the speed.
const SLOWEST: u32 = 6;

/// So many answers without complaint make a gate faster again.
const CALM: u32 = 20;

/// So many pauses in a row are made without one good answer between; a complaint after the last of them ends it. Where the
/// proxy does not say how long, they come to 63 seconds: proxies that count requests count them by the second or by the
/// minute. Where it asks for the most, to six minutes.
const PAUSES_IN_A_ROW: u32 = 6;

/// All pauses at one proxy together, however good the answers between them: a proxy that asks for a minute every few
/// requests would make days of a long list.
const LONGEST_IN_ALL: Duration = Duration::from_mins(30);

/// A beginning that comes late, since timers and this thread are not exact, puts off the next ones by what is more than this.
const LATE: Duration = Duration::from_millis(10);

/// The gates of all proxies of a run.
#[derive(Debug)]
pub struct Limiter {
    distance: Duration,
    gates: RefCell<HashMap<String, Gate>>,
    has_complaints: Cell<bool>,
    notes: RefCell<Vec<String>>,
    given_up: Notify,
}

/// Whether an attempt may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// Now; it counts as begun.
    Now,
    /// Not before this time.
    At(Instant),
    /// The proxy is asked no more.
    Never,
}

#[derive(Debug, Clone, Copy)]
struct Gate {
    /// When the next attempt may begin.
    next: Instant,
    /// Until then none may.
    closed_until: Instant,
    /// When the complaint came that closed it last.
    complained_at: Option<Instant>,
    /// Distances are doubled so many times.
    slowness: u32,
    /// Answers without complaint since the last change.
    calm: u32,
    /// Pauses since the last answer without complaint.
    in_a_row: u32,
    /// All pauses so far.
    paused: Duration,
    is_given_up: bool,
}

impl Limiter {
    /// Gates that let an attempt through every `distance`.
    pub fn new(distance: Duration) -> Self {
        Self {
            distance,
            gates: RefCell::default(),
            has_complaints: Cell::new(false),
            notes: RefCell::default(),
            given_up: Notify::new(),
        }
    }

    /// Asks whether an attempt may begin at this proxy.
    pub fn ask(&self, proxy: &str, now: Instant) -> Leave {
        self.with(proxy, now, |gate, distance| {
            if gate.is_given_up {
                return Leave::Never;
            }
            let at = gate.next.max(gate.closed_until);
            if at > now {
                return Leave::At(at);
            }
            let late = (now - at).saturating_sub(LATE);
            gate.next = at + late + distance;
            Leave::Now
        })
    }

    /// Whether everybody may begin at once: there is no distance to keep, and no proxy has complained.
    pub fn lets_all_pass(&self) -> bool {
        self.distance.is_zero() && !self.has_complaints.get()
    }

    /// Whether the proxy is asked no more.
    pub fn is_given_up(&self, proxy: &str) -> bool {
        self.gates.borrow().get(proxy).is_some_and(|gate| gate.is_given_up)
    }

    /// Waits until a proxy is given up: then what [`ask`](Self::ask) said of it is not so any more.
    pub async fn given_up(&self) {
        self.given_up.notified().await;
    }

    /// What is to be said about proxies since this was asked last.
    pub fn take_notes(&self) -> Vec<String> {
        self.notes.take()
    }

    /// The proxy said that it is too much, and perhaps for how long, to an attempt that had begun at `begun`.
    pub fn complained(&self, proxy: &str, retry_after: Option<Duration>, begun: Instant, now: Instant) {
        self.has_complaints.set(true);
        let note = self.with(proxy, now, |gate, _| {
            // Attempts that were under way together complain together: that counts once.
            let is_new = gate.complained_at.is_none_or(|at| begun >= at);
            let own = PAUSE.saturating_mul(1 << gate.in_a_row.saturating_sub(u32::from(!is_new)).min(SLOWEST));
            let until = gate.closed_until.max(now + retry_after.unwrap_or(own).min(LONGEST_PAUSE));
            let pause = until - now.max(gate.closed_until);
            gate.calm = 0;
            if gate.is_given_up {
                return None;
            }
            if is_new && gate.in_a_row >= PAUSES_IN_A_ROW || gate.paused + pause > LONGEST_IN_ALL {
                gate.is_given_up = true;
                return Some(format!(
                    "the proxy {proxy} goes on asking for fewer requests, after pauses of {} s in all: it is asked no \
                     more, and what is left for it is not measured",
                    gate.paused.as_secs()
                ));
            }
            let is_first = gate.complained_at.is_none();
            gate.closed_until = until;
            gate.paused += pause;
            if is_new {
                gate.complained_at = Some(now);
                gate.in_a_row += 1;
                gate.slowness = SLOWEST.min(gate.slowness + 1);
            }
            let alone = match pause.as_secs_f64() {
                0.0 => String::new(),
                seconds => format!("left alone for {seconds:.0} s, and then "),
            };
            is_first.then(|| format!("the proxy {proxy} asks for fewer requests: it is {alone}asked more slowly"))
        });
        if let Some(note) = note {
            self.notes.borrow_mut().push(note);
        }
        if self.is_given_up(proxy) {
            self.given_up.notify_one();
        }
    }

    /// The proxy answered without complaint.
    pub fn answered(&self, proxy: &str, now: Instant) {
        self.with(proxy, now, |gate, _| {
            gate.in_a_row = 0;
            gate.calm += 1;
            if gate.calm >= CALM {
                gate.calm = 0;
                gate.slowness = gate.slowness.saturating_sub(1);
            }
        });
    }

    fn with<R>(&self, proxy: &str, now: Instant, change: impl FnOnce(&mut Gate, Duration) -> R) -> R {
        let mut gates = self.gates.borrow_mut();
        if !gates.contains_key(proxy) {
            gates.insert(proxy.to_owned(), Gate::new(now));
        }
        let gate = gates.get_mut(proxy).expect("it was put there just now");
        let base = if gate.slowness > 0 { self.distance.max(FIRST_DISTANCE) } else { self.distance };
        let distance = base.saturating_mul(1 << gate.slowness);
        change(gate, distance)
    }
}

impl Gate {
    /// Open.
    fn new(now: Instant) -> Self {
        Self {
            next: now,
            closed_until: now,
            complained_at: None,
            slowness: 0,
            calm: 0,
            in_a_row: 0,
            paused: Duration::ZERO,
            is_given_up: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);
    const SECOND: Duration = Duration::from_secs(1);

    /// When the next attempt begins, as somebody finds it who asks again whenever told to. In milliseconds from `since`.
    fn next(limiter: &Limiter, proxy: &str, since: Instant, from: Instant) -> u128 {
        let mut now = from;
        loop {
            match limiter.ask(proxy, now) {
                Leave::Now => return (now - since).as_millis(),
                Leave::At(at) => now = at,
                Leave::Never => panic!("{proxy} was given up"),
            }
        }
    }

    #[test]
    fn even_distances_for_each_proxy() {
        let limiter = Limiter::new(50 * MS);
        let now = Instant::now();
        let starts: Vec<_> = (0..3).map(|_| next(&limiter, "a", now, now)).collect();
        assert_eq!(starts, [0, 50, 100]);
        assert_eq!(limiter.ask("b", now), Leave::Now);
        assert_eq!(next(&limiter, "a", now, now + 152 * MS), 152);
        assert_eq!(next(&limiter, "a", now, now + 152 * MS), 200, "what comes a little late is made up for");
        assert_eq!(next(&limiter, "a", now, now + 1000 * MS), 1000);
        assert_eq!(next(&limiter, "a", now, now + 1000 * MS), 1040, "no other debts are saved up");
        let unlimited = Limiter::new(Duration::ZERO);
        assert!((0..100).all(|_| unlimited.ask("a", now) == Leave::Now));
    }

    #[test]
    fn complaints_close_the_gate_and_slow_it_down() {
        let limiter = Limiter::new(50 * MS);
        let now = Instant::now();
        for _ in 0..5 {
            limiter.complained("a", Some(2 * SECOND), now, now + MS);
        }
        assert_eq!(limiter.ask("a", now + MS), Leave::At(now + MS + 2 * SECOND));
        assert_eq!(limiter.ask("b", now + MS), Leave::Now);
        assert_eq!(next(&limiter, "a", now, now), 2001);
        assert_eq!(next(&limiter, "a", now, now + 2001 * MS), 2101, "half the speed, not a 32nd");
        let later = now + 3 * SECOND;
        limiter.complained("a", Some(Duration::from_hours(24)), later, later);
        assert_eq!(limiter.ask("a", later), Leave::At(later + LONGEST_PAUSE));
        assert_eq!(
            limiter.take_notes(),
            ["the proxy a asks for fewer requests: it is left alone for 2 s, and then asked more slowly"],
            "said once"
        );
        assert_eq!(limiter.take_notes(), [""; 0]);
    }

    #[test]
    fn calm_makes_it_faster_again() {
        let limiter = Limiter::new(Duration::ZERO);
        let now = Instant::now();
        limiter.complained("a", None, now, now);
        let later = now + 2 * PAUSE;
        assert_eq!(next(&limiter, "a", later, later), 0);
        assert_eq!(next(&limiter, "a", later, later), 90, "slow, though no limit was set");
        (0..CALM).for_each(|_| limiter.answered("a", later));
        let later = later + PAUSE;
        assert_eq!((limiter.ask("a", later), limiter.ask("a", later)), (Leave::Now, Leave::Now));
    }

    /// How long it takes until a proxy is given up that complains about every attempt, and how many those are.
    fn patience(retry_after: Option<Duration>, answers: impl Fn(u32) -> bool) -> (u64, u32) {
        let limiter = Limiter::new(Duration::ZERO);
        let begin = Instant::now();
        let mut now = begin;
        for attempt in 0..1_000_000 {
            match limiter.ask("a", now) {
                Leave::At(at) => now = at,
                Leave::Never => {
                    assert!(limiter.is_given_up("a") && !limiter.is_given_up("b"));
                    assert_eq!(limiter.take_notes().len(), 2, "one at the beginning, one at the end");
                    return ((now - begin).as_secs(), attempt / 2 + 1);
                }
                Leave::Now if answers(attempt) => limiter.answered("a", now),
                Leave::Now => limiter.complained("a", retry_after, now, now),
            }
        }
        panic!("its patience has no end");
    }

    #[test]
    fn patience_has_an_end() {
        assert_eq!(patience(None, |_| false), (63, 7));
        assert_eq!(patience(Some(Duration::from_hours(1)), |_| false), (360, 7));
        assert!(patience(Some(Duration::ZERO), |_| false).0 <= 10);
        let (seconds, _) = patience(Some(Duration::from_hours(1)), |attempt| attempt % 3 == 0);
        assert!((1800..2400).contains(&seconds), "{seconds}");
    }

    #[test]
    fn a_good_answer_renews_patience() {
        let limiter = Limiter::new(Duration::ZERO);
        let mut now = Instant::now();
        for _ in 0..100 {
            limiter.complained("a", None, now, now);
            now += 10 * SECOND;
            limiter.answered("a", now);
        }
        assert!(!limiter.is_given_up("a"));
        // Many that had begun before the first of them complained are one complaint.
        let begun = now;
        for _ in 0..100 {
            limiter.complained("a", Some(SECOND), begun, now);
            now += 10 * MS;
        }
        assert!(!limiter.is_given_up("a"));
    }
}
