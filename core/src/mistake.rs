//! Mistakes in what was written: what is wrong, where, and what to do.

use core::fmt;
use core::ops::Range;

/// One mistake in an input, with the bytes that it concerns.
///
/// Parsers collect all mistakes of an input; a front end draws the line with a caret under [`at`](Self::at).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The bytes of the input that are wrong. May be empty, where something is missing.
    pub at: Range<usize>,
    /// What is wrong with them.
    pub kind: MistakeKind,
}

impl Mistake {
    /// A mistake of `kind` at `at`.
    pub const fn new(kind: MistakeKind, at: Range<usize>) -> Self {
        Self { at, kind }
    }

    /// The same mistake in a text in which this input begins at `offset`.
    #[must_use]
    pub fn shifted(self, offset: usize) -> Self {
        Self { at: self.at.start.saturating_add(offset)..self.at.end.saturating_add(offset), kind: self.kind }
    }
}

/// Declares the kinds with their two texts side by side, so that neither can be forgotten.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident => $what:literal, $hint:literal;)+) => {
        /// What is wrong with an input. [`Display`](fmt::Display) says what, [`hint`](Self::hint) says what to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
        #[non_exhaustive]
        pub enum MistakeKind { $($(#[$doc])* $name,)+ }

        impl MistakeKind {
            /// Every kind, for tables and tests.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// What to do about it, in the imperative.
            pub const fn hint(self) -> &'static str {
                match self { $(Self::$name => $hint,)+ }
            }
        }

        impl fmt::Display for MistakeKind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$name => $what,)+ })
            }
        }
    };
}

