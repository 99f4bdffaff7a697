//! Plans of the clients of Windows.

use super::tests::{document, shown};
use super::*;

const URL: &str = "https://winatp-gw-neu.microsoft.com/commands/test";
const PLAIN: &str = "http://crl.microsoft.com/pki/crl/";

fn user() -> Scope<'static> {
    Scope::User("HKEY_CURRENT_USER".into())
}

#[test]
fn entries_of_a_list_that_cannot_be_used() {
    let of = |client, list, url| {
        let documents = [document(&[
            (Key::InetProxyEnable, user(), "1"),
            (Key::InetProxyServer, user(), list),
            (Key::InetProxyOverride, user(), "*.corp.example"),
            (Key::WinHttpProxy, Scope::Machine, list),
        ])];
        shown(client, &documents, url)
    };
    let list = "http=h.example:1;https=s.example:x";
    assert_eq!(of(Client::Wininet, list, URL), ["unusable by ProxyServer"]);
    assert_eq!(of(Client::Wininet, list, PLAIN), ["forward http://h.example:1 by ProxyServer"]);
    // What is exempt does not meet it.
    let own = "https://www.corp.example/";
    assert_eq!(of(Client::Wininet, list, own), ["direct by ProxyServer exempt by *.corp.example"]);
    // SOCKS is for all that have no other proxy. WinHTTP knows none.
    let list = "http=h.example:1;socks=s.example:1080";
    assert_eq!(of(Client::Wininet, list, URL), ["by socks by ProxyServer"]);
    assert_eq!(of(Client::Wininet, list, PLAIN), ["forward http://h.example:1 by ProxyServer"]);
    assert_eq!(of(Client::Wininet, list, own), ["direct by ProxyServer exempt by *.corp.example"]);
    assert_eq!(of(Client::Winhttp, list, URL), ["unusable by WinHttpSettings proxy"]);
    assert_eq!(of(Client::Winhttp, "ftp=f.example:1", URL), ["direct"]);
}
