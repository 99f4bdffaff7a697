//! One row per verdict: its id, who speaks, who can fix it, and every word that is said about it.
//!
//! Longer than 500 lines because it is one table: a verdict's text stands here and nowhere else. The readers are
//! administrators in an outage: plain words, and the same ones everywhere. A *tunnel* is what a proxy opens for CONNECT.
//! A fix is addressed to the owner of the row.

use super::{Direct, Entry, Outcome, Owner, Speaker, Stage, Usual};

/// Declares the verdicts and their rows together, so that neither can be without the other.
macro_rules! verdicts {
    (@speaker FirstHop) => { None };
    (@speaker $speaker:ident) => { Some(Speaker::$speaker) };
    (@direct_owner) => { None };
    (@direct_owner $owner:ident) => { Some(Owner::$owner) };
    (@direct) => { None };
    (@direct $owner:ident $title:literal $fix:literal) => {
        Some(Direct { title: $title, owner: Owner::$owner, fix: $fix })
    };
    ($($variant:ident $id:literal {
        $outcome:ident at $stage:ident by $speaker:ident for $owner:ident;
        title: $title:literal;
        meaning: $meaning:literal;
        evidence: $evidence:literal;
        confused: { $($other:ident: $difference:literal;)+ }
        fix: $fix:literal;
        $(direct: for $direct_owner:ident, $direct_title:literal, $direct_fix:literal;)?
    })+) => {
        /// The result of an attempt. Ordered as the contract of results lists them; the ids are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
        #[non_exhaustive]
        pub enum Verdict { $(#[doc = concat!("`", $id, "`: ", $title, ".")] $variant,)+ }

        impl Verdict {
            /// Every verdict, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable id, as in records and metrics.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)+ }
            }

            /// The part of the row that judging needs. Apart from the words: a device that only names verdicts does not
            /// carry their texts.
            pub(crate) const fn usual(self) -> Usual {
                match self {
                    $(Self::$variant => Usual {
                        outcome: Outcome::$outcome,
                        stage: Stage::$stage,
                        speaker: verdicts!(@speaker $speaker),
                        owner: Owner::$owner,
                        direct_owner: verdicts!(@direct_owner $($direct_owner)?),
                    },)+
                }
            }

            /// The verdict's row of the table.
            pub const fn entry(self) -> &'static Entry {
                match self {
                    $(Self::$variant => &Entry {
                        id: $id,
                        outcome: Outcome::$outcome,
                        stage: Stage::$stage,
                        speaker: verdicts!(@speaker $speaker),
                        owner: Owner::$owner,
                        title: $title,
                        meaning: $meaning,
                        evidence: $evidence,
                        confused_with: &[$((Self::$other, $difference),)+],
                        fix: $fix,
                        direct: verdicts!(@direct $($direct_owner $direct_title $direct_fix)?),
                    },)+
                }
            }
        }
    };
}

