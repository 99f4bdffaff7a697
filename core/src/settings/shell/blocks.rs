//! The blocks of a shell's script, and whether what stands in them is carried out.

use alloc::vec::Vec;

/// Whether what stands at a place is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made<'a> {
    Surely,
    /// In a branch, in a loop, or in a shell of its own.
    InBranch,
    /// Where this function is called.
    InFunction(&'a str),
}

/// What ends a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// `fi`, `done` or `esac`.
    Word,
    Brace,
    Parenthesis,
}

/// The blocks that are open.
#[derive(Default)]
pub(super) struct Blocks<'a> {
    /// With each, whether it depends on what stands beside it.
    open: Vec<(End, Made<'a>, bool)>,
    /// How many of these are branches.
    branches: usize,
    /// The functions among them.
    functions: Vec<&'a str>,
}

impl<'a> Blocks<'a> {
    pub(super) fn open(&mut self, end: End, made: Made<'a>, is_chained: bool) {
        match made {
            Made::Surely => {}
            Made::InBranch => self.branches = self.branches.saturating_add(1),
            Made::InFunction(name) => self.functions.push(name),
        }
        self.open.push((end, made, is_chained));
    }

    /// Ends the innermost block, if this can end it; says whether what follows depends on what stands before the block.
    pub(super) fn close(&mut self, end: End) -> bool {
        let Some((_, made, is_chained)) = self.open.pop_if(|(own, ..)| *own == end) else { return false };
        match made {
            Made::Surely => {}
            Made::InBranch => self.branches = self.branches.saturating_sub(1),
            Made::InFunction(_) => _ = self.functions.pop(),
        }
        is_chained
    }

    pub(super) fn made(&self) -> Made<'a> {
        match self.functions.last() {
            _ if self.branches > 0 => Made::InBranch,
            Some(name) => Made::InFunction(name),
            None => Made::Surely,
        }
    }
}
