//! Plans: for a path and a target, the route and the reason for it, before anything is sent.

use core::fmt;

use crate::mistake::Mistake;
use crate::select::bypass::Dialect;
use crate::select::environment::{self, Choice, Environment};
use crate::select::proxy::Proxy;
use crate::select::route::Route;
use crate::select::rule::{Rule, Source};
use crate::target::Target;

/// One way to try: the five of Microsoft's connectivity analyzer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
pub enum Path {
    /// What programs find in the environment: curl's reading, with Go's beside it.
    Default,
    /// A proxy that the network announces (WPAD).
    Wpad,
    /// No proxy.
    Direct,
    /// The proxy that the product's own setting names.
    Named,
    /// The proxy on the command line.
    Cli,
}

impl Path {
    /// Every path, in the analyzer's order.
    pub const ALL: [Self; 5] = [Self::Default, Self::Wpad, Self::Direct, Self::Named, Self::Cli];

    /// As records and the command line name it; stable.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Wpad => "wpad",
            Self::Direct => "direct",
            Self::Named => "named",
            Self::Cli => "cli",
        }
    }

    /// The path with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|path| path.id() == id)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

/// Everything that plans are made from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings<'a> {
    /// The environment, for [`Path::Default`].
    pub environment: Environment<'a>,
    /// `--proxy`, for [`Path::Cli`].
    pub cli: Option<Proxy<'a>>,
    /// `--noproxy`, in curl's dialect: the bypass list for [`Path::Cli`], and for [`Path::Default`] in the place of
    /// `NO_PROXY`. `*` exempts everything, the empty list nothing.
    pub noproxy: Option<&'a str>,
}

/// What a path means for a target.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "nothing can be boxed here, and few plans exist at a time")]
pub enum Planned<'a> {
    /// This route.
    Route {
        /// The route.
        route: Route<'a>,
        /// What decided it; [`Rule::source`] says where that is written.
        rule: Rule<'a>,
        /// What a program written in Go does with the same settings, where that is not the same ([`Path::Default`]).
        other: Option<Choice<'a>>,
    },
    /// The path has no setting here.
    NotConfigured(Missing),
    /// The setting cannot mean what was meant. Nothing is sent.
    Malformed {
        /// What is wrong, with its place in the setting's value.
        mistake: Mistake,
        /// Where the setting is written.
        source: Source,
    },
    /// The setting names a SOCKS proxy, and this program speaks HTTP with proxies. Nothing is sent.
    NotSpoken {
        /// The scheme as it was written.
        scheme: &'a str,
        /// Where the setting is written.
        source: Source,
    },
}

/// Why a path has no setting. [`Display`](fmt::Display) says it in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Missing {
    /// `--proxy` was not given.
    ProxyOption,
    /// Announced proxies are not looked for by this version.
    Discovery,
    /// Programs that go by the environment have no other setting.
    NamedSetting,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ProxyOption => "no --proxy was given",
            Self::Discovery => "this version does not look for announced proxies (WPAD)",
            Self::NamedSetting => "this client has no proxy setting of its own",
        })
    }
}

/// Says what `path` means for `target`.
///
/// - [`Path::Direct`] is direct, whatever is set.
/// - [`Path::Cli`] is the proxy of `--proxy`, exempting what `--noproxy` lists. The environment is not asked: what the
///   command line says is what is tested. (curl reads `NO_PROXY` for its own `--proxy` too.)
/// - [`Path::Default`] is what curl finds in the environment, which may be nothing: then it is direct.
/// - [`Path::Wpad`] has no source in this version, and [`Path::Named`] none among these settings: it is a client's own, see
///   [`client`](crate::select::client) (feature `alloc`).
pub fn route<'a>(path: Path, settings: &Settings<'a>, target: &Target<'_>) -> Planned<'a> {
    let planned = |route, rule| Planned::Route { route, rule, other: None };
    match path {
        Path::Default => default(settings, target),
        Path::Wpad => Planned::NotConfigured(Missing::Discovery),
        Path::Direct => planned(Route::Direct, Rule::Asked),
        Path::Named => Planned::NotConfigured(Missing::NamedSetting),
        Path::Cli => {
            let Some(proxy) = settings.cli else {
                return Planned::NotConfigured(Missing::ProxyOption);
            };
            match environment::bypassed(Dialect::Curl, settings.noproxy(), target) {
                Some(rule) => planned(Route::Direct, rule),
                None => planned(Route::through(proxy, target.scheme), Rule::Named(Source::ProxyOption)),
            }
        }
    }
}

fn default<'a>(settings: &Settings<'a>, target: &Target<'_>) -> Planned<'a> {
    let environment = &settings.environment;
    let (curl, go) = match settings.noproxy() {
        None => (environment::curl(environment, target), environment::go(environment, target)),
        // One list for both, so that a difference is one of dialects and not of what was typed for this run.
        list => (
            environment::curl_with(environment, list, target),
            environment::go_with(environment, list, target),
        ),
    };
    let other = (!go.is_same(&curl)).then_some(go);
    match curl {
        Choice::Route { route, rule } => Planned::Route { route, rule, other },
        Choice::Malformed { mistake, source } => Planned::Malformed { mistake, source },
        Choice::NotSpoken { scheme, source } => Planned::NotSpoken { scheme, source },
    }
}