verdicts! {
    // Reached

    Reachable "reachable" {
        Success at Done by Origin for Nobody;
        title: "reached";
        meaning: "The service itself answered as it should. On this path nothing stops a client that asks \
            the same way.";
        evidence: "The expected answer came from the service; for https it came inside TLS whose certificate \
            chain ends in a root that the service is known to use. That rules out a block page and an \
            inspected connection.";
        confused: {
            InspectedTrusted: "An answer came there too, but somebody re-signed the connection on the way.";
            HttpUnexpectedStatus: "The service answered there too, but not with the status that the target \
                names.";
        }
        fix: "Nothing to do.";
    }

    InspectedTrusted "inspected_trusted" {
        Warning at Done by Middlebox for SecurityTeam;
        title: "TLS is opened and re-signed on the way, by an authority that this machine trusts";
        meaning: "Somebody between this machine and the service decrypts the connection. Programs that use \
            this machine's trust store will not notice; programs that check for the service's own \
            certificate refuse it. It is a failure where the target must be exempt from inspection, as most \
            of Defender must, else a warning.";
        evidence: "The certificate chain ends in a root that this machine trusts and that the service does \
            not use. That rules out a fault of the service: its own certificate never reached this machine.";
        confused: {
            TlsIntercepted: "This machine does not trust the authority there, so that nothing works at all.";
            Reachable: "The chain ends there in a root that the service is known to use.";
            BlockPage: "The inspected connection carries a filter's page there, not the service's answer.";
        }
        fix: "Exempt {host} from TLS inspection on the box that signs as {issuer}, by host name and for port \
            {port}. Defender's sensors pin their certificates: trusting the inspection's authority on the \
            machine does not help them. Exempt all names of the service at once, else the next one fails in \
            the same way.";
    }

    // Settings

    NotConfigured "not_configured" {
        Unknown at Config by Client for Nobody;
        title: "this path has no setting on this machine";
        meaning: "The path was asked for, but nothing on this machine says how to take it. That is normal, \
            and says nothing about the network.";
        evidence: "None of the places where this path's setting could stand has one. Nothing was sent.";
        confused: {
            SettingMalformed: "A setting is there, but it cannot mean what was meant.";
            NotMeasured: "The path is configured there, but the attempt was not made or not finished.";
        }
        fix: "Nothing to fix. If a client on this machine should take this path, write its setting first; to \
            try a proxy without any setting, use `egress-probe check -x http://PROXY:3128 {url}`.";
    }

    SettingMalformed "setting_malformed" {
        Failure at Config by Client for EndpointAdmin;
        title: "the proxy setting cannot mean what was meant";
        meaning: "The setting is there, but the client that reads it will ignore it or misread it. The place \
            and the reason are given.";
        evidence: "The text of the setting alone decides. No packet was sent, so that nothing is said about \
            the proxy.";
        confused: {
            ProxyNotHttp: "The setting is well-formed there, but its port speaks another protocol.";
            NameNotFound: "The setting is well-formed there, but the name in it does not exist.";
        }
        fix: "Correct the setting at the place that is shown. Formats that are often mixed up: Defender's \
            `TelemetryProxyServer` takes one `host:port` without scheme and without blanks; Defender \
            Antivirus's `ProxyServer` and `mdatp config proxy set --value` need the scheme, as in \
            `http://host:port`.";
    }

    PacUnreachable "pac_unreachable" {
        Failure at Config by FirstHop for ProxyTeam;
        title: "the PAC file cannot be fetched";
        meaning: "The client is told to ask a PAC file (a proxy auto-configuration script) for its proxy, \
            but cannot get that file. Many clients then go direct without a word, others stop.";
        evidence: "The PAC's location does not answer, answers with an error status, or sends something that \
            is no PAC file, such as an HTML page. The proxies that the file would name were not tried.";
        confused: {
            PacFailed: "The file came there, but the script in it does not work.";
            WpadAbsent: "Nobody announces a PAC file there, so that there is nothing to fetch.";
        }
        fix: "Serve the PAC file at its location without a login and without a redirect to another page: \
            status 200, type `application/x-ns-proxy-autoconfig`, reachable for the machine's own account \
            and not only for a logged-in user. To see what comes now: `curl --noproxy '*' -v` with the PAC's \
            location. Linux clients of Defender cannot use a PAC file at all and need a fixed proxy.";
    }

    PacFailed "pac_failed" {
        Failure at Config by Client for ProxyTeam;
        title: "the PAC script gives no usable answer";
        meaning: "The PAC file was found, but its script names no proxy for this target: it does not \
            compile, stops with an error, takes too long, or returns something that is no proxy list.";
        evidence: "The script's own error, with its line where it has one. The network is not involved: the \
            same file and the same target give the same result anywhere.";
        confused: {
            PacUnreachable: "The file itself does not come there.";
            SettingMalformed: "The setting that names the file is wrong there.";
        }
        fix: "Correct the script at the line that is shown. Every way through `FindProxyForURL` must return \
            a string such as `PROXY proxy.example:3128; DIRECT`. Write plain old JavaScript: some clients' \
            engines know nothing newer than ES5 (`var`, not `const`).";
    }

    WpadAbsent "wpad_absent" {
        Unknown at Config by Nobody for Nobody;
        title: "this network announces no proxy (WPAD)";
        meaning: "The client looks for a proxy by itself, and the network does not offer one. Most networks \
            do not.";
        evidence: "Neither DHCP option 252 nor a name `wpad` exists here.";
        confused: {
            PacUnreachable: "The network announces a PAC file there, but the file cannot be fetched.";
            NotConfigured: "The client does not look for a proxy by itself there.";
        }
        fix: "Nothing to fix, unless clients here should find their proxy by themselves: then the team that \
            runs DHCP announces the PAC file's location in option 252. Linux clients of Defender do not use \
            WPAD.";
    }

    NotMeasured "not_measured" {
        Unknown at Config by Client for Nobody;
        title: "not measured";
        meaning: "The attempt was not made, or not finished, for a reason on this side. This says nothing \
            about the network, neither good nor bad, and can happen at any stage.";
        evidence: "The reason: it was cancelled, the time or the memory set aside for it was used up, the \
            proxy asks for fewer requests, or this build or device cannot do what is needed.";
        confused: {
            NotConfigured: "There is no setting to follow there, so that nothing is missing.";
            ConnectSilent: "The time ran out there while waiting for somebody else, and that is a result.";
        }
        fix: "Read the reason in the evidence: it is about this side. If something ran out (time, memory, \
            open files), run it again for {url} alone. If the proxy asks for fewer requests, run it again \
            later, with a lower `--rate`. If this build or device cannot do it, measure with a \
            setting or on a machine that can.";
    }

    // Names of the first hop

    NameNotFound "name_not_found" {
        Failure at Resolve by Resolver for DnsTeam;
        title: "the proxy's name does not exist in DNS";
        meaning: "The name servers of this machine answer, and say that there is no such name or that it has \
            no address.";
        evidence: "The name server answered: no such name, or no address of any family. That rules out a \
            dead name server. Nothing was sent to the proxy or the service.";
        confused: {
            ProxyNameNotFound: "The proxy looked a name up there and could not; here it is this machine.";
            NameServerSilent: "The name server said nothing there; here it said no.";
            NameServerFailed: "The name server could not tell there; here it is sure.";
        }
        fix: "Add an address record for the proxy's name in {proxy} where this machine asks, or say which \
            name is right. First rule out a typing error in the setting. To see it: `nslookup` with that \
            name, on this machine.";
        direct: for DnsTeam, "the name does not exist in DNS",
            "Let the name servers of this machine resolve {host}: add a forwarder, or lift the filter that \
                hides the name. To see it: `nslookup {host}`, on this machine. Where only a proxy leads out \
                of this network, this is how it should be: the proxy resolves names by itself, so judge the \
                path through the proxy instead.";
    }

    NameServerFailed "name_server_failed" {
        Failure at Resolve by Resolver for DnsTeam;
        title: "the name server cannot resolve the proxy's name";
        meaning: "The name server answers, but with an error of its own. Whether the name exists is not \
            known.";
        evidence: "The name server answered SERVFAIL, REFUSED or something unreadable. That rules out a \
            wrong name as the proven cause, and a dead name server.";
        confused: {
            NameNotFound: "The name server is sure there that the name does not exist.";
            NameServerSilent: "No answer came there at all.";
            ProxyNameNotFound: "It is the proxy's own name lookup that failed there.";
        }
        fix: "Look on the name server for the name in {proxy}: REFUSED means that this machine may not ask \
            it; SERVFAIL means that it could not get or could not verify the answer (a forwarder that is \
            down, a broken zone, DNSSEC).";
        direct: for DnsTeam, "the name server cannot resolve the name",
            "Look on the name server for {host}: REFUSED means that this machine may not ask it; SERVFAIL \
                means that it could not get or could not verify the answer (a forwarder that is down, \
                DNSSEC, no way out). Where only a proxy leads out of this network, judge the path through \
                the proxy instead.";
    }

    NameServerSilent "name_server_silent" {
        Failure at Resolve by Nobody for DnsTeam;
        title: "the name server does not answer for the proxy's name";
        meaning: "This machine asked for the address and heard nothing in time.";
        evidence: "No answer from the name servers within the time-out. Whether the name exists is not \
            known; nothing was sent to the proxy or the service.";
        confused: {
            NameNotFound: "The name server answered there: no such name.";
            ConnectSilent: "The address was known there, and the machine behind it kept silent.";
        }
        fix: "Check that the name servers in this machine's settings are right and up, and that UDP and TCP \
            port 53 to them is open. The name asked for is the one in {proxy}. Give a slow name server more \
            time with `--connect-timeout 15`.";
        direct: for DnsTeam, "the name server does not answer",
            "Check that the name servers in this machine's settings are right and up, that UDP and TCP port \
                53 to them is open, and that they can ask others for {host}. Where only a proxy leads out of \
                this network, they often cannot, by intention: judge the path through the proxy instead.";
    }

    NameSinkholed "name_sinkholed" {
        Failure at Resolve by Resolver for DnsTeam;
        title: "DNS gives the proxy's name an address that cannot be its own";
        meaning: "The name server gives a false address on purpose, or by mistake: that is how DNS filters \
            block a name.";
        evidence: "A public name resolves to an address that leads nowhere: unspecified (0.0.0.0), this \
            machine itself, or a range kept for documentation. That rules out an ordinary fault: a name \
            server does not invent such addresses.";
        confused: {
            NameNotFound: "The name has no address at all there.";
            ConnectRefused: "The address can be right there, and the machine behind it refuses.";
            BlockPage: "A filter answers there with a page; here it only misleads.";
        }
        fix: "Take the name in {proxy} off the DNS filter's block list, or remove the wrong record. Look on \
            this machine first: a line in its `hosts` file has the same effect.";
        direct: for DnsTeam, "DNS gives the name an address that cannot be the service's",
            "Take {host} off the DNS filter's block list, or add it to the list of allowed names. Look on \
                this machine first: a line in its `hosts` file has the same effect. To see it: `nslookup \
                {host}`.";
    }

    // Transport to the first hop

    ConnectRefused "connect_refused" {
        Failure at Connect by FirstHop for ProxyTeam;
        title: "the proxy's port refuses the connection";
        meaning: "The address is reachable, but nothing listens on this port, or a firewall says no in its \
            name.";
        evidence: "The request to connect was answered at once by a refusal (a TCP reset). That rules out a \
            dead link and a firewall that drops silently.";
        confused: {
            ConnectSilent: "No answer came there; here somebody said no.";
            ProxyUpstreamRefused: "The proxy was reached there, and its own connection was refused further \
                on.";
            ProxyClosed: "The connection was accepted there, and then closed without an answer.";
        }
        fix: "Check that the proxy runs and listens at {proxy}, on the address that this machine uses and \
            not only on loopback, and that the port in the setting is the right one. On the proxy: `ss \
            -ltn`.";
        direct: for NetworkTeam, "the connection is refused",
            "Allow TCP from this machine to {host}:{port} in the firewall, which answers with a reset here; \
                the service itself hardly ever refuses its own port. Where only a proxy leads out of this \
                network, this is how it should be: judge the path through the proxy instead.";
    }

    ConnectSilent "connect_silent" {
        Failure at Connect by Nobody for NetworkTeam;
        title: "the proxy does not answer";
        meaning: "The request to connect got no answer. Most often a firewall drops it; else the machine is \
            down.";
        evidence: "No answer to the request to connect (TCP SYN) within the time-out, from any address of \
            the proxy or the service. That rules out an ordinary closed port, which refuses at once.";
        confused: {
            ConnectRefused: "The refusal came at once there; here there is only silence.";
            ProxySilent: "The connection was made there, and the proxy's answer is missing.";
            ProxyUpstreamSilent: "The proxy was reached there, and its own connection got no answer.";
        }
        fix: "Allow TCP from this machine to the proxy at {proxy} in every firewall between the two, and \
            check that the proxy is up and its address still right. To see it: `curl -v --connect-timeout 10 \
            -x {proxy} {url}`.";
        direct: for NetworkTeam, "nobody answers",
            "Allow TCP from this machine to {host}:{port} in the firewall, which drops it silently. Where \
                only a proxy leads out of this network, this is how it should be: judge the path through the \
                proxy instead.";
    }

    ConnectUnreachable "connect_unreachable" {
        Failure at Connect by Middlebox for NetworkTeam;
        title: "there is no route to the proxy";
        meaning: "This machine or a router on the way says that it cannot deliver there.";
        evidence: "The system has no route, or a router or firewall sent an \"unreachable\" message (ICMP). \
            That rules out a silent drop and a closed port.";
        confused: {
            ConnectSilent: "Nobody said anything there.";
            ConnectForbiddenLocally: "This machine itself forbids the connection there.";
            ProxyUpstreamUnreachable: "The proxy was reached there, and has no route itself.";
        }
        fix: "Add or repair the route from this machine to {proxy}. To see where it ends: `ip route get` and \
            `traceroute` (Windows: `tracert`) with the proxy's address. If only an IPv6 address failed, \
            remove it from DNS or make IPv6 work.";
        direct: for NetworkTeam, "there is no route to the service",
            "Add or repair the route from this machine to {host}. To see where it ends: `traceroute {host}` \
                (Windows: `tracert {host}`). If only an IPv6 address failed: Defender needs IPv4. Where only \
                a proxy leads out of this network, this is how it should be: judge the path through the \
                proxy instead.";
    }

    ConnectForbiddenLocally "connect_forbidden_locally" {
        Failure at Connect by Client for EndpointAdmin;
        title: "this machine itself forbids the connection to the proxy";
        meaning: "The operating system refused to open the connection. Nothing left this machine.";
        evidence: "The system's own error: not permitted, or access denied (EPERM, EACCES, Windows 10013). \
            That rules out the network, the proxy and the service.";
        confused: {
            ConnectRefused: "The refusal came from the network there.";
            ConnectUnreachable: "The connection is permitted there, but no route leads on.";
        }
        fix: "Allow this program, or the judged client, to connect to {proxy} on this machine. Look at the \
            local firewall and security product, at SELinux (`ausearch -m avc`), at limits in the systemd \
            unit (`IPAddressDeny=`), and for a `prohibit` route (`ip route`). Other programs or users on \
            this machine may be allowed.";
        direct: for EndpointAdmin, "this machine itself forbids the connection",
            "Allow this program, or the judged client, to connect to {host}:{port} on this machine. Look at \
                the local firewall and security product, at SELinux (`ausearch -m avc`), at limits in the \
                systemd unit (`IPAddressDeny=`), and for a `prohibit` route (`ip route`). Other programs or \
                users on this machine may be allowed.";
    }

    // The proxy's answer

    ProxyTlsFailed "proxy_tls_failed" {
        Failure at ProxyTls by Proxy for ProxyTeam;
        title: "TLS with the proxy itself fails";
        meaning: "The setting says that the proxy is spoken to over TLS (https://), and that TLS does not \
            come about or shows a certificate that cannot be trusted. The service has no part in it.";
        evidence: "TLS with the proxy ended in an error before any request was sent; its cause is kept. The \
            connection itself was made, which rules out the network.";
        confused: {
            ProxyNotHttp: "The proxy was spoken to in clear there, and answered in another protocol.";
            TlsUntrusted: "It is the service's certificate there, seen through the proxy.";
        }
        fix: "If the proxy speaks plain HTTP on this port, as most do, write {proxy} with `http://` instead \
            of `https://`: the traffic to the service stays encrypted inside the tunnel. If TLS is meant, \
            give the proxy a valid certificate for the name in the setting, from an authority that this \
            machine trusts. To see it: `curl -v -x {proxy} {url}`.";
    }

    ProxyNotHttp "proxy_not_http" {
        Failure at ProxyConnect by Proxy for ProxyTeam;
        title: "what answers is not an HTTP proxy";
        meaning: "Something listens at the proxy's address, but it speaks another protocol than HTTP.";
        evidence: "The first bytes of the answer are no HTTP response: TLS, SOCKS, SSH, or a bare HTML page. \
            The evidence quotes them. That rules out a denial: no HTTP proxy understood the request.";
        confused: {
            ProxyMalformed: "The answer begins as HTTP there and then breaks.";
            ProxyClosed: "No byte came back there.";
            ProxyConnectUnsupported: "HTTP is spoken there, but by a server that is no proxy.";
        }
        fix: "Say which port takes HTTP proxy requests, and put it into the setting in place of {proxy}. If \
            the evidence shows TLS, the port expects TLS: write `https://`, where the client can do that \
            (Defender's sensors take no scheme and need a plain HTTP port). SOCKS proxies are not usable for \
            Defender.";
    }

    ProxyClosed "proxy_closed" {
        Failure at ProxyConnect by Proxy for ProxyTeam;
        title: "the proxy closes the connection without an answer";
        meaning: "The proxy accepted the connection, got the request, and hung up.";
        evidence: "The connection ended, or was reset, after the request and before any byte of an answer. \
            That rules out a polite denial, and the service: nobody said that it was asked.";
        confused: {
            ProxySilent: "The proxy keeps the connection open there and says nothing.";
            ProxyMalformed: "An answer began there, and was cut off.";
            ConnectRefused: "The connection was never accepted there.";
        }
        fix: "Check in the proxy's configuration whether this machine's address may use it (access list of \
            the listener or of a load balancer in front), and whether the port expects TLS. Look in the \
            proxy's log for this machine at this time; no line at all points to a device in front of the \
            proxy.";
    }

    ProxySilent "proxy_silent" {
        Failure at ProxyConnect by Nobody for ProxyTeam;
        title: "the proxy accepts the connection and never answers";
        meaning: "The proxy got the request and did not finish an answer in time. Often it is itself waiting \
            for a service, a name server or a parent proxy that does not answer.";
        evidence: "The connection to the proxy stands and the request was sent, but no complete answer came \
            within the time-out; how many bytes came is kept. Who is to blame behind the proxy is not known.";
        confused: {
            ProxyUpstreamSilent: "The proxy reports there that its own connection timed out; here it says \
                nothing yet.";
            ConnectSilent: "Not even the connection to the proxy was made there.";
            ProxyClosed: "The proxy hangs up there.";
        }
        fix: "Try longer first: `egress-probe check --timeout 75 -x {proxy} {url}`. A proxy may wait as long \
            as its own connect time-out (squid: 60 s) for a service that never answers, and then says why. \
            If other names work, look at the firewall behind the proxy for {host}:{port}; if none does, the \
            proxy is overloaded or stuck.";
    }

    ProxyMalformed "proxy_malformed" {
        Failure at ProxyConnect by Proxy for ProxyTeam;
        title: "the proxy's answer is broken";
        meaning: "The answer begins as HTTP, but cannot be used: it is cut off, too large, endless, or \
            breaks the rules in a way that clients do not forgive.";
        evidence: "The fault in the answer's head, and where it is. Small deviations (line ends, a missing \
            reason phrase) are tolerated and do not lead here, even when they are noted.";
        confused: {
            ProxyNotHttp: "The answer is no HTTP from its first byte there.";
            ProxyClosed: "Not one byte of an answer came there.";
        }
        fix: "Look in the log of the proxy, and of every load balancer or filter in front of it, for this \
            machine at this time: one of them sends a broken or cut-off answer at {proxy}. To see the bytes: \
            `curl -v -x {proxy} {url}`.";
    }

    ProxyAuthRequired "proxy_auth_required" {
        Failure at ProxyConnect by Proxy for ProxyTeam;
        title: "the proxy demands a login";
        meaning: "The proxy does not let anybody through to this target without user name and password, or a \
            ticket. Defender's sensors can give neither: they run as the system's own account.";
        evidence: "The proxy answered 407, and no credentials had been sent. That rules out a fault of the \
            network; whether the target would be allowed after a login is not known.";
        confused: {
            ProxyAuthRejected: "Credentials were sent there, and the proxy refused them.";
            ProxyDenied: "The proxy refuses the target there, login or not.";
            HttpUnexpectedStatus: "A 401 from the service itself, inside the tunnel, is the service's login \
                and not the proxy's.";
        }
        fix: "Permit anonymous traffic to {host}:{port}: Defender's sensors cannot authenticate. In squid: \
            `acl no_login dstdomain {host}` and `http_access allow CONNECT no_login`, above the first rule \
            that asks for a login; then `squid -k reconfigure`. Schemes offered: {schemes}. A client that \
            can log in must be given an account.";
    }

    ProxyAuthRejected "proxy_auth_rejected" {
        Failure at ProxyConnect by Proxy for ProxyTeam;
        title: "the proxy rejects the login";
        meaning: "Credentials were sent to the proxy, and it still demands a login: they are wrong, expired \
            or locked, or of a kind that it does not take.";
        evidence: "The proxy answered 407 after credentials had been sent. That rules out a missing login.";
        confused: {
            ProxyAuthRequired: "No credentials were sent there.";
            ProxyDenied: "The proxy accepts or needs no login there, and refuses the target.";
        }
        fix: "Check the account: password, expiry, lock, and right to use the proxy. Do not try again and \
            again, since that can lock it. This program sends only Basic; schemes offered: {schemes}. For \
            Defender an account is no cure: permit anonymous traffic to {host}:{port}.";
    }

    ProxyDenied "proxy_denied" {
        Failure at ProxyConnect by Proxy for ProxyTeam;
        title: "the proxy refuses this name";
        meaning: "The proxy is up and understood the request, and one of its rules forbids it: the name, the \
            port, or this machine.";
        evidence: "A refusal by the proxy itself (403, 451, 401, or its own mark), before any tunnel. That \
            rules out the network, a login that the proxy asks for with 407, and the service, which was not \
            asked.";
        confused: {
            ProxyAuthRequired: "A login would help there.";
            BlockPage: "The tunnel opens there, and a filter answers inside it or on plain http.";
            HttpUnexpectedStatus: "A 403 from the service, inside verified TLS, is the service's own.";
            ProxyUpstreamRefused: "The proxy allows it there, and is itself refused further on.";
        }
        fix: "Allow this machine to reach {host}:{port}. In squid: `acl allowed_names dstdomain {host}` and \
            `http_access allow CONNECT allowed_names` (without `CONNECT` for plain http), above the rule \
            that denies; port {port} must be in `SSL_ports` or `Safe_ports`; then `squid -k reconfigure`. If \
            every name is refused, the rule is about this machine's address, not about the name. After a 401 (tinyproxy), it is about \
            the user and password that were sent.";
    }

    ProxyConnectUnsupported "proxy_connect_unsupported" {
        Failure at ProxyConnect by Proxy for ProxyTeam;
        title: "what answers does not open tunnels";
        meaning: "Something that speaks HTTP answers, but it does not know CONNECT, which every https \
            connection through a proxy needs. Most often it is a web server or a load balancer and not a \
            forward proxy.";
        evidence: "The answer is 405, 501, or a 400 of a server that does not do CONNECT. That rules out a \
            rule about this name.";
        confused: {
            ProxyDenied: "The proxy can open tunnels there, and refuses this one.";
            ProxyNotHttp: "No HTTP is spoken there at all.";
        }
        fix: "Check that {proxy} is the forward proxy's address and port, and not those of a web server, a \
            reverse proxy or the proxy's administration page. If it is the proxy, enable the CONNECT method \
            for port {port}.";
    }

    ProxyRateLimited "proxy_rate_limited" {
        Failure at ProxyConnect by Proxy for ProxyTeam;
        title: "the proxy asks for fewer requests";
        meaning: "The proxy limits how many requests it takes, and turned this one down for now. It may work \
            later.";
        evidence: "The answer is 429, or 503 with Retry-After. That rules out a rule about this name.";
        confused: {
            ProxyUpstreamFailed: "A 503 without Retry-After says that the proxy cannot reach the service.";
            ProxyDenied: "The refusal is final there.";
        }
        fix: "Repeat with less load: `egress-probe check --parallel 2 --rate 2 -x {proxy} {url}`. If it \
            still happens, or happens to the clients themselves, raise the limit for this machine, or find \
            out who uses it up behind the same address.";
    }

    ProxyRedirected "proxy_redirected" {
        Failure at ProxyConnect by Middlebox for ProxyTeam;
        title: "a redirect comes in place of a tunnel";
        meaning: "Somebody wants to send a browser to a login or information page. A program such as a \
            security sensor cannot follow it.";
        evidence: "The answer to the request for a tunnel is a redirect (3xx) or 511. The Location in the \
            evidence shows where it leads; with the proxy's own mark it is the proxy, without one it may be \
            a portal in between.";
        confused: {
            ProxyAuthRequired: "The proxy asks for a login by 407 there, as HTTP foresees.";
            HttpRedirectedElsewhere: "Plain http is redirected there, without a tunnel.";
            TunnelNotTransparent: "The tunnel is granted there, and the page comes inside it.";
        }
        fix: "Exempt {host}:{port} from login by redirect: some cloud proxies log users in that way, and \
            have a list of destinations that go without it. If the Location is a guest or hotel portal, log \
            this network in first, or leave it.";
    }

    ProxyNameNotFound "proxy_name_not_found" {
        Failure at ProxyConnect by Proxy for DnsTeam;
        title: "the proxy cannot resolve this name";
        meaning: "The proxy would let the request through, but its own name servers give it no address.";
        evidence: "The proxy says so, by its own mark (squid: ERR_DNS_FAIL) or by Proxy-Status. That rules \
            out a denial, and the DNS of this machine, which is not used on this path.";
        confused: {
            NameNotFound: "It is this machine there that cannot resolve the first name it needs.";
            ProxyDenied: "The proxy refuses the name there, and may never have looked it up.";
            ProxyUpstreamFailed: "The proxy gives no cause there.";
        }
        fix: "Let the name servers that the proxy uses resolve {host}. To see it, on the proxy: `nslookup \
            {host}` (squid asks the servers in `/etc/resolv.conf` unless `dns_nameservers` names others). If \
            they answer now, a failure may be cached for a minute or so: try again.";
    }

    ProxyUpstreamRefused "proxy_upstream_refused" {
        Failure at ProxyConnect by Proxy for ProxyTeam;
        title: "the proxy's own connection is refused";
        meaning: "The proxy lets the request through and tries to connect to the service, and somebody \
            refuses that connection.";
        evidence: "The proxy says so: error 111 (connection refused) in its mark, or Proxy-Status. That \
            rules out a rule of the proxy, and silence on the way.";
        confused: {
            ProxyDenied: "It is the proxy that refuses there.";
            ConnectRefused: "It is the connection to the proxy itself that is refused there.";
            ProxyUpstreamSilent: "The proxy's connection gets no answer there.";
        }
        fix: "Find out which address the proxy tries for {host}:{port}, and who refuses it: a firewall \
            behind the proxy that answers with a reset, a parent proxy that is down, or a wrong address. On \
            the proxy: `nslookup {host}` and `curl --noproxy '*' -v {url}`.";
    }

    ProxyUpstreamSilent "proxy_upstream_silent" {
        Failure at ProxyConnect by Proxy for NetworkTeam;
        title: "the proxy's own connection gets no answer";
        meaning: "The proxy lets the request through and tries to connect to the service, but nobody answers \
            it. Most often a firewall behind the proxy drops the connection.";
        evidence: "The proxy says so: error 110 (timed out) in its mark, status 504, or Proxy-Status. That \
            rules out a rule of the proxy, and the way from this machine to the proxy.";
        confused: {
            ProxySilent: "The proxy has not said anything yet there; a longer time-out often turns it into \
                this.";
            ConnectSilent: "It is the proxy that does not answer there.";
            ProxyUpstreamUnreachable: "The proxy has no route there.";
        }
        fix: "Allow TCP from the proxy's outgoing address to {host}:{port} in the firewall behind it. To see \
            it, on the proxy: `curl --noproxy '*' -v --connect-timeout 10 {url}`. If the proxy uses a parent \
            proxy, look there.";
    }

    ProxyUpstreamUnreachable "proxy_upstream_unreachable" {
        Failure at ProxyConnect by Proxy for NetworkTeam;
        title: "the proxy has no route to this name";
        meaning: "The proxy lets the request through, but there is no way from it to the service.";
        evidence: "The proxy says so: error 101 or 113 (network or host unreachable) in its mark, or \
            Proxy-Status. That rules out a rule of the proxy, and the way from this machine to the proxy.";
        confused: {
            ConnectUnreachable: "There is no route from this machine to the first hop there.";
            ProxyUpstreamSilent: "The proxy's connection is dropped silently there.";
        }
        fix: "Give the proxy a route to {host}:{port}. To see it, on the proxy: `traceroute {host}`. A \
            frequent cause is a proxy that tries IPv6 without having any: switch that off or make it work.";
    }

    ProxyUpstreamFailed "proxy_upstream_failed" {
        Failure at ProxyConnect by Proxy for ProxyTeam;
        title: "the proxy cannot get through, and does not say why";
        meaning: "The proxy lets the request through but cannot finish it. The cause lies behind it: the \
            service, a firewall, or a parent proxy.";
        evidence: "The proxy answered 502 or 503 without a finer cause, or reports that a parent proxy \
            failed. That rules out a login and a plain denial.";
        confused: {
            ServiceFault: "A 5xx inside verified TLS comes from the service itself.";
            ProxyNameNotFound: "The proxy names DNS as the cause there.";
            ProxyRateLimited: "A Retry-After says there that it is only too much for now.";
        }
        fix: "Look in the proxy's log for {host}:{port} at this time: it knows more than it says. Check its \
            parent proxies (squid: `cache_peer`) and try from the proxy: `curl --noproxy '*' -v {url}`. Squid 5 says the same \
            of a name that it cannot resolve: `nslookup {host}` on the proxy.";
    }

    ProxyFault "proxy_fault" {
        Failure at ProxyConnect by Proxy for ProxyTeam;
        title: "the proxy answers with an error of its own";
        meaning: "The proxy failed inside, or gave an answer that has no better name.";
        evidence: "The proxy's status (kept), which fits no other row. That rules out the network up to the \
            proxy.";
        confused: {
            ProxyUpstreamFailed: "The proxy works there, and what lies behind it fails.";
            ServiceFault: "The error comes from the service there, inside verified TLS.";
        }
        fix: "Look in the log of the proxy at {proxy} for {host}:{port} at this time. It answered with \
            {status}. An internal error (500) is often a full disk or cache, a failed helper program, or a \
            bad piece of configuration.";
    }

    TunnelNotTransparent "tunnel_not_transparent" {
        Failure at ProxyConnect by Proxy for ProxyTeam;
        title: "the proxy grants a tunnel, and then speaks in it itself";
        meaning: "The proxy said yes, but what comes through is a page for a browser and not the service's \
            TLS. It is most often a block page or a login page.";
        evidence: "A 2xx answer to the request for a tunnel, followed by HTTP or HTML where the service's \
            TLS should be. That rules out the service: it would speak TLS.";
        confused: {
            TlsNotTls: "What comes there is no page, or no proxy is on the path.";
            BlockPage: "The page comes inside re-signed TLS or on plain http there.";
            ProxyRedirected: "The redirect comes openly there, in place of the tunnel.";
        }
        fix: "Look in the log of the proxy, or of the filter behind it, for {host}:{port}: it means to deny \
            or to ask for a login, and should say so with 403 or 407. Allow the name without a page. To see \
            the page: `curl -v -p -x {proxy} http://{host}:{port}/`.";
    }

    // TLS with the origin

    TlsResetAfterHello "tls_reset_after_hello" {
        Failure at Tls by Middlebox for NetworkTeam;
        title: "the connection is cut as soon as TLS names the service";
        meaning: "The connection was made, and ended the moment the service's name was sent in it. Filters \
            that read the name (SNI) do that.";
        evidence: "A reset or an end right after the first TLS message (ClientHello) and before any byte of \
            TLS. That rules out a certificate problem: none was shown.";
        confused: {
            TlsSilent: "Nothing comes back there, not even a reset.";
            TlsHandshakeRefused: "The other side says why there, by a TLS alert.";
            TlsStalled: "TLS had begun there.";
        }
        fix: "Look for a filter by name (SNI) between the proxy and the service, or in the proxy itself: \
            some proxies grant every tunnel and cut it when they read the name. Allow {host} there. To test: \
            `openssl s_client -connect {host}:{port} -servername {host}` on the proxy; with a name that is \
            allowed in `-servername`, the handshake goes on.";
        direct: for NetworkTeam, "the connection is cut as soon as TLS names the service",
            "Look for a filter by name (SNI) in the firewalls between this machine and the service, and \
                allow {host} there. To test: `openssl s_client -connect {host}:{port} -servername {host}`; \
                with a name that is allowed in `-servername`, the handshake goes on.";
    }

    TlsSilent "tls_silent" {
        Failure at Tls by Nobody for NetworkTeam;
        title: "TLS gets no answer";
        meaning: "The connection was made, but nothing came back when TLS began. A filter that drops this \
            name does that.";
        evidence: "No byte after the first TLS message (ClientHello) within the time-out. That rules out a \
            certificate problem and a refused port.";
        confused: {
            TlsStalled: "The answer begins there, and then stops.";
            TlsResetAfterHello: "The connection is cut openly there.";
            ConnectSilent: "Not even the connection is made there.";
        }
        fix: "Look for a filter that drops {host} by name (SNI) between the proxy and the service, and for a \
            proxy that grants the tunnel before it has reached the service. On the proxy: `openssl s_client \
            -connect {host}:{port} -servername {host}`; if another name in `-servername` gets an answer, it \
            is a filter by name.";
        direct: for NetworkTeam, "TLS gets no answer",
            "Look for a filter that drops {host} by name (SNI) in the firewalls between this machine and the \
                service. To test: `openssl s_client -connect {host}:{port} -servername {host}`; if another \
                name in `-servername` gets an answer, it is a filter by name.";
    }

    TlsStalled "tls_stalled" {
        Failure at Tls by Nobody for NetworkTeam;
        title: "TLS begins and then stops";
        meaning: "Small packets pass, but the large ones that follow do not arrive, or the connection is cut \
            half-way. Most often a link on the way takes only smaller packets and the message that says so \
            is filtered (a path-MTU hole).";
        evidence: "The handshake's first bytes came, and then silence or an end. How many came is kept. That \
            rules out a filter that drops the name at once, and a refused connection.";
        confused: {
            TlsSilent: "Not one byte comes there.";
            TlsHandshakeRefused: "The other side ends it with a reason there.";
            HttpSilent: "TLS is complete there, and the answer to the request is missing.";
        }
        fix: "Find the largest packet that passes, from the proxy: `ping -M do -s 1472 {host}` (Windows: \
            `ping -f -l 1472 {host}`), then smaller sizes until it works; do the same from this machine to \
            the proxy. If less than 1472 is the limit, let ICMP \"fragmentation needed\" through, or lower \
            the MTU or clamp the MSS at the VPN or tunnel on the way.";
        direct: for NetworkTeam, "TLS begins and then stops",
            "Find the largest packet that passes, from this machine: `ping -M do -s 1472 {host}` (Windows: \
                `ping -f -l 1472 {host}`), then smaller sizes until it works. If less than 1472 is the \
                limit, let ICMP \"fragmentation needed\" through, or lower the MTU or clamp the MSS at the \
                VPN or tunnel on the way. If ping is filtered, lower the MTU of this machine to 1400 for a \
                test.";
    }

    TlsNotTls "tls_not_tls" {
        Failure at Tls by Origin for NetworkTeam;
        title: "what answers does not speak TLS";
        meaning: "Something answers at the service's address, but not with TLS: a portal, a filter, or a \
            service on the wrong port.";
        evidence: "The first bytes of the answer are no TLS; the evidence quotes them. That rules out \
            silence and a certificate problem.";
        confused: {
            TunnelNotTransparent: "A proxy granted a tunnel there, and spoke in it itself.";
            TlsHandshakeRefused: "TLS is spoken there, and ended by an alert.";
        }
        fix: "If the target is your own, check that port {port} of {host} takes TLS; a port for plain http \
            answers like this. If it is a public service, somebody answers in its name: look for a portal or \
            a filter that takes over port {port}. To see it: `curl -v http://{host}:{port}/`.";
    }

    TlsVersionUnsupported "tls_version_unsupported" {
        Failure at Tls by Origin for Service;
        title: "there is no TLS version in common";
        meaning: "The other side wants a TLS version that was not offered. TLS 1.2 and 1.3 are offered here, \
            unless this device can do less.";
        evidence: "A protocol_version alert, or an answer in a version that was not offered. That rules out \
            a certificate problem: it did not get that far.";
        confused: {
            TlsHandshakeRefused: "The version fits there, something else does not.";
            TlsResetAfterHello: "The other side cuts without a reason there.";
        }
        fix: "Enable TLS 1.2 or newer for {host}. If it is a public service, which has that, an inspecting \
            box on the way speaks an old version in its name: ask the team that runs it to exempt {host} or \
            to update it. To test: `openssl s_client -connect {host}:{port} -servername {host} -tls1_2`, \
            then `-tls1_3`.";
    }

    TlsHandshakeRefused "tls_handshake_refused" {
        Failure at Tls by Origin for Service;
        title: "the other side refuses the TLS handshake";
        meaning: "TLS was begun, and the other side ended it with a reason of its own. Often no cipher or \
            curve is in common, or the server does not know the name.";
        evidence: "A fatal TLS alert, whose name is kept with what was offered. That rules out silence, and \
            a filter that only cuts the connection.";
        confused: {
            TlsVersionUnsupported: "The alert there says that it is the TLS version.";
            TlsClientCertificateRequired: "The server had asked for a client certificate there.";
            TlsResetAfterHello: "No alert came there.";
        }
        fix: "Read the alert's name in the evidence: `handshake_failure` means no cipher, curve or signature \
            in common; `unrecognized_name` means that the server does not know {host}. If it is a public \
            service that others reach, look for an inspecting box on the way. To compare: `openssl s_client \
            -connect {host}:{port} -servername {host}`.";
    }

    TlsIntercepted "tls_intercepted" {
        Failure at Tls by Middlebox for SecurityTeam;
        title: "TLS is opened and re-signed on the way, by an authority that this machine does not trust";
        meaning: "Somebody between this machine and the service decrypts the connection and shows a \
            certificate of their own. No client on this machine accepts it.";
        evidence: "The chain ends in no known root, and there is proof of who did it: the sender's own root \
            stands in it, a known inspector's name does, or another path shows another chain for the same \
            service.";
        confused: {
            InspectedTrusted: "This machine trusts the authority there.";
            TlsUntrusted: "The root is unknown there too, but nothing shows that somebody is in between.";
            TlsSelfSigned: "A single certificate that signed itself is no inspection's.";
        }
        fix: "Exempt {host} from TLS inspection on the box that signs as {issuer}, by host name and for port \
            {port}. Do not install its authority on the machine for Defender's sake: its sensors pin their \
            certificates and refuse it all the same. For other programs, if inspection is intended, that is \
            the cure.";
    }

    TlsUntrusted "tls_untrusted" {
        Failure at Tls by Origin for Service;
        title: "the certificate comes from an unknown authority";
        meaning: "The certificate chain ends in a root that neither the service is known to use nor this \
            machine trusts. Whether it is the service's own or somebody's in between is not known.";
        evidence: "A chain whose root is in neither set, and no sign of who made it. That rules out a wrong \
            name and wrong dates, which would be named first.";
        confused: {
            TlsIntercepted: "There is proof there that somebody is in between.";
            TlsMissingIntermediate: "The authority is a public one there, and a link to it is missing.";
            TlsSelfSigned: "There is no authority there: the certificate signed itself.";
        }
        fix: "The chain ends at {issuer}. If that is your own authority and the service is yours, install \
            its root on this machine, or name it with `--local-roots FILE`. If the service is public, \
            compare from another network: another issuer there means that somebody re-signs here. If it is \
            the same, the roots that are compared with may be out of date: see `--service-roots FILE`.";
    }

    TlsSelfSigned "tls_self_signed" {
        Failure at Tls by Origin for Service;
        title: "the certificate signed itself";
        meaning: "The other side shows a single certificate that no authority vouches for. Test servers, \
            appliances and their login pages do that.";
        evidence: "One certificate, whose issuer is itself, and which is not trusted here. That rules out a \
            chain that is merely incomplete.";
        confused: {
            TlsUntrusted: "An authority signed there, but an unknown one.";
            TlsIntercepted: "An inspector signs there with its own authority.";
        }
        fix: "Give {host} a certificate from an authority that its clients trust. If the service is a public \
            one, this is not its certificate: look at what else answers at that address, such as a portal, a \
            firewall's own page or a wrong DNS record.";
    }

    TlsMissingIntermediate "tls_missing_intermediate" {
        Failure at Tls by Origin for Service;
        title: "the server leaves out a certificate of its chain";
        meaning: "The certificate is from a public authority, but the server does not send the one that \
            links it to the root. Browsers often fetch it by themselves; sensors and command-line tools do \
            not.";
        evidence: "The chain is incomplete, and its last certificate names a public authority. That rules \
            out an inspecting box, which signs with an authority of its own.";
        confused: {
            TlsUntrusted: "The authority is not a known public one there.";
            TlsIntercepted: "Somebody re-signed there.";
        }
        fix: "Configure the server of {host} to send the full chain: its certificate first, then that of \
            {issuer} (nginx: both in the file of `ssl_certificate`). To see it: `openssl s_client -connect \
            {host}:{port} -servername {host} -showcerts`.";
    }

    TlsNameMismatch "tls_name_mismatch" {
        Failure at Tls by Origin for Service;
        title: "the certificate is for other names";
        meaning: "The other side shows a valid kind of certificate, but not for the name that was asked for.";
        evidence: "None of the names in the certificate covers the host. That rules out a certificate that \
            signed itself and a re-signed connection, which would be named first; its dates and its \
            authority may be wrong too.";
        confused: {
            TlsIntercepted: "An inspecting box usually puts the right name into its certificate.";
            NameSinkholed: "DNS leads to an address there that cannot be right at all.";
        }
        fix: "Put {host} among the names of the server's certificate. If the service is a public one, the \
            connection went to the wrong machine: compare the address in DNS, the `hosts` file and \
            `--resolve` with what another network gets. A host name that is mistyped under a shared address \
            looks like this too.";
    }

    TlsExpired "tls_expired" {
        Failure at Tls by Origin for Service;
        title: "the certificate has expired";
        meaning: "The certificate's validity is over, as far as this machine's clock can tell.";
        evidence: "A certificate of the chain has an end date in the past. That rules out a wrong name, \
            which would be named first.";
        confused: {
            TlsNotYetValid: "The validity has not begun there.";
            TlsRevoked: "The dates are good there, but the authority withdrew the certificate.";
        }
        fix: "First check this machine's clock (`date -u`; Windows: `w32tm /query /status`): if several \
            services seem expired, it is the clock. Else renew the certificate of {host}, issued by \
            {issuer}, and restart what serves it.";
    }

    TlsNotYetValid "tls_not_yet_valid" {
        Failure at Tls by Origin for Service;
        title: "the certificate is not valid yet";
        meaning: "The certificate's validity begins in the future, as far as this machine's clock can tell. \
            Most often the clock is behind.";
        evidence: "A certificate of the chain has a start date in the future. That rules out a wrong name, \
            which would be named first.";
        confused: {
            TlsExpired: "The validity is over there.";
        }
        fix: "First set this machine's clock (`date -u`; Windows: `w32tm /resync`): a clock that is behind \
            is by far the most frequent cause. If the clock is right, the certificate of {host}, issued by \
            {issuer}, was issued for later: use the previous one until then.";
    }

    TlsRevoked "tls_revoked" {
        Failure at Tls by Origin for Service;
        title: "the certificate was withdrawn by its authority";
        meaning: "The authority that issued the certificate says that it must no longer be trusted.";
        evidence: "Revocation was checked, and the answer is: revoked. That rules out a check that could not \
            be made, which does not lead here.";
        confused: {
            TlsExpired: "The certificate only grew old there.";
            TlsUntrusted: "The authority is unknown there; here it is known and says no.";
        }
        fix: "Get a new certificate for {host} from {issuer}, install it, and find out why the old one was \
            revoked: its key may be known to others.";
    }

    TlsClientCertificateRequired "tls_client_certificate_required" {
        Failure at Tls by Origin for Service;
        title: "the service demands a client certificate";
        meaning: "The server asked this machine to prove who it is by a certificate, got none, and ended the \
            connection.";
        evidence: "A request for a client certificate, and then a refusal: an alert, an end, or an error \
            status that says so. In TLS 1.3 it comes only after the handshake. That rules out the network: \
            the path works.";
        confused: {
            TlsHandshakeRefused: "No client certificate was asked for there.";
            ProxyAuthRequired: "It is the proxy that asks for a login there.";
            HttpUnexpectedStatus: "The service refuses there for another reason.";
        }
        fix: "The path to {host}:{port} works as far as can be told without a client certificate; none is \
            sent here. Test a part of the service that does without one, or accept this result as proof of \
            the path. If the service should not ask, switch off its demand.";
    }

    // HTTP from the origin

    HttpClosed "http_closed" {
        Failure at Http by Origin for Service;
        title: "the connection ends without an answer to the request";
        meaning: "The connection stood and the request was sent, and the other side hung up instead of \
            answering.";
        evidence: "An end or a reset after the request and before a complete answer head. That rules out \
            names, routes and, for https, certificates: all that had worked.";
        confused: {
            HttpSilent: "The connection stays open there, and nothing comes.";
            TlsResetAfterHello: "TLS had not begun there.";
            TlsClientCertificateRequired: "The server had asked for a client certificate there.";
        }
        fix: "Look in the log of the service {host} for this machine at this time. If others reach it, \
            something on the way reads the request and cuts it: compare with another path. To see it: `curl \
            -v {url}`.";
    }

    HttpSilent "http_silent" {
        Failure at Http by Nobody for Service;
        title: "the request gets no answer";
        meaning: "The connection stood and the request was sent, but no complete answer came in time.";
        evidence: "No complete answer head within the time-out; how many bytes came is kept. That rules out \
            names, routes and, for https, certificates: all that had worked.";
        confused: {
            HttpClosed: "The other side hangs up there.";
            TlsStalled: "TLS itself stops there.";
            ProxySilent: "It is the proxy there that has not answered yet.";
        }
        fix: "Try longer: `egress-probe check --timeout 75 {url}`. If it still keeps silent, look whether \
            the service {host} is slow or stuck; if others reach it, look for a device on the way that holds \
            answers back, such as a scanner.";
    }

    HttpMalformed "http_malformed" {
        Failure at Http by Origin for Service;
        title: "the answer is not valid HTTP";
        meaning: "An answer came, but it is no HTTP response, or a broken one.";
        evidence: "The fault in the answer's head, or its first bytes. That rules out silence and, for \
            https, a wrong certificate.";
        confused: {
            ProxyMalformed: "It is the proxy's answer that is broken there.";
            TlsNotTls: "TLS was expected there, and did not come.";
        }
        fix: "Check that {host}:{port} is a web service, and look at what it sends: `curl -v {url}`. If it \
            is one and others read it well, look for a device on the way that rewrites answers.";
    }

    HttpUnexpectedStatus "http_unexpected_status" {
        Failure at Http by Origin for Service;
        title: "the service answers, but with another status than expected";
        meaning: "The path works: the service itself answered. Only the status is not the one that the \
            target names.";
        evidence: "A status outside the expected ones, and no sign that anybody else than the service sent \
            it. That rules out every stage before.";
        confused: {
            ProxyDenied: "The proxy refuses there; here the tunnel is open.";
            BlockPage: "A filter's own page stands there, whatever its status.";
            ServiceFault: "No status was expected there, and a 5xx came.";
        }
        fix: "It answered with {status}. Check the address and what is expected of it: many services answer \
            400 or 404 to a plain request and are well; then name that status with `expect=` beside {url}. A \
            401 or 403 is the service's own and needs rights there.";
    }

    HttpUnexpectedBody "http_unexpected_body" {
        Failure at Http by Origin for Service;
        title: "the status is right, the content is not";
        meaning: "An answer with the expected status came, but not with the expected content. Somebody may \
            answer in the service's name, or the service changed.";
        evidence: "The content differs from what the target names, and no filter's mark stands in it. That \
            rules out every stage before, but on plain http not a page put in on the way.";
        confused: {
            BlockPage: "A known filter's mark stands in the page there.";
            HttpUnexpectedStatus: "The status is wrong there already.";
            HttpRedirectedElsewhere: "The answer leads to another host there.";
        }
        fix: "Look at the content: `curl -v {url}`. If it is the service's, correct what is expected \
            (`body=\"…\"`). If it is a page of a proxy, a portal or a filter, ask whoever runs that to let \
            {host} through unchanged.";
    }

    HttpRedirectedElsewhere "http_redirected_elsewhere" {
        Failure at Http by Middlebox for NetworkTeam;
        title: "plain http is sent to another host";
        meaning: "Somebody on the way redirects to a page of their own: a portal with a login, terms to \
            accept, or a block page.";
        evidence: "A redirect on plain http whose Location is another host, or a 511. That rules out silence \
            and a broken answer; the redirect was not followed.";
        confused: {
            BlockPage: "The filter shows its page in place there.";
            ProxyRedirected: "A proxy's tunnel was asked for there.";
            HttpUnexpectedStatus: "The redirect stays on the same host there.";
        }
        fix: "Read the Location in the evidence. If it is a portal, log this network in, or exempt this \
            machine from the portal. If it is the service's own move to another host, name the new address \
            as the target, or the status with `expect=` beside {url}.";
    }

    BlockPage "block_page" {
        Failure at Http by Middlebox for SecurityTeam;
        title: "a web filter answers with its block page";
        meaning: "A filter on the way answers in the service's place. The service never saw the request. The \
            status can be anything, even 200.";
        evidence: "A filter's mark in the answer: a header, a link or a phrase that only its page has. The \
            evidence quotes it. That rules out the service.";
        confused: {
            ProxyDenied: "The proxy refuses openly there, before any tunnel.";
            TunnelNotTransparent: "The page comes inside the tunnel there without any TLS.";
            HttpUnexpectedBody: "The content differs there, but nobody's mark stands in it.";
        }
        fix: "Allow {host} in the web filter that the evidence names, for machines without a logged-in user \
            too, and exempt it from TLS inspection. The page usually names the category or rule: `curl -v \
            {url}`.";
    }

    ServiceFault "service_fault" {
        Failure at Http by Origin for Service;
        title: "the service itself reports an error";
        meaning: "The path works to the end: the service was reached and answered with an error of its own.";
        evidence: "A 5xx status from the service, for https inside TLS whose chain ends where it should. \
            That rules out proxy, filter and network.";
        confused: {
            ProxyUpstreamFailed: "The 502 or 503 comes from the proxy there.";
            ProxyFault: "The error is the proxy's own there.";
            HttpUnexpectedStatus: "A status was named there, and another came.";
        }
        fix: "It answered with {status}: look at the service's own health page, or wait and repeat. Some \
            services answer so at an address that is not made for tests (Defender's cloud protection answers \
            503 at `/`): use the service's test address, or name that status with `expect=` beside {url}.";
    }
}
