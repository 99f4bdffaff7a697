//! Plays every conversation in wasm. `play.mjs` lends it one function to print with, and nothing else.
#![cfg_attr(target_arch = "wasm32", no_std)]
#![cfg(target_arch = "wasm32")]
#![expect(unsafe_code, reason = "the border to JavaScript: one import and one export")]

use core::fmt;
use core::fmt::Write as _;

use probe_vectors::Player;

unsafe extern "C" {
    /// Takes a piece of UTF-8 text in this module's memory.
    safe fn print(text: *const u8, length: usize);
}

struct Out;

impl fmt::Write for Out {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        print(text.as_ptr(), text.len());
        Ok(())
    }
}

/// Plays everything; gives how many conversations ended otherwise than they must.
#[unsafe(no_mangle)]
pub extern "C" fn play() -> u32 {
    let player = Player { meets: &["tls"], single_cuts: usize::MAX, double_cuts: 0 };
    let count = player.play_all(&mut |line| {
        // Printing cannot fail: there is nothing to report it to.
        let _ = Out.write_fmt(line);
        let _ = Out.write_str("\n");
    });
    if count.played == 0 { u32::MAX } else { count.failed }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let _ = writeln!(Out, "{info}");
    core::arch::wasm32::unreachable()
}
