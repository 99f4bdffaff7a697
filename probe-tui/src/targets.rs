//! The targets of a run, kept as the text that they were read from: a waiting target costs sixteen bytes and its line.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, Hash, Hasher, RandomState};
use std::path::Path;

use probe_core::authority::Host;
use probe_core::catalog::{ENDPOINTS, Endpoint, Index};
use probe_core::mistake::{Mistake, MistakeKind};
use probe_core::target::{Expect, Scheme, Target, lines};

use crate::catalog::Facts;
use crate::input;
use crate::mistakes::{Mistakes, Origin, Secrets};

/// The targets, each URL once, in the order in which they were given.
#[derive(Debug, Default)]
pub struct Targets {
    texts: Vec<String>,
    places: Vec<Place>,
    expect: Expect<'static>,
    /// What is known of targets; several share one.
    facts: Vec<Facts>,
    /// How many lines gave a URL that was there already.
    pub repeated: usize,
}

/// One line of one text.
#[derive(Debug, Clone, Copy)]
struct Place {
    text: u32,
    start: u32,
    end: u32,
    facts: u32,
}

impl Targets {
    /// Reads words of the command line and files. Everything that is wrong goes to `mistakes`.
    ///
    /// `expect` counts for targets that do not say themselves what they expect; `endpoints` are what is known of hosts.
    pub fn read(
        words: &[String],
        files: &[impl AsRef<Path>],
        expect: Expect<'static>,
        endpoints: &[Endpoint<'_>],
        mistakes: &mut Mistakes,
    ) -> Self {
        let mut targets = Self { expect, ..Self::default() };
        let mut names = Vec::new();
        let mut stdin = 0;
        let words = words.iter().map(|word| (word.as_str(), word == "-"));
        let files = files.iter().map(AsRef::as_ref);
        for (word, is_stdin) in words {
            if is_stdin {
                stdin += 1;
            } else {
                names.push(None);
                targets.texts.push(word.to_owned());
            }
        }
        let files = files.filter(|file| {
            let is_stdin = *file == Path::new("-");
            stdin += usize::from(is_stdin);
            !is_stdin
        });
        let mut files: Vec<&Path> = files.collect();
        match stdin {
            0 => {}
            1 => files.push(Path::new("-")),
            _ => mistakes.add_plain("-", &"standard input is asked for twice", Some("keep one of them")),
        }
        for file in files {
            if let Some(text) = input::read_list(file, mistakes) {
                names.push(Some(input::name_of(file)));
                targets.texts.push(text);
            }
        }
        targets.places = places(&targets.texts, &names, mistakes, &mut targets.repeated);
        targets.learn(endpoints);
        targets
    }

    /// Adds lines that were chosen from a catalogue, without those whose URLs are there already.
    pub fn add(&mut self, lines: Vec<(String, Facts)>) {
        let key = |line: &str| {
            let target = Target::parse_line(line, &mut |_| ())?;
            let host = target.host.to_string().to_ascii_lowercase();
            let host = host.trim_end_matches('.');
            let path = target.path.strip_prefix('/').unwrap_or(target.path);
            Some(format!("{}://{host}:{}/{path}", target.scheme, target.port))
        };
        let mut seen: HashSet<String> = (0..self.len()).filter_map(|index| key(self.line(index)?)).collect();
        let mut text = String::new();
        for (line, facts) in lines {
            if !key(&line).is_some_and(|key| seen.insert(key)) {
                continue;
            }
            let start = text.len();
            text.push_str(&line);
            self.places.push(Place {
                text: narrow(self.texts.len()),
                start: narrow(start),
                end: narrow(text.len()),
                facts: narrow(self.facts.len()),
            });
            self.facts.push(facts);
            text.push('\n');
        }
        self.texts.push(text);
    }

    /// Looks up what is known of the hosts.
    fn learn(&mut self, endpoints: &[Endpoint<'_>]) {
        self.facts = vec![Facts::OF_USERS];
        let mut numbers = HashMap::new();
        let known = Index::new(endpoints);
        for index in 0..self.places.len() {
            let Some(target) = self.line(index).and_then(|line| Target::parse_line(line, &mut |_| ())) else {
                continue;
            };
            let found = known.known(&target.host.to_string(), target.port);
            let Some(endpoint) = found else { continue };
            let number = *numbers.entry((endpoint.host, endpoint.service)).or_insert_with(|| {
                self.facts.push(Facts::of_host(endpoint));
                self.facts.len() - 1
            });
            if let Some(place) = self.places.get_mut(index) {
                place.facts = narrow(number);
            }
        }
    }

    /// One text with a line for each target, as the lab makes it. Mistakes are the caller's.
    pub fn from_list(name: &str, list: String, mistakes: &mut Mistakes) -> Self {
        let mut targets = Self { texts: vec![list], ..Self::default() };
        targets.places = places(&targets.texts, &[Some(name.to_owned())], mistakes, &mut targets.repeated);
        targets.learn(ENDPOINTS);
        targets
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The target with this number, from 0.
    pub fn get(&self, index: usize) -> Option<Target<'_>> {
        let mut target = Target::parse_line(self.line(index)?, &mut |_| ())?;
        let facts = self.facts(index);
        (target.exempt, target.pin) = (facts.exempt, facts.pin);
        if !target.expect.is_given() {
            target.expect.statuses = self.expect.statuses.clone();
        }
        Some(target)
    }

    /// What is known of the target with this number.
    pub fn facts(&self, index: usize) -> &Facts {
        let number = self.places.get(index).map_or(0, |place| place.facts);
        self.facts.get(number as usize).unwrap_or(&Facts::OF_USERS)
    }

    /// How many of them the exit code depends on.
    pub fn required(&self) -> usize {
        (0..self.len()).filter(|index| self.facts(*index).required).count()
    }

    /// The URL of the target with this number.
    pub fn url(&self, index: usize) -> &str {
        self.line(index).and_then(|line| line.split_whitespace().next()).unwrap_or_default()
    }

    fn line(&self, index: usize) -> Option<&str> {
        let place = self.places.get(index)?;
        self.texts.get(place.text as usize)?.get(place.start as usize..place.end as usize)
    }
}

/// One text for all ways to write a URL; `None` for what is none.
pub(crate) fn identity(url: &str) -> Option<String> {
    let Identity { scheme, host, port, path } = Identity::of(&Target::parse(url).ok()?);
    let host = match host {
        Host::Name(name) => name.trim_end_matches('.').to_ascii_lowercase(),
        Host::V4(_) | Host::V6(_) => format!("{:?}", host.address()),
    };
    Some(format!("{}://{host}:{port}/{path}", scheme.as_str()))
}

/// What makes two URLs one target, however they are written: what is connected to, and what is asked for.
///
/// Hosts are compared as the core compares them: names without regard to letter case and to the root's dot. Paths are
/// compared as they go on the wire: what a server makes of `%61`, of `//` or of letter case is its own affair.
#[derive(Debug)]
struct Identity<'a> {
    scheme: Scheme,
    host: Host<'a>,
    port: u16,
    path: &'a str,
}

impl<'a> Identity<'a> {
    fn of(target: &Target<'a>) -> Self {
        // A URL without a path asks for `/`, as the request does.
        let path = target.path.strip_prefix('/').unwrap_or(target.path);
        Self { scheme: target.scheme, host: target.host, port: target.port, path }
    }
}

impl PartialEq for Identity<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.scheme == other.scheme
            && self.port == other.port
            && self.path == other.path
            && self.host.is_same(&other.host)
    }
}