impl<'a> Settings<'a> {
    fn noproxy(&self) -> Option<(Source, &'a str)> {
        self.noproxy.map(|list| (Source::NoproxyOption, list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mistake::MistakeKind;
    use crate::select::environment::Variable;
    use crate::select::proxy::ProxyPorts;
    use std::string::ToString;

    fn target(url: &str) -> Target<'_> {
        Target::parse(url).unwrap()
    }

    fn shown(planned: &Planned<'_>) -> std::string::String {
        match planned {
            Planned::Route { route, rule, other: None } => std::format!("{route}: {rule}"),
            Planned::Route { route, rule, other: Some(other) } => {
                std::format!("{route}: {rule}; Go: {other}")
            }
            Planned::NotConfigured(missing) => missing.to_string(),
            Planned::Malformed { mistake, source } => std::format!("{source}: {mistake}"),
            Planned::NotSpoken { scheme, source } => std::format!("{source}: {scheme} is not spoken"),
        }
    }

    #[test]
    fn ids_there_and_back() {
        for path in Path::ALL {
            assert_eq!(Path::from_id(path.id()), Some(path));
        }
        assert_eq!(Path::from_id("Default"), None);
        assert_eq!(Path::from_id(""), None);
    }

    #[test]
    fn without_any_setting() {
        let settings = Settings::default();
        let target = target("https://a.example/");
        let shown = Path::ALL.map(|path| shown(&route(path, &settings, &target)));
        assert_eq!(
            shown,
            [
                "direct: no proxy variable is set",
                "this version does not look for announced proxies (WPAD)",
                "direct: this path was asked for",
                "this client has no proxy setting of its own",
                "no --proxy was given",
            ]
        );
    }

    #[test]
    fn the_command_line_asks_only_itself() {
        let proxy = Proxy::parse("https://p:8443", ProxyPorts::Curl).unwrap();
        let environment =
            Environment::default().with(Variable::NoProxy, "*").with(Variable::HttpsProxy, "other:1");
        let mut settings = Settings { environment, cli: Some(proxy), noproxy: None };
        let plan = |settings: &Settings<'_>, url| shown(&route(Path::Cli, settings, &target(url)));
        assert_eq!(plan(&settings, "https://a.example/"), "tunnel https://p:8443: --proxy names the proxy");
        assert_eq!(plan(&settings, "http://127.0.0.1/"), "forward https://p:8443: --proxy names the proxy");
        settings.noproxy = Some("x, .a.example");
        assert_eq!(plan(&settings, "https://a.example/"), "direct: --noproxy item `.a.example` (name)");
        assert_eq!(plan(&settings, "https://b.example/"), "tunnel https://p:8443: --proxy names the proxy");
    }

    #[test]
    fn the_default_is_curls_and_says_where_go_differs() {
        let environment = Environment::default()
            .with(Variable::HttpsProxy, "p:1")
            .with(Variable::NoProxyUpper, ".a.example");
        let mut settings = Settings { environment, ..Settings::default() };
        let plan = |settings: &Settings<'_>, url| shown(&route(Path::Default, settings, &target(url)));
        assert_eq!(plan(&settings, "https://b.example/"), "tunnel http://p:1: https_proxy names the proxy");
        assert_eq!(
            plan(&settings, "https://a.example/"),
            "direct: NO_PROXY item `.a.example` (name); Go: tunnel http://p:1: https_proxy names the proxy"
        );
        settings.noproxy = Some("");
        assert_eq!(plan(&settings, "https://a.example/"), "tunnel http://p:1: https_proxy names the proxy");
        settings.noproxy = Some("*");
        assert_eq!(plan(&settings, "https://a.example/"), "direct: --noproxy item `*` (everything)");
        settings.noproxy = Some("*,x");
        assert_eq!(
            plan(&settings, "https://a.example/"),
            "tunnel http://p:1: https_proxy names the proxy; Go: direct: --noproxy item `*` (everything)"
        );
        // What is ported to another port is another way, though both read the same value.
        settings = Settings::default();
        settings.environment = Environment::default().with(Variable::HttpsProxy, "p");
        assert_eq!(
            plan(&settings, "https://a.example/"),
            "tunnel http://p:1080: https_proxy names the proxy; Go: tunnel http://p:80: https_proxy names the proxy"
        );
    }

    #[test]
    fn settings_that_cannot_be_used() {
        let plan = |value| {
            let environment = Environment::default().with(Variable::AllProxy, value);
            route(
                Path::Default,
                &Settings { environment, ..Settings::default() },
                &target("http://a.example/"),
            )
        };
        let source = Source::Variable(Variable::AllProxy);
        let mistake = Mistake::new(MistakeKind::Port, 2..5);
        assert_eq!(plan("p:80x"), Planned::Malformed { mistake, source });
        assert_eq!(plan("socks5h://p"), Planned::NotSpoken { scheme: "socks5h", source });
    }
}
