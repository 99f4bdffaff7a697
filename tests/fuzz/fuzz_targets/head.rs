//! The reader of response heads: the end is found however the bytes come, and what is read out of a head is bounded.
#![no_main]

use libfuzzer_sys::fuzz_target;
use probe_core::probe::{answer::Answer, head};
use probe_fuzz::{assert_harmless, choices};

fuzz_target!(|data: &[u8]| {
    let Some(([high, low], bytes)) = choices(data) else { return };
    let (before, _) = bytes.split_at(usize::from(u16::from_be_bytes([high, low])).min(bytes.len()));
    let (mut whole, mut cut) = (0, 0);
    let end = head::end(bytes, &mut whole);
    match head::end(before, &mut cut) {
        None => assert_eq!(head::end(bytes, &mut cut), end),
        early => assert_eq!(early, end),
    }
    assert!(head::may_be_http(before) || !head::may_be_http(bytes), "no HTTP became HTTP");
    let mut bytes = bytes[..end.unwrap_or(bytes.len())].to_vec();
    let folded = head::unfold(&mut bytes);
    assert!(!head::unfold(&mut bytes), "a fold was left");
    let mut fields = head::fields();
    if let Ok(head) = head::parse(&bytes, &mut fields).map(|head| head.unfolded(folded)) {
        assert!((100..1000).contains(&head.status) && end.is_some());
        let _ = head.framing();
        let answer = Answer::from_head(&head, 0);
        for text in
            [answer.reason.as_str(), answer.server.as_str(), answer.via.as_str(), answer.location.as_str()]
        {
            assert_harmless(text);
        }
    }
});