impl Eq for Identity<'_> {}

impl Hash for Identity<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.scheme, self.port, self.path).hash(state);
        match self.host {
            Host::Name(name) => {
                name.trim_end_matches('.').bytes().for_each(|byte| state.write_u8(byte.to_ascii_lowercase()));
            }
            Host::V4(_) | Host::V6(_) => self.host.address().hash(state),
        }
    }
}

/// Finds the lines with targets. A text without a name is a word of the command line.
fn places(
    texts: &[String],
    names: &[Option<String>],
    mistakes: &mut Mistakes,
    repeated: &mut usize,
) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    // By their digests, so that a long list costs little while it is read; where two are the same, the lines decide.
    let hasher = RandomState::new();
    let mut seen: HashMap<u64, u32> = HashMap::new();
    for (index, (text, name)) in texts.iter().zip(names).enumerate() {
        let word = format!("TARGET {}", index + 1);
        for (number, start, line) in lines(text) {
            let origin = match name {
                Some(name) => Origin { name, line: Some(number), secrets: Secrets::InWords },
                None => Origin { name: &word, line: None, secrets: Secrets::BeforeAt },
            };
            if line.len() > input::LINE {
                let what = format!("this line is longer than {} bytes", input::LINE);
                let (from, to) = (line.floor_char_boundary(input::LINE), line.len());
                mistakes.add_words(origin, line, from..to, &what, Some("write one target a line"), None);
                continue;
            }
            let Some(target) = Target::parse_line(line, &mut |mistake| mistakes.add(origin, line, &mistake))
            else {
                if name.is_none() && line.trim().is_empty() {
                    mistakes.add(origin, line, &Mistake::new(MistakeKind::Empty, 0..line.len()));
                }
                continue;
            };
            let identity = Identity::of(&target);
            let digest = hasher.hash_one(&identity);
            let before = seen.get(&digest).and_then(|index| {
                let Place { text, start, end, .. } = *places.get(*index as usize)?;
                let line = texts.get(text as usize)?.get(start as usize..end as usize)?;
                Target::parse_line(line, &mut |_| ()).filter(|before| Identity::of(before) == identity)
            });
            if let Some(before) = before {
                *repeated += 1;
                if before.expect != target.expect || before.method != target.method {
                    let at = line.find(target.url).unwrap_or_default();
                    let what = "this URL stands here twice, and different answers are expected of it";
                    let hint = "keep one of the lines, or expect both: expect=200,404";
                    mistakes.add_words(origin, line, at..at + target.url.len(), &what, Some(hint), None);
                }
                continue;
            }
            seen.insert(digest, narrow(places.len()));
            let end = narrow(start + line.len());
            places.push(Place { text: narrow(index), start: narrow(start), end, facts: 0 });
        }
    }
    places
}

