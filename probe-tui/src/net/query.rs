//! One question of our own to the name servers, after the system's resolver has failed.
//!
//! The system decides whether a name resolves (hosts file, split DNS and all), but tells little about why it does not.
//! So the same servers are asked once more, and only the name of the cause is taken from the answer: a name that does
//! not exist, a server that fails, or silence. Nobody else is asked, and addresses that come this way are not used.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use probe_core::probe::transport::How;
use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QTYPE, Question, TYPE};
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

/// The longest wait for one server. Resolvers of systems wait five seconds, but they have already had their turn.
const PATIENCE: Duration = Duration::from_secs(2);

/// Servers that are asked; the system's resolver reads no more from its configuration (`MAXNS`).
const MOST_SERVERS: usize = 3;

/// Suffixes that are tried (`MAXDNSRCH`), and the highest number of dots that can be asked for (`RES_MAXNDOTS`).
const MOST_SUFFIXES: usize = 6;
const MOST_DOTS: usize = 15;

/// Longest answer without extensions in bytes (RFC 1035 2.3.4), with room for servers that overdo it.
const ANSWER: usize = 1232;

/// What the name servers say of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It does not exist, or has no address.
    NotFound,
    /// It has addresses: whatever failed, these servers did not.
    HasAddresses,
    /// They failed: with this code (RFC 1035 4.1.1), or with something that is no answer.
    Failed(Option<u8>),
    /// None of them answered in time.
    Silent,
}

impl Cause {
    /// The failure that the system's resolver must have met.
    pub fn how(self) -> How {
        match self {
            Self::NotFound => How::NameNotFound,
            // The system did not make use of it.
            Self::HasAddresses => How::NameServerFailed(None),
            Self::Failed(code) => How::NameServerFailed(code),
            Self::Silent => How::TimedOut,
        }
    }
}

/// Asks the servers for these names, as [`names_of`] gives them, until one has addresses, nobody answers, or `by` is over.
///
/// That one name does not exist says nothing where the servers failed for another, which may be the one that was meant.
pub async fn cause(names: &[String], servers: &[SocketAddr], by: Instant) -> Cause {
    let mut worst = Cause::NotFound;
    for (index, name) in names.iter().enumerate() {
        let now = Instant::now();
        let left = u32::try_from(names.len() - index).unwrap_or(1);
        match cause_of(name, servers, now + by.saturating_duration_since(now) / left).await {
            Cause::NotFound => {}
            Cause::HasAddresses => return Cause::HasAddresses,
            failed if worst == Cause::NotFound => worst = failed,
            _ => {}
        }
        // Who is silent to one name is silent to all.
        if worst == Cause::Silent {
            break;
        }
    }
    worst
}

/// Asks the servers in their order, until one knows or `by` is over.
async fn cause_of(host: &str, servers: &[SocketAddr], by: Instant) -> Cause {
    // What cannot be written as a question exists nowhere.
    let Ok(name) = Name::new(host.trim_end_matches('.')) else {
        return Cause::NotFound;
    };
    let mut worst = Cause::Silent;
    let servers = &servers[..servers.len().min(MOST_SERVERS)];
    for (index, server) in servers.iter().enumerate() {
        let now = Instant::now();
        let left = u32::try_from(servers.len() - index).unwrap_or(1);
        let share = by.saturating_duration_since(now) / left;
        match ask(&name, *server, now + share.min(PATIENCE)).await {
            Cause::Silent => {}
            Cause::Failed(code) => worst = Cause::Failed(code),
            decided => return decided,
        }
    }
    worst
}

/// Asks one server for both families of addresses at once.
async fn ask(name: &Name<'_>, server: SocketAddr, by: Instant) -> Cause {
    let mut asked = [(TYPE::A, None), (TYPE::AAAA, None)];
    let mut broken = false;
    let end = timeout_at(by, converse(name, server, &mut asked, &mut broken)).await;
    let answers = asked.map(|(_, answer)| answer);
    if matches!(end, Ok(Ok(Ended::NoSuchName))) || answers == [Some(Cause::NotFound); 2] {
        return Cause::NotFound;
    }
    if answers.contains(&Some(Cause::HasAddresses)) {
        return Cause::HasAddresses;
    }
    match answers.into_iter().flatten().find(|answer| matches!(answer, Cause::Failed(_))) {
        Some(failed) => failed,
        None if broken || matches!(end, Ok(Err(_))) => Cause::Failed(None),
        None => Cause::Silent,
    }
}

