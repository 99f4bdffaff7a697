//! Settings found in documents: for the machine, for one user, for one service.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::{Document, Place, Whose};
use crate::catalog::System;
use crate::select::environment::Variable;
use crate::settings::{Entry, Key, Scope};

/// The user that an export is of, where it says so.
const CURRENT: &str = "HKEY_CURRENT_USER";

/// Hives of services, which are nobody's that is signed in.
const SERVICES: [&str; 4] = ["S-1-5-18", "S-1-5-19", "S-1-5-20", ".DEFAULT"];

/// Finds settings in documents.
#[derive(Debug, Clone, Copy)]
pub(in crate::select) struct Found<'a> {
    pub(in crate::select) documents: &'a [Document<'a>],
}

impl<'a> Found<'a> {
    /// The setting that counts: the last one, since later files override earlier ones.
    pub(in crate::select) fn get(self, key: Key, is_scope: impl Fn(&Scope<'_>) -> bool) -> Option<Place<'a>> {
        self.get_where(key, is_scope, |_| true)
    }

    /// The same in some documents.
    pub(in crate::select) fn get_where(
        self,
        key: Key,
        is_scope: impl Fn(&Scope<'_>) -> bool,
        is_document: impl Fn(&Document<'_>) -> bool,
    ) -> Option<Place<'a>> {
        self.documents.iter().rev().filter(|document| is_document(document)).find_map(|document| {
            let mut entries = document.reading.entries.iter().rev();
            let entry = entries.find(|entry| entry.key == key && is_scope(&entry.scope))?;
            Some(document.place(entry))
        })
    }

    /// The same, where blanks alone are no setting. A value that was lost is one.
    pub(in crate::select) fn set(self, key: Key, is_scope: impl Fn(&Scope<'_>) -> bool) -> Option<Place<'a>> {
        self.get(key, is_scope)
            .filter(|place| !place.entry.value.trim().is_empty() || place.entry.lost.is_some())
    }

    /// The same for whomever it is set.
    pub(in crate::select) fn any(self, key: Key) -> Option<Place<'a>> {
        self.set(key, |_| true)
    }

    /// The same for the machine: a policy counts before what is set otherwise, wherever each stands.
    pub(in crate::select) fn machine(self, key: Key) -> Option<Place<'a>> {
        let policy = self.set(key, |scope| *scope == Scope::Policy);
        policy.or_else(|| self.set(key, |scope| *scope == Scope::Machine))
    }

    /// Whether these are settings of Windows.
    pub(in crate::select) fn is_windows(self) -> bool {
        Document::system_of(self.documents) == Some(System::Windows)
    }

    /// Every setting of this key, from the one that counts most on.
    pub(super) fn all(self, key: Key) -> impl Iterator<Item = Place<'a>> {
        self.documents.iter().rev().flat_map(move |document| {
            let entries = document.reading.entries.iter().rev().filter(move |entry| entry.key == key);
            entries.map(|entry| document.place(entry))
        })
    }

    /// The users whose settings of this kind are meant, each once, in the order of the files: the current one alone, where files have
    /// settings of that one.
    pub(super) fn users(self, is_meant: impl Fn(Key) -> bool) -> Vec<&'a str> {
        let entries = self.documents.iter().flat_map(|document| &document.reading.entries);
        let (mut seen, mut users) = (BTreeSet::new(), Vec::new());
        for entry in entries.filter(|entry| is_meant(entry.key)) {
            match &entry.scope {
                Scope::User(user) | Scope::UserPolicy(user) if user == CURRENT => return [CURRENT].into(),
                Scope::User(user) | Scope::UserPolicy(user)
                    if !SERVICES.contains(&&**user) && seen.insert(&**user) =>
                {
                    users.push(&**user);
                }
                _ => {}
            }
        }
        users
    }

    /// The one user whose variables are meant, where files may have those of several: the current one, else the one who stands last.
    /// What others have set counts for their programs alone.
    pub(super) fn user_of_variables(self) -> Option<&'a str> {
        let entries = self.documents.iter().flat_map(|document| &document.reading.entries);
        let mut last = None;
        for entry in entries.filter(|entry| matches!(entry.key, Key::Variable(_))) {
            match &entry.scope {
                Scope::User(user) if user == CURRENT => return Some(CURRENT),
                Scope::User(user) if !SERVICES.contains(&&**user) => last = Some(&**user),
                _ => {}
            }
        }
        last
    }

