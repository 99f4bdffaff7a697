//! The command `egress-probe`, as a library, so that its parts can be tested and reused.
//!
//! What a run does, in order:
//!
//! 1. [`options`] is what can be typed, [`machine`] what this machine says of itself; [`command`] picks the verb.
//! 2. [`settings`] reads every value that was typed, [`targets`] and [`input`] the lists, [`catalog`] chooses from the one of
//!    endpoints, [`secrets`] has the passwords.
//!    Whatever is wrong with any of it is one of the [`mistakes`], which are shown all at once, before anything is sent.
//!    Where a client is judged by its settings, [`discover`] reads these.
//! 3. [`run`](mod@run) makes the attempts, as many at a time as it may; [`jobs`] says which is next, as fast as the
//!    [`limiter`] lets it; [`way`] says where each one goes, [`attempt`] makes it over a connection of [`net`], and writes it
//!    down as a [`record`].
//! 4. [`results`] gathers what they say together, [`outcome`] counts and gives the answer and the exit code.
//! 5. [`output`] puts it into words for people or for programs, in the colours of [`color`], and the [`writer`] writes
//!    them without holding anything up; [`progress`] shows that it goes on.

pub mod attempt;
pub mod catalog;
pub mod color;
pub mod command;
pub mod discover;
pub mod import;
pub mod input;
pub mod jobs;
pub mod limiter;
pub mod machine;
pub mod mistakes;
pub mod net;
pub mod onboarding;
pub mod options;
pub mod outcome;
pub mod output;
pub mod progress;
pub mod record;
pub mod results;
pub mod run;
pub mod secrets;
pub mod settings;
pub mod targets;
pub mod way;
pub mod writer;
