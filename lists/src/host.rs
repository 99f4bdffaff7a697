//! What a cell of a list says of hosts: `host`, `host:port`, `*.host`, `https://host/path`, `host/path/*`.

use probe_core::authority::{Authority, Host};
use probe_core::target::Scheme;

/// A host pattern with what stands around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// In lower case; a name, an address, or `*.` and a name.
    pub(crate) host: String,
    /// Where one is written.
    pub(crate) port: Option<u16>,
    /// Where one is written.
    pub(crate) scheme: Option<Scheme>,
    /// With the `*` that it may end in; may be empty.
    pub(crate) path: String,
}

/// Reads one.
///
/// # Errors
/// Why it cannot be tested.
pub(crate) fn read(text: &str) -> Result<Pattern, &'static str> {
    let text = text.trim();
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Some(Scheme::Https), rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Some(Scheme::Http), rest),
        Some(_) => return Err("the scheme is neither http nor https"),
        None => (None, text),
    };
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    let path = path.split('#').next().unwrap_or_default();
    if !are_path_characters(path) {
        return Err("a character cannot stand in a URL");
    }
    let (wildcard, authority) = match authority.strip_prefix("*.") {
        Some(authority) => (true, authority),
        None => (false, authority),
    };
    if authority.contains('*') {
        return Err("a * can stand for whole labels at the beginning only, as in *.example.com");
    }
    let Ok(Authority { host, port }) = Authority::parse(authority) else {
        return Err("this is no host name and no address");
    };
    let host = match host {
        Host::Name(name) if name.trim_end_matches('.').contains('.') => {
            name.trim_end_matches('.').to_ascii_lowercase()
        }
        Host::Name(_) => return Err("a host name has at least two parts"),
        _ if wildcard => return Err("an address has no names below it"),
        address => address.to_string(),
    };
    let host = if wildcard { format!("*.{host}") } else { host };
    let path = if path == "/" || path == "/*" { "" } else { path };
    Ok(Pattern { host, port, scheme, path: path.to_owned() })
}

/// Whether a text is a path that can stand behind a host.
pub(crate) fn is_path(text: &str) -> bool {
    text.starts_with('/') && are_path_characters(text)
}

fn are_path_characters(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_lists_write_them() {
        let of = |text| {
            let Pattern { host, port, scheme, path } = read(text).unwrap();
            (host, port, scheme, path)
        };
        assert_eq!(of("A.Example."), ("a.example".into(), None, None, String::new()));
        assert_eq!(of("*.a.example:8443"), ("*.a.example".into(), Some(8443), None, String::new()));
        let (host, _, scheme, path) = of("https://*.blob.core.windows.net/scanner/*");
        assert_eq!(
            (host.as_str(), scheme, path.as_str()),
            ("*.blob.core.windows.net", Some(Scheme::Https), "/scanner/*")
        );
        assert_eq!(of("http://a.example/"), ("a.example".into(), None, Some(Scheme::Http), String::new()));
        assert_eq!(of("192.0.2.1").0, "192.0.2.1");
        for wrong in [
            "",
            "foo*.a.example",
            "*-x.a.example",
            "x.*.a.example",
            "localhost",
            "ftp://a.example",
            "a b.example",
            "*.192.0.2.1",
            "*",
            "a.example/\u{7f}",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
