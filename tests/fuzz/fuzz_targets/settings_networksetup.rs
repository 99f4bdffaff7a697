//! The outputs of `networksetup`.
#![no_main]

probe_fuzz::settings_target!(
    WebProxy,
    SecureWebProxy,
    SocksFirewallProxy,
    SomeWebProxy,
    AutoProxyUrl,
    ProxyAutoDiscovery,
    ProxyBypassDomains
);
