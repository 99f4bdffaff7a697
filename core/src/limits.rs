//! Every capacity of the core, with the reason for its size.
//!
//! Nothing in the core grows: what does not fit is cut and said to be cut, or ends in a verdict.

/// Addresses of one name that are kept and tried, in the resolver's order. Service names answer with one to four;
/// content networks with up to eight per family. More would only lengthen the wait for a verdict.
pub const ADDRESSES: usize = 8;

/// Interim (1xx) answers that are waited out before a final one. RFC 9110 15.2 sets no bound; nobody sends more
/// than two or three (100, 102, 103), and an endless stream of them is an attack on the reader.
pub const INTERIM_ANSWERS: u8 = 8;

/// Header fields of one response head. curl stops at 5,000, common servers send at most 40; a head with more than
/// this many is answered with `proxy_malformed` or `http_malformed`. Costs two bytes of stack a field.
pub const HEADER_FIELDS: usize = 96;

/// Bytes of a body that are looked at, for an expectation or for the mark of a block page. The pages of all
/// vendors in the table of marks show their mark within the first 2 KiB.
pub const BODY_PIECE: usize = 4096;

/// The smallest lent buffer that a probe accepts, in bytes: a CONNECT request for the longest legal name (253
/// bytes, twice) with the longest accepted credentials.
pub const BUFFER_MIN: usize = 1536;

/// The recommended lent buffer on a machine with memory to spare, in bytes; it bounds the response head. Login
/// pages of cloud services send heads of 4 to 12 KiB; squid's own limit is 64 KiB.
pub const BUFFER_RECOMMENDED: usize = 16 * 1024;

/// Longest user name or password in bytes, after decoding. RFC 7617 sets no bound.
pub const CREDENTIAL: usize = 128;

/// Longest request target (path and query) in bytes. The longest in the lists of Defender are under 120.
pub const REQUEST_TARGET: usize = 2048;

/// Longest name of a host in bytes (RFC 1035 2.3.4, as text without the root's dot).
pub const HOST_NAME: usize = 253;

/// Status codes that one target may expect.
pub const EXPECTED_STATUSES: usize = 8;

/// Text quoted from a peer in evidence: a reason phrase, a `Server` field, a name in a certificate.
pub const QUOTE: usize = 96;

/// A short token quoted from a peer: an error name of squid, a scheme, a proxy's own name.
pub const TOKEN: usize = 40;

/// Vendor marks that are kept for one answer; the first found are the strongest.
pub const MARKS: usize = 4;

/// Authentication schemes that are kept for one answer.
pub const AUTH_SCHEMES: usize = 6;

/// Longest name of an authentication scheme that is kept (`Negotiate` has nine bytes).
pub const SCHEME_NAME: usize = 16;
