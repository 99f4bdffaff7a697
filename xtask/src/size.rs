//! What the smallest probe takes on a Cortex-M4: its flash from the sections of the program, its RAM from them and from the
//! depth of the stack in QEMU.

use std::time::Duration;

use crate::checks::{DEVICE, SIZE_MANIFEST};
use crate::elf;
use crate::outcome::{Outcome, Stop};
use crate::repository::Repository;

/// Code, constants and start values, in bytes.
const MOST_FLASH: u32 = 64 * 1024;

/// Variables and the deepest stack, in bytes, without the buffer that is lent to a probe.
const MOST_RAM: u32 = 4 * 1024;

/// Far more than it needs.
const LIMIT: Duration = Duration::from_mins(1);

/// What it must have found on its way, or it has not measured what it should.
const VERDICTS: [&str; 9] = [
    "reachable",
    "tls_untrusted",
    "proxy_denied",
    "proxy_auth_rejected",
    "proxy_not_http",
    "proxy_denied",
    "reachable",
    "http_closed",
    "inspected_trusted",
];

pub(crate) fn size(repository: &Repository) -> Outcome {
    repository.need_target(DEVICE)?;
    repository
        .cargo(&format!("build -q --manifest-path {SIZE_MANIFEST} --target {DEVICE} --release"))
        .run()
        .map_err(Stop::Failed)?;
    let program = repository.target.join(DEVICE).join("release").join("probe-size");
    let file = std::fs::read(&program)
        .map_err(|error| Stop::Failed(format!("{} cannot be read: {error}", program.display())))?;
    let memory = elf::memory(&file).map_err(|why| Stop::Failed(format!("{}: {why}", program.display())))?;
    let flash = format!("flash {} of {MOST_FLASH} bytes", memory.flash);
    println!("{flash}");
    if memory.flash > MOST_FLASH {
        return Err(Stop::Failed(format!("{flash}: too much\n{ADVICE}")));
    }
    repository.need("qemu-system-arm")?;
    let machine = "-M mps2-an386 -display none -monitor none -serial none -no-reboot \
                   -semihosting-config enable=on,target=native -kernel";
    let job = repository.job("qemu-system-arm", &machine.split_whitespace().collect::<Vec<_>>());
    let said = job.arg(&program).capture(LIMIT);
    let wrong = |why: String| Stop::Failed(format!("{why}\n{}{}", said.stdout, said.stderr));
    if let Some(fault) = &said.fault {
        return Err(wrong(fault.clone()));
    }
    let Run { verdicts, stack, lent } = understand(&said.stdout).map_err(wrong)?;
    if verdicts != VERDICTS {
        return Err(wrong(format!("not the verdicts that were expected: {}", VERDICTS.join(", "))));
    }
    let Some(variables) = memory.ram.checked_sub(lent) else {
        return Err(wrong(format!("{} bytes of variables cannot hold the lent buffer", memory.ram)));
    };
    let ram = format!("RAM {} of {MOST_RAM} bytes (variables {variables}, stack {stack})", variables + stack);
    println!("{ram}, beside the lent buffer of {lent}");
    if variables + stack > MOST_RAM {
        return Err(Stop::Failed(format!("{ram}: too much\n{ADVICE}")));
    }
    Ok(format!("{flash}, {ram}"))
}

const ADVICE: &str = "what grew is seen with `cargo bloat`, `nm --size-sort`, or by going back commit by commit; words for \
                      people, formatting and tables of texts have no place on the way of `probe`";

/// What the program said.
#[derive(Debug, PartialEq, Eq)]
struct Run<'a> {
    verdicts: Vec<&'a str>,
    stack: u32,
    lent: u32,
}

fn understand(said: &str) -> Result<Run<'_>, String> {
    let mut lines: Vec<&str> = said.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let mut number = |word: &str| {
        let line = lines.pop().unwrap_or_default();
        let value = line.strip_prefix(word).and_then(|rest| rest.trim().parse().ok());
        value.ok_or_else(|| format!("`{word} N` was to come, and `{line}` came"))
    };
    let (lent, stack) = (number("lent")?, number("stack")?);
    Ok(Run { verdicts: lines, stack, lent })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_says() {
        let run = understand("reachable\r\nproxy_denied\r\nstack 3000\r\nlent 4096\r\n");
        let verdicts = vec!["reachable", "proxy_denied"];
        assert_eq!(run, Ok(Run { verdicts, stack: 3000, lent: 4096 }));
        for broken in ["", "lent 4096", "stack 1\nlent x", "lent 1\nstack 1"] {
            assert!(understand(broken).is_err(), "{broken}");
        }
    }
}
