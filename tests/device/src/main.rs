//! Plays every conversation on an emulated microcontroller without an allocator, and prints by semihosting.
#![no_std]
#![no_main]

use core::fmt::Write as _;

use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, hio};
use probe_vectors::Player;

#[entry]
fn main() -> ! {
    let Ok(mut out) = hio::hstdout() else { leave(debug::EXIT_FAILURE) };
    // Emulation is slow: cuts at every byte, of the first 512.
    let player = Player { meets: &["tls"], single_cuts: 512, double_cuts: 0 };
    let mut printed = true;
    let count = player.play_all(&mut |line| {
        // One write a line: each is a call into the emulator.
        let mut text = heapless::String::<512>::new();
        printed &= writeln!(text, "{line}").is_ok() && out.write_str(&text).is_ok();
    });
    leave(if printed && count.failed == 0 && count.played > 0 {
        debug::EXIT_SUCCESS
    } else {
        debug::EXIT_FAILURE
    })
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    if let Ok(mut out) = hio::hstdout() {
        // Nothing is left to do about a failure to print.
        let _ = writeln!(out, "{info}");
    }
    leave(debug::EXIT_FAILURE)
}

/// A hard fault is a failed run, not a hung one.
#[cortex_m_rt::exception]
unsafe fn HardFault(frame: &cortex_m_rt::ExceptionFrame) -> ! {
    if let Ok(mut out) = hio::hstdout() {
        let _ = writeln!(out, "hard fault: {frame:?}");
    }
    leave(debug::EXIT_FAILURE)
}

fn leave(status: debug::ExitStatus) -> ! {
    loop {
        debug::exit(status);
    }
}