/// How a conversation with a server ended.
enum Ended {
    /// With the name's absence, which goes for both families.
    NoSuchName,
    /// With an answer for each family.
    Answered,
}

/// Sends both questions and reads until both are answered, or the name is said not to exist.
async fn converse(
    name: &Name<'_>,
    server: SocketAddr,
    asked: &mut [(TYPE, Option<Cause>); 2],
    broken: &mut bool,
) -> std::io::Result<Ended> {
    let any: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    // Connected: the system lets through what comes from this server and port, and nothing else.
    socket.connect(server).await?;
    let mut ids = [0; 2];
    for (index, (family, _)) in asked.iter().enumerate() {
        ids[index] = random_id(index);
        socket.send(&question(ids[index], name, *family)?).await?;
    }
    let mut space = [0; ANSWER];
    while asked.iter().any(|(_, answer)| answer.is_none()) {
        let count = socket.recv(&mut space).await?;
        let Some(index) = ids.iter().position(|id| space[..count].starts_with(&id.to_be_bytes())) else {
            continue;
        };
        let (family, answer) = &mut asked[index];
        match read(&space[..count], name, *family) {
            // No such name, for whatever type is asked.
            Some((3, _)) => return Ok(Ended::NoSuchName),
            Some((_, cause)) => *answer = Some(cause),
            None => *broken = true,
        }
    }
    Ok(Ended::Answered)
}

/// A number that nobody can foresee, and a different one for each question.
fn random_id(index: usize) -> u16 {
    let mut bytes = [0; 2];
    let filled = rustls::crypto::ring::default_provider().secure_random.fill(&mut bytes);
    // Without randomness the source port still has to be guessed.
    let id = if filled.is_ok() { u16::from_be_bytes(bytes) } else { 0 };
    // One bit tells the two questions apart.
    if index == 0 { id & !1 } else { id | 1 }
}

fn question(id: u16, name: &Name<'_>, family: TYPE) -> std::io::Result<Vec<u8>> {
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    packet.questions.push(Question::new(name.clone(), QTYPE::TYPE(family), CLASS::IN.into(), false));
    packet.build_bytes_vec().map_err(|_| std::io::ErrorKind::InvalidInput.into())
}

/// Reads an answer to this very question: its code, and what it means. `None` for everything else.
fn read(bytes: &[u8], name: &Name<'_>, family: TYPE) -> Option<(u8, Cause)> {
    let packet = Packet::parse(bytes).ok()?;
    let asked = packet.questions.first()?;
    let same_name = asked.qname.to_string().eq_ignore_ascii_case(&name.to_string());
    if !packet.has_flags(PacketFlag::RESPONSE) || !same_name || asked.qtype != QTYPE::TYPE(family) {
        return None;
    }
    let code = bytes.get(3)? & 0x0F;
    let has_address =
        packet.answers.iter().any(|record| matches!(record.rdata, RData::A(_) | RData::AAAA(_)));
    let cause = match code {
        // An answer that was cut is an answer.
        0 if has_address || packet.has_flags(PacketFlag::TRUNCATION) => Cause::HasAddresses,
        0 | 3 => Cause::NotFound,
        code => Cause::Failed(Some(code)),
    };
    Some((code, cause))
}

/// The servers that a resolver's configuration (`resolv.conf`) names; without any, the one on this machine.
pub fn servers_of(configuration: &str) -> Vec<SocketAddr> {
    let mut servers: Vec<SocketAddr> = configuration
        .lines()
        .filter_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let address = words.next().filter(|word| *word == "nameserver").and_then(|_| words.next())?;
            // A zone by name (`fe80::1%eth0`) has no number here; that server is passed over.
            address.parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, 53))
        })
        .take(MOST_SERVERS)
        .collect();
    if servers.is_empty() {
        servers.push(SocketAddr::from((Ipv4Addr::LOCALHOST, 53)));
    }
    servers
}

