//! Every bound of what is read, with the reason for its size.

/// Bytes of a file. Microsoft's largest sheet has 60 KiB; ten thousand rows of text have one MiB.
pub const FILE: usize = 16 * 1024 * 1024;

/// Bytes that the files inside a workbook have together, unpacked. A sheet of [`ROWS`] rows has about 40 MiB; what has more is
/// there to hurt.
pub const UNPACKED: u64 = 64 * 1024 * 1024;

/// Bytes of all cells of a workbook. Its cells refer to texts that it has once: a long one can be repeated in few bytes.
pub const TEXT: usize = FILE;

/// Sheets of a workbook. Microsoft's have up to eight.
pub const SHEETS: usize = 64;

/// Cells that the merged regions of a sheet are spread over. A region is written in a few bytes and can cover a whole sheet.
pub const MERGED: usize = 200_000;

/// Rows of a list, those that are not understood among them.
pub const ROWS: usize = 100_000;

/// Columns of a row; the official sheets have 13.
pub const COLUMNS: usize = 64;

/// Bytes of a cell that are read; comments of the official sheets have up to 600.
pub const CELL: usize = 4096;

/// Hosts of one cell, which may hold several.
pub const HOSTS: usize = 64;

/// Ports of one cell; the most in Microsoft's lists are six.
pub const PORTS: usize = 8;

/// Bytes of the texts that all rows of a list keep. A cell that names many hosts would else multiply its comment.
pub const KEPT: usize = 64 * 1024 * 1024;

/// Rows at the top of a sheet among which its header is sought.
pub const HEADER: usize = 20;

/// Bytes of a place or a text that are quoted.
pub const QUOTE: usize = 120;
