//! The figures: what the released command costs, beside its rivals. Times are no gate: a figure that misses its goal is said
//! in the table and fails nothing.

use crate::outcome::Outcome;
use crate::repository::{Repository, run_all};

/// Measures these parts, or all.
pub(crate) fn bench(repository: &Repository, parts: &[&str]) -> Outcome {
    for program in ["squid", "nginx", "openssl", "curl"] {
        repository.need(program)?;
    }
    let job = repository.cargo("bench -q -p probe-tests --bench figures --");
    run_all(vec![parts.iter().fold(job, |job, part| job.arg(*part))])
}