    /// The last variable of that user, where others have some as well and nothing says whose session it is.
    pub(in crate::select) fn variable_of_one_user(self) -> Option<Place<'a>> {
        let is_variable = |key| matches!(key, Key::Variable(_));
        if self.is_session_known() || self.users(is_variable).len() < 2 {
            return None;
        }
        let user = self.user_of_variables()?;
        let is_it = |entry: &&Entry<'_>| {
            is_variable(entry.key) && matches!(&entry.scope, Scope::User(own) if own == user)
        };
        self.documents.iter().rev().find_map(|document| {
            let entry = document.reading.entries.iter().rev().find(is_it)?;
            Some(document.place(entry))
        })
    }

    /// Whether the whole environment of the session is known: then nothing else is set in it.
    pub(super) fn is_session_known(self) -> bool {
        self.whole(Whose::Session).is_some()
    }

    /// The whole environment of somebody, where it was read.
    pub(in crate::select) fn whole(self, whose: Whose<'_>) -> Option<Self> {
        let at = self.documents.iter().rposition(|document| document.whole_of == Some(whose))?;
        Some(Self { documents: self.documents.get(at..=at)? })
    }

    /// The first of these variables that says something: of a session where its whole environment is known, that; else its user's, else
    /// the machine's.
    pub(super) fn variable(self, whose: Whose<'_>, variables: &[Variable]) -> Option<Place<'a>> {
        self.variable_where(whose, variables, |place| !place.entry.value.is_empty())
    }

    /// The first of them that is set, if only to nothing.
    pub(super) fn variable_even_empty(self, whose: Whose<'_>, variables: &[Variable]) -> Option<Place<'a>> {
        self.variable_where(whose, variables, |_| true)
    }

    fn variable_where(
        self,
        whose: Whose<'_>,
        variables: &[Variable],
        counts: fn(&Place<'_>) -> bool,
    ) -> Option<Place<'a>> {
        let first = |found: Self, is_scope: &dyn Fn(&Scope<'_>) -> bool| {
            variables.iter().find_map(|variable| {
                found.get(Key::Variable(*variable), is_scope).filter(|place| counts(place))
            })
        };
        if let Some(whole) = self.whole(whose) {
            return first(whole, &|_| true);
        }
        if let Whose::Service(name) = whose {
            return first(self, &|scope| matches!(scope, Scope::Service(service) if unit(service) == name));
        }
        let user = self.user_of_variables();
        let of_user =
            user.and_then(|user| first(self, &|scope| matches!(scope, Scope::User(own) if own == user)));
        of_user.or_else(|| first(self, &|scope| *scope == Scope::Machine))
    }

    /// The services whose variables were read, each once, in the order in which they were. One that runs without any is one of them.
    pub(super) fn services(self) -> Vec<&'a str> {
        let mut seen = BTreeSet::new();
        let names = self.documents.iter().flat_map(|document| {
            let running = match document.whole_of {
                Some(Whose::Service(name)) => Some(name),
                _ => None,
            };
            let entries =
                document.reading.entries.iter().filter_map(|entry| match (entry.key, &entry.scope) {
                    (Key::Variable(_), Scope::Service(name)) => Some(unit(name)),
                    _ => None,
                });
            running.into_iter().chain(entries)
        });
        names.filter(|name| seen.insert(*name)).collect()
    }
}

/// A service's name without `.service` behind it.
pub(in crate::select) fn unit(service: &str) -> &str {
    service.trim_end_matches(".service")
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;
    use crate::select::client::tests::{document, shown};
    use crate::select::client::{Client, Kind, ways};

    const HTTPS: Key = Key::Variable(Variable::HttpsProxy);
    const NO_PROXY: Key = Key::Variable(Variable::NoProxy);

    fn user(name: &'static str) -> Scope<'static> {
        Scope::User(name.into())
    }

    #[test]
    fn what_other_users_have_set_is_mixed_with_nothing() {
        let documents = [document(&[
            (HTTPS, user("S-1-5-21-1-1001"), "http://one:1"),
            (NO_PROXY, user("S-1-5-21-1-1001"), "a.example"),
            (HTTPS, user("S-1-5-21-1-1002"), "http://other:1"),
            (NO_PROXY, user("S-1-5-18"), "a.example"),
        ])];
        let steps = shown(Client::Curl, &documents, "https://a.example/");
        assert_eq!(steps, ["tunnel http://other:1 by https_proxy"]);
        let current = document(&[(HTTPS, user(CURRENT), "http://current:1")]);
        for documents in [[documents[0].clone(), current.clone()], [current, documents[0].clone()]] {
            let steps = shown(Client::Curl, &documents, "https://a.example/");
            assert_eq!(steps, ["tunnel http://current:1 by https_proxy"]);
        }
    }

    #[test]
    fn the_agents_own_service_counts_before_the_machine() {
        let machine = document(&[(HTTPS, Scope::Machine, "http://machine:1")]);
        let url = "https://a.example/";
        assert_eq!(
            shown(Client::Arc, core::slice::from_ref(&machine), url),
            ["tunnel http://machine:1 by https_proxy"]
        );
        let service = document(&[(HTTPS, Scope::Service("azcmagent.service".into()), "http://service:1")]);
        assert_eq!(shown(Client::Arc, &[service, machine], url), ["tunnel http://service:1 by https_proxy"]);
    }

    #[test]
    fn a_running_service_has_what_it_was_started_with_and_nothing_else() {
        let service = |name: &'static str| document(&[(HTTPS, Scope::Service(name.into()), "http://unit:1")]);
        let running = |name, entries: &[_]| {
            let mut document = document(entries);
            document.whole_of = Some(Whose::Service(name));
            document
        };
        let url = "https://a.example/";
        let without = [service("mdatp.service"), running("mdatp", &[])];
        assert_eq!(shown(Client::MdatpLinux, &without, url), ["direct"]);
        let own = (HTTPS, Scope::Service("mdatp".into()), "http://running:1");
        let with = [running("mdatp", &[own]), service("mdatp.service")];
        assert_eq!(shown(Client::MdatpLinux, &with, url), ["tunnel http://running:1 by https_proxy"]);
        // The agent runs without a proxy: the session's is not its own.
        let session = document(&[(HTTPS, Scope::Machine, "http://session:1")]);
        assert_eq!(shown(Client::Arc, &[session, running("azcmagent", &[])], url), ["direct"]);
    }

    #[test]
    fn ten_thousand_services_are_told_apart_in_time() {
        let mut entries = vec![];
        for number in 0..10_000 {
            entries.push((HTTPS, Scope::Service(std::format!("s{number}").into()), "http://p:1"));
        }
        let documents = [document(&entries)];
        assert_eq!(Found { documents: &documents }.services().len(), 10_000);
        assert!(matches!(
            ways(Client::Curl, &documents).ways.as_slice(),
            [] | [super::super::Way { kind: Kind::Direct, .. }]
        ));
    }
}