/// The names that decide how the system's lookup of a host ends, by a resolver's configuration (`search`, `domain` and
/// `options ndots` of `resolv.conf`), in the order in which it asks them.
///
/// A host with enough dots is asked for as it is, and that answer decides, whatever becomes of it with a suffix behind it.
/// One with fewer is asked for with each suffix first. A suffix that is taken from this machine's own name, because the
/// configuration names none, is not known here.
pub fn names_of(configuration: &str, host: &str) -> Vec<String> {
    let (mut suffixes, mut enough) = (Vec::new(), 1);
    for line in configuration.lines() {
        let text = line.split(['#', ';']).next().unwrap_or_default();
        let mut words = text.split_ascii_whitespace();
        match words.next() {
            // The last of them counts.
            Some("search" | "domain") => suffixes = words.take(MOST_SUFFIXES).collect(),
            Some("options") => {
                let mut dots = words.filter_map(|word| word.strip_prefix("ndots:")?.parse::<usize>().ok());
                enough = dots.next_back().map_or(enough, |dots| dots.min(MOST_DOTS));
            }
            _ => {}
        }
    }
    let mut names = Vec::new();
    if !host.ends_with('.') && host.matches('.').count() < enough {
        let with = |suffix: &&str| format!("{host}.{}", suffix.trim_matches('.'));
        names.extend(suffixes.iter().filter(|suffix| **suffix != ".").map(with));
    }
    names.push(host.to_owned());
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_of_a_resolver() {
        let text = "# comment\nsearch corp.example\nnameserver 10.0.0.53\n  nameserver\t2001:db8::53 # two\n\
                    nameserver fe80::1%eth0\noptions ndots:2\nnameserver 10.0.0.54\nnameserver 10.0.0.55\n";
        let servers: Vec<_> = servers_of(text).iter().map(ToString::to_string).collect();
        assert_eq!(servers, ["10.0.0.53:53", "[2001:db8::53]:53", "10.0.0.54:53"]);
        assert_eq!(servers_of("")[0].to_string(), "127.0.0.1:53");
    }

    #[test]
    fn the_names_that_a_resolver_asks_for() {
        let text = "search old.example\nsearch corp.example. lab.example\noptions rotate ndots:2\n";
        assert_eq!(names_of(text, "proxy"), ["proxy.corp.example", "proxy.lab.example", "proxy"]);
        assert_eq!(names_of(text, "proxy.eu"), ["proxy.eu.corp.example", "proxy.eu.lab.example", "proxy.eu"]);
        assert_eq!(names_of(text, "a.b.c"), ["a.b.c"], "as many dots as are enough");
        assert_eq!(names_of(text, "proxy."), ["proxy."], "the root's dot ends a name");
        assert_eq!(names_of("domain corp.example # ours", "proxy")[0], "proxy.corp.example");
        assert_eq!(names_of("search corp.example", "a.b"), ["a.b"], "one dot is enough by default");
        assert_eq!(names_of("search .\noptions ndots:x", "proxy"), ["proxy"]);
        assert_eq!(names_of("", "proxy"), ["proxy"]);
        let many = format!("search{}", " a.example".repeat(100));
        assert_eq!(names_of(&many, "proxy").len(), MOST_SUFFIXES + 1);
    }

    #[test]
    fn only_the_answer_to_this_question_is_read() {
        let name = Name::new("a.example").expect("a name");
        let other = Name::new("b.example").expect("a name");
        let mut bytes = question(7, &name, TYPE::A).expect("a question");
        assert_eq!(read(&bytes, &name, TYPE::A), None, "a question is no answer");
        bytes[2] |= 0x80;
        bytes[3] = 0x83;
        assert_eq!(read(&bytes, &name, TYPE::A), Some((3, Cause::NotFound)));
        assert_eq!(read(&bytes, &other, TYPE::A), None);
        assert_eq!(read(&bytes, &name, TYPE::AAAA), None);
        for end in 0..bytes.len() {
            assert_eq!(read(&bytes[..end], &name, TYPE::A), None, "cut at {end}");
        }
    }
}
