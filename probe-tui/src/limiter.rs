//! How fast attempts may begin at each proxy.
//!
//! A gate for each proxy: attempts begin at even distances, and when the proxy says that it is too much (429, 503 with
//! Retry-After) the gate closes for as long as it asks and opens again at half the speed, to become faster with each calm
//! stretch. No attempt is repeated: what was refused was refused.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The longest that a gate stays closed, whatever the proxy asks for.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// How long a gate closes when the proxy does not say.
const PAUSE: Duration = Duration::from_secs(1);

/// The distance that slowing down begins with where no limit was set.
const FIRST_DISTANCE: Duration = Duration::from_millis(50);

/// Slowing down ends here: a 64th of the speed.
const SLOWEST: u32 = 6;

/// So many answers without complaint make a gate faster again.
const CALM: u32 = 20;

/// The gates of all proxies of a run.
#[derive(Debug)]
pub struct Limiter {
    distance: Duration,
    gates: RefCell<HashMap<String, Gate>>,
}

#[derive(Debug, Clone, Copy)]
struct Gate {
    /// When the next attempt may begin.
    next: Instant,
    /// Until then none may.
    closed_until: Instant,
    /// Distances are doubled so many times.
    slowness: u32,
    /// Answers without complaint since the last change.
    calm: u32,
}

impl Limiter {
    /// Gates that let an attempt through every `distance`.
    pub fn new(distance: Duration) -> Self {
        Self { distance, gates: RefCell::default() }
    }

    /// Waits until an attempt may begin at this proxy.
    pub async fn wait(&self, proxy: &str) {
        let mut reserved = self.reserve(proxy, Instant::now());
        loop {
            sleep_until(reserved).await;
            // The gate may have closed in the meantime.
            if !self.is_closed(proxy, Instant::now()) {
                return;
            }
            reserved = self.reserve(proxy, Instant::now());
        }
    }

    fn reserve(&self, proxy: &str, now: Instant) -> Instant {
        self.with(proxy, now, |gate, distance| {
            let at = now.max(gate.next).max(gate.closed_until);
            gate.next = at + distance;
            at
        })
    }

    fn is_closed(&self, proxy: &str, now: Instant) -> bool {
        self.with(proxy, now, |gate, _| gate.closed_until > now)
    }

    /// The proxy said that it is too much, and perhaps for how long.
    pub fn complained(&self, proxy: &str, retry_after: Option<Duration>, now: Instant) {
        self.with(proxy, now, |gate, _| {
            let pause = retry_after.unwrap_or(PAUSE.saturating_mul(1 << gate.slowness)).min(LONGEST_PAUSE);
            // Attempts that were under way together complain together: that counts once.
            if gate.closed_until <= now {
                gate.slowness = SLOWEST.min(gate.slowness + 1);
            }
            gate.closed_until = gate.closed_until.max(now + pause);
            gate.calm = 0;
        });
    }

    /// The proxy answered without complaint.
    pub fn answered(&self, proxy: &str, now: Instant) {
        self.with(proxy, now, |gate, _| {
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
            gates.insert(proxy.to_owned(), Gate { next: now, closed_until: now, slowness: 0, calm: 0 });
        }
        let gate = gates.get_mut(proxy).expect("it was put there just now");
        let base = if gate.slowness > 0 { self.distance.max(FIRST_DISTANCE) } else { self.distance };
        let distance = base.saturating_mul(1 << gate.slowness);
        change(gate, distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn even_distances_for_each_proxy() {
        let limiter = Limiter::new(50 * MS);
        let now = Instant::now();
        let starts: Vec<_> = (0..3).map(|_| limiter.reserve("a", now) - now).collect();
        assert_eq!(starts, [Duration::ZERO, 50 * MS, 100 * MS]);
        assert_eq!(limiter.reserve("b", now), now);
        assert_eq!(limiter.reserve("a", now + 1000 * MS), now + 1000 * MS, "no debts are saved up");
        let unlimited = Limiter::new(Duration::ZERO);
        assert!((0..100).all(|_| unlimited.reserve("a", now) == now));
    }

    #[test]
    fn complaints_close_the_gate_and_slow_it_down() {
        let limiter = Limiter::new(50 * MS);
        let now = Instant::now();
        for _ in 0..5 {
            limiter.complained("a", Some(2000 * MS), now);
        }
        assert!(limiter.is_closed("a", now) && !limiter.is_closed("b", now));
        assert_eq!(limiter.reserve("a", now), now + 2000 * MS);
        assert_eq!(limiter.reserve("a", now), now + 2100 * MS, "half the speed, not a 32nd");
        let later = now + 3000 * MS;
        limiter.complained("a", Some(Duration::from_hours(24)), later);
        assert_eq!(limiter.reserve("a", later), later + LONGEST_PAUSE);
    }

    #[test]
    fn calm_makes_it_faster_again() {
        let limiter = Limiter::new(Duration::ZERO);
        let now = Instant::now();
        limiter.complained("a", None, now);
        let later = now + 2 * PAUSE;
        assert_eq!(limiter.reserve("a", later), later);
        assert_eq!(limiter.reserve("a", later), later + 100 * MS, "slow, though no limit was set");
        (0..CALM).for_each(|_| limiter.answered("a", later));
        let later = later + PAUSE;
        assert_eq!((limiter.reserve("a", later), limiter.reserve("a", later)), (later, later));
    }
}