kinds! {
    /// Nothing but white space.
    Empty => "there is nothing here", "write a value";
    /// A URL without `http://` or `https://`.
    SchemeMissing => "the URL has no scheme", "begin it with https:// or http://";
    /// A scheme that a target cannot have.
    SchemeUnknown => "the scheme is neither http nor https", "use https:// or http://";
    /// A scheme of a proxy that this program does not speak.
    ProxySchemeUnknown => "this is no proxy scheme that is spoken here", "use http:// or https:// (SOCKS is not spoken)";
    /// User and password in a target's URL.
    UserInfoInTarget => "the URL carries a user or password", "remove it: a probe never sends credentials to a target";
    /// No host before the port or path.
    HostMissing => "the host is missing", "write a name or an address";
    /// A character that no host name has.
    HostCharacter => "this character cannot stand in a host name", "write the name with letters, digits, '-', '_' and '.'";
    /// A name with characters outside ASCII.
    HostNotAscii => "the host name has characters outside ASCII", "write it in its xn-- form";
    /// A name with `U+FFFD` in it, which stands for bytes that were no text.
    HostNotText => "bytes of the host name are no text: the file is not UTF-8", "save the file as UTF-8, and write the name in its xn-- form";
    /// A label of no or more than 63 bytes, or a name of more than 253.
    HostLength => "a part of the host name is empty or too long", "a name has at most 253 bytes, each part 1 to 63";
    /// A name that ends in a number but is no dotted quad, as `127.1` or `0x7f.0.0.1`.
    HostNumber => "this is neither a name nor a complete IPv4 address", "write four decimal numbers without leading zeros";
    /// Square brackets that do not hold an IPv6 address.
    AddressBrackets => "the brackets do not hold an IPv6 address", "write [2001:db8::1]; zone names are not supported";
    /// An IPv6 address without square brackets.
    AddressUnbracketed => "an IPv6 address needs brackets here", "write [2001:db8::1]";
    /// A port that is no number from 1 to 65535.
    Port => "the port is not a number from 1 to 65535", "write a number from 1 to 65535, or leave the ':' away";
    /// A character that cannot stand in a request target.
    PathCharacter => "this character cannot stand in a URL", "percent-encode it";
    /// A request target that is too long.
    PathLength => "the URL is too long", "shorten it to at most 2048 bytes after the host";
    /// A path or query behind a proxy's address.
    ProxyPath => "a proxy has no path", "write scheme://host:port only";
    /// A proxy's IPv6 address in a variable that Firefox reads.
    ProxyAddress => "Firefox takes the end of an IPv6 address for a port here", "give the proxy a name, or its IPv4 address";
    /// `HTTP_PROXY` in a CGI program, where a request's `Proxy` header may have set it ("httpoxy").
    VariableUntrusted => "in a CGI program anybody may have set this variable", "unset REQUEST_METHOD where this is none";
    /// `Http_Proxy` and the like.
    VariableCase => "outside of Windows nobody but Python reads a name in this mix of letter cases", "write it in lower case: http_proxy, https_proxy, no_proxy";
    /// A percent sign without two hexadecimal digits.
    PercentEncoding => "a '%' is not followed by two hexadecimal digits", "write the '%' itself as %25";
    /// CR, LF, NUL or another control character, also percent-encoded.
    ControlCharacter => "a control character is hidden here", "remove it: it could change what is sent";
    /// A user name with a colon (RFC 7617 2).
    UserColon => "a user name for Basic cannot contain ':'", "use an account without ':'";
    /// Credentials that are too long.
    CredentialLength => "the user or password is too long", "at most 128 bytes each are supported";
    /// An attribute of a target list that is not known.
    AttributeUnknown => "this attribute is not known", "use expect=200,404, body=\"OK\" or method=HEAD";
    /// An attribute that stands twice.
    AttributeTwice => "this attribute stands twice", "keep one of them";
    /// A method that is not spoken.
    MethodUnknown => "this method is not known here", "use GET, HEAD, POST or TLS";
    /// A handshake alone, where there is none.
    MethodWithoutTls => "plain http has no TLS handshake to end with", "use an https:// URL, or another method";
    /// A status that is no number from 100 to 599.
    StatusCode => "this is no status code", "write numbers from 200 to 599, separated by ','";
    /// Too many expected statuses.
    StatusCount => "too many status codes are expected", "name at most 8";
    /// A body expectation without closing quotation mark.
    BodyQuoteOpen => "the quotation mark is not closed", "write body=\"OK\"; a '\"' inside is written \\\"";
    /// A value in a file of settings without closing quotation mark.
    QuoteOpen => "the quotation mark is not closed", "write the same mark where the value ends, or take this one out";
    /// An escape other than `\"` and `\\`.
    QuoteEscape => "this escape is not known", "only \\\" and \\\\ can be written";
    /// The EDR sensor's proxy with a scheme.
    SensorProxyScheme => "the EDR sensor's proxy is written with a scheme", "write host:port alone (Group Policy: Computer Configuration > Administrative Templates > Windows Components > Data Collection and Preview Builds > Configure connected user experiences and telemetry)";
    /// The EDR sensor's proxy with a blank in it.
    SensorProxyBlank => "a blank stands in the EDR sensor's proxy", "write host:port without blanks (Group Policy: Computer Configuration > Administrative Templates > Windows Components > Data Collection and Preview Builds > Configure connected user experiences and telemetry)";
    /// More than one proxy for the EDR sensor.
    SensorProxyList => "the EDR sensor takes one proxy, and this is a list", "write one host:port (Group Policy: Computer Configuration > Administrative Templates > Windows Components > Data Collection and Preview Builds > Configure connected user experiences and telemetry)";
    /// Something behind the EDR sensor's proxy.
    SensorProxyPath => "something stands behind the EDR sensor's proxy", "write host:port alone, without a slash (Group Policy: Computer Configuration > Administrative Templates > Windows Components > Data Collection and Preview Builds > Configure connected user experiences and telemetry)";
    /// `DisableEnterpriseAuthProxy` with another value than the policy writes.
    AuthProxyNumber => "DisableEnterpriseAuthProxy is neither 0 nor 1", "set it to 1 (Group Policy: Computer Configuration > Administrative Templates > Windows Components > Data Collection and Preview Builds > Configure Authenticated Proxy usage for the Connected User Experience and Telemetry service: Disable Authenticated Proxy usage)";
    /// Defender Antivirus's PAC file without a scheme.
    AntivirusPacScheme => "the address of Defender Antivirus's PAC file is no URL", "write http://host/file.pac (Group Policy: Computer Configuration > Administrative Templates > Windows Components > Microsoft Defender Antivirus > Define proxy auto-config (.pac) for connecting to the network)";
    /// More than one proxy for Defender Antivirus.
    AntivirusProxyList => "Defender Antivirus takes one proxy, and this is a list", "write one http://host:port (Group Policy: Computer Configuration > Administrative Templates > Windows Components > Microsoft Defender Antivirus > Define proxy server for connecting to the network)";
    /// More than one proxy where one is taken.
    ProxyList => "one proxy is taken here, and this is a list", "write one scheme://host:port";
    /// User and password for a client that sends none.
    ProxyLogin => "this client never logs in at a proxy, and this names a user", "take user and password out, and let the proxy pass the hosts of Defender without logging in";
    /// A character of user or password that must be percent-encoded.
    CredentialCharacter => "a character of the user or password must be percent-encoded here", "write it as % and two hexadecimal digits: @ is %40, : is %3A, / is %2F";
    /// A Windows domain in front of the user.
    CredentialDomain => "the user is one of a Windows domain, and this agent knows Basic alone", "let the proxy pass the agent without logging in, or give it a user of the proxy's own";
    /// A comma in a list that `;` separates.
    BypassComma => "a ',' separates nothing in this list", "write ';' between the items";
    /// apt's proxy without a scheme.
    AptProxyScheme => "apt's proxy has no scheme in lower case", "write \"http://host:port/\", or \"DIRECT\" for none";
    /// `sudo` between a variable and the command that it is for.
    SudoDropsVariable => "sudo takes this variable away from the command behind it", "write the variable behind sudo: sudo https_proxy=http://host:port apt-get install mdatp";
    /// Defender Antivirus's proxy without a scheme.
    AntivirusProxyScheme => "Defender Antivirus's proxy has no scheme", "begin it with http:// or https:// (Group Policy: Computer Configuration > Administrative Templates > Windows Components > Microsoft Defender Antivirus > Define proxy server for connecting to the network)";
    /// mdatp's proxy without a scheme.
    MdatpProxyScheme => "mdatp's proxy has no scheme", "begin it with http:// (mdatp config proxy set --value http://host:port, or cloudService.proxy in mdatp_managed.json, on macOS in the profile com.microsoft.wdav)";
    /// The Azure Arc agent's proxy without a scheme.
    ArcProxyScheme => "the Azure Arc agent's proxy has no scheme", "begin it with http:// (azcmagent config set proxy.url http://host:port)";
    /// A PAC file's address that is no URL.
    PacUrlScheme => "the address of the PAC file is no URL", "write http://host/file.pac";
    /// A value from a page of documentation.
    SampleValue => "this is a sample from a documentation, not a proxy of yours", "write your proxy's host and port";
    /// A number that the setting cannot have.
    SettingNumber => "the setting cannot have this value", "use one of the documented numbers";
    /// What stands before `=` in a list of proxies is no scheme.
    ListTag => "what stands before the '=' is no scheme", "write http=host:port or https=host:port";
    /// An order of updates with a source that does not exist, or that stands there twice.
    UpdateSource => "this is none of the sources of Defender Antivirus's updates, or it stands here twice: it is passed over", "write each of InternalDefinitionUpdateServer, MicrosoftUpdateServer, MMPC and FileShares at most once, with | between them";
    /// A setting that is not of the type that is read.
    SettingType => "the setting has another type than the one that is read", "delete it and write it with the documented type";
    /// User and password in a list of proxies that Chromium reads.
    ListUser => "Chromium takes no user or password here, and passes the proxy over", "write host:port alone: Chromium asks for user and password itself";
    /// A part of a file that does not have the form that such files have.
    FormUnknown => "this does not have the form that such a file has", "export it again, and pass it on unchanged";
    /// An input that ends in the middle of something.
    CutOff => "the input ends in the middle of this", "copy it again, whole";
    /// A length in a binary value that points behind its end.
    LengthBeyondEnd => "a length in the value points behind its end", "write the setting again with the tool that made it";
    /// Bytes that are no characters.
    NotText => "these bytes are no text", "save the file as UTF-8 or UTF-16";
    /// More of something than a real file has.
    TooMuch => "there is more here than any real file has", "pass on only the part that says something about proxies";
    /// Something stands directly behind a closing quotation mark.
    QuoteTail => "a blank is missing here", "separate attributes by blanks";
    /// A setting at a place where nothing reads it.
    SettingPlace => "nothing reads this setting at this place", "move it to where the program looks: cloudService.proxy in mdatp_managed.json, [Service] in a systemd unit";
    /// A word of `Environment=` without `=`.
    AssignmentMissing => "this word is no assignment, and systemd ignores it", "write quotation marks around the whole assignment: Environment=\"NO_PROXY=a, b\"";
    /// A key in `[Service]` that is nearly one of those that set the environment.
    UnitKey => "systemd does not know this key, and ignores the line", "write Environment=, EnvironmentFile=, PassEnvironment= or UnsetEnvironment=";
    /// A drop-in whose name tells no service.
    UnitGuessed => "nothing says which service this is for, and mdatp is a guess", "give the file with its folder, which names the service: mdatp.service.d/http-proxy.conf";
    /// A specifier of systemd's whose value depends on the machine.
    SpecifierUnknown => "systemd fills this in, and from files alone nobody can tell with what", "write the value itself; a percent sign is written %%";
    /// `PassEnvironment=` with a variable that nothing else sets.
    ValueElsewhere => "the service takes this variable from systemd itself, and its value is not in these files", "look at `systemctl show-environment`, or set it with Environment=";
    /// `export` in a file that `EnvironmentFile=` names.
    ExportIgnored => "systemd does not know `export`, and ignores this line", "write NAME=value alone";
    /// A URL without quotation marks in apt's configuration.
    QuoteMissing => "quotation marks are missing, and what follows // is a comment", "write \"http://host:port/\";";
    /// A setting of apt's without the `;` behind it.
    SemicolonMissing => "a ';' is missing here, and apt does not start", "end each setting of apt's with ';'";
    /// A `=` in apt's configuration.
    EqualsSign => "apt's configuration knows no '='", "write the name, a blank and the value in quotation marks: Acquire::http::Proxy \"http://host:port/\";";
    /// Braces of apt's without a name in front.
    BlockNameMissing => "no name stands in front of this brace, and apt does not start", "write the name that all names within the braces begin with: Acquire::http { … };";
    /// A directive of apt's other than `#clear` and `#include`, or `#clear` alone.
    DirectiveUnknown => "this is no whole directive of apt's, and it does not start", "write #clear NAME; or #include \"/path\"; or a blank behind the '#' of a comment";
    /// A brace that is not closed, or closes nothing.
    BraceUnpaired => "this brace has no other one", "write as many '}' as '{'";
    /// A file that apt includes, and that is not there.
    IncludeMissing => "apt does not start without the file that it includes here", "bring the file back, or take the #include out";
    /// A file that apt includes in a circle, or too deep.
    IncludeNested => "apt includes files in a circle here, or too many deep, and does not start", "take the #include out";
    /// A directive of apt's (`#clear`, `#include`) within braces.
    DirectiveInBraces => "apt reads no directive within braces, and does not start", "move it out of all braces";
    /// An output of `networksetup` below another one, without a command line of its own.
    SecondOutput => "a second output begins here, and nothing says which command it is of", "copy each output with its command line above it, or give each a file of its own: webproxy.txt, securewebproxy.txt, socksfirewallproxy.txt";
    /// `networksetup -getwebproxy` or another output that looks like it, and nothing says which.
    CommandUnknown => "this does not say whether it is the proxy for http, the one for https, or the SOCKS proxy", "copy the output with its command line above it, or name the file after the command: webproxy.txt, securewebproxy.txt or socksfirewallproxy.txt";
    /// Outputs of `networksetup` about two network services in one file.
    OtherNetworkService => "this is of another network service than the outputs before it, and nothing says which one is in use", "give the outputs of one network service: the first of networksetup -listnetworkserviceorder that is connected";
    /// A proxy or PAC file of macOS that is switched on, and has no name.
    ProxyUnnamed => "this is switched on and names no server, so that macOS goes on without it", "write the server's name, or switch it off";
    /// `$NAME` or the like in a value, which a shell would have filled in.
    ValueReference => "a shell fills this in, and nothing evaluates it here", "write the value itself in its place";
    /// An assignment of a script's that depends on something.
    AssignmentInBranch => "this stands in a branch or in a shell of its own, and nothing here says whether it is carried out", "look at the variable where it counts, and pass on the output of `env` from there";
    /// An assignment in a function of a script's.
    AssignmentInFunction => "this stands in a function that nothing here calls for sure", "set the variable outside of it, or pass on the output of `env` from where it counts";
    /// An assignment in front of a command.
    OneCommand => "this is set for the command behind it alone", "set it for all that follow on a line of its own: export https_proxy=http://host:port";
    /// A path that must be absolute and is not.
    PathRelative => "this is no absolute path, and the file is not read", "write the path from / on, without quotation marks";
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.kind, self.kind.hint())
    }
}

impl core::error::Error for Mistake {}