/// Texts are smaller than 4 GiB: files are bounded, and so is a command line.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use probe_core::catalog::PinClass;

    use super::*;

    fn words(words: &[&str]) -> (Targets, String) {
        let mut mistakes = Mistakes::default();
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let mut expect = Expect::default();
        expect.take_statuses("204", 0).unwrap();
        let targets = Targets::read(&words, &[] as &[PathBuf], expect, ENDPOINTS, &mut mistakes);
        (targets, if mistakes.is_empty() { String::new() } else { mistakes.to_string() })
    }

    #[test]
    fn words_with_and_without_expectations() {
        let (targets, mistakes) =
            words(&["https://a.example/", "https://b.example/ expect=404", "https://a.example/"]);
        assert_eq!(mistakes, "");
        assert_eq!((targets.len(), targets.repeated), (2, 1));
        assert_eq!(targets.url(1), "https://b.example/");
        let statuses = |index| targets.get(index).unwrap().expect.statuses.to_vec();
        assert_eq!((statuses(0), statuses(1)), (vec![204], vec![404]));
    }

    #[test]
    fn all_mistakes_of_all_sources() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("list.txt");
        std::fs::write(&file, "\u{feff}# targets\r\nhtps://a.example\r\nhttps://b.example expct=200\r\n")
            .unwrap();
        let mut mistakes = Mistakes::default();
        let files = [file, directory.path().join("missing.txt")];
        let given = ["a.example".to_owned(), String::new(), "https://u:secret@c.example/".to_owned()];
        Targets::read(&given, &files, Expect::default(), ENDPOINTS, &mut mistakes);
        let shown = mistakes.to_string().replace(&*directory.path().display().to_string(), "DIR");
        assert!(!shown.contains("secret"));
        insta::assert_snapshot!(shown);
    }

    #[test]
    fn one_url_cannot_expect_two_things() {
        for other in ["https://a.example/ expect=200", "HTTPS://A.example:443 expect=200"] {
            let (_, mistakes) = words(&["https://a.example/", other]);
            assert!(mistakes.contains("stands here twice"), "{mistakes}");
        }
    }

    #[test]
    fn a_url_is_one_target_however_it_is_written() {
        let (targets, mistakes) = words(&[
            "HTTPS://A.example:443/",
            "https://a.example/",
            "https://a.example",
            "https://a.EXAMPLE./#top",
            "http://[2001:DB8::1]/x?y",
            "http://[2001:db8:0::1]:80/x?y",
            "https://b.example?q",
            "https://b.example/?q",
        ]);
        assert_eq!(mistakes, "");
        assert_eq!((targets.len(), targets.repeated), (3, 5));
        let urls: Vec<_> = (0..3).map(|index| targets.url(index)).collect();
        assert_eq!(urls, ["HTTPS://A.example:443/", "http://[2001:DB8::1]/x?y", "https://b.example?q"]);
    }

    #[test]
    fn what_a_server_may_tell_apart_is_apart() {
        let (targets, mistakes) = words(&[
            "https://a.example/",
            "http://a.example/",
            "https://a.example:8443/",
            "https://a.example/A",
            "https://a.example/a",
            "https://a.example/%61",
            "https://a.example//",
            "https://a.example/?",
            "https://www.a.example/",
            "https://192.0.2.1/",
        ]);
        assert_eq!((targets.len(), targets.repeated, mistakes.as_str()), (10, 0, ""));
    }

    #[test]
    fn what_is_known_of_a_host_counts_for_the_users_urls() {
        let (targets, mistakes) = words(&[
            "https://winatp-gw-neu.microsoft.com/",
            "https://a.example/",
            "http://winatp-gw-neu.microsoft.com/",
        ]);
        assert_eq!(mistakes, "");
        let facts = |index| {
            let target = targets.get(index).unwrap();
            (target.exempt, target.pin)
        };
        assert_eq!(facts(0), (true, PinClass::Microsoft));
        assert_eq!([facts(1), facts(2)], [(false, PinClass::Public); 2]);
        assert!(targets.facts(0).endpoint.is_none() && targets.facts(0).required);
    }

    #[test]
    fn chosen_lines_come_behind_and_once() {
        let (mut targets, _) = words(&["https://a.example/"]);
        let optional = Facts { required: false, endpoint: Some("*.example".into()), ..Facts::OF_USERS };
        targets.add(vec![
            ("https://a.example/ expect=404".into(), optional.clone()),
            ("https://b.example/ expect=404".into(), optional),
        ]);
        assert_eq!((targets.len(), targets.required()), (2, 1));
        assert_eq!(
            (targets.url(1), targets.get(1).unwrap().expect.statuses.to_vec()),
            ("https://b.example/", vec![404])
        );
        assert_eq!(targets.facts(1).endpoint.as_deref(), Some("*.example"));
        assert!(targets.facts(0).endpoint.is_none());
    }
}
