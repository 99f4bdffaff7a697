//! User and password for the proxy of `--proxy`, from wherever they are given.

use super::flag;
use crate::mistakes::{Mistakes, Origin, Secrets};
use crate::options::Check;
use crate::secrets::{self, Secret};

/// User and password that replace those in the proxy's URL, where any are given apart from it.
pub(super) fn read(options: &Check, mistakes: &mut Mistakes) -> Option<(String, Secret)> {
    let file = options.proxy_password_file.as_deref();
    let descriptor = options.proxy_password_fd.as_deref();
    let source = if file.is_some() { "--proxy-password-file" } else { "--proxy-password-fd" };
    let apart = file.is_some() || descriptor.is_some();
    if options.proxy_user.is_none() && !apart {
        return None;
    }
    let Some(proxy) = &options.proxy else {
        let name = if apart { source } else { "--proxy-user" };
        mistakes.add_plain(
            name,
            &"this is for the proxy of --proxy, which is missing",
            Some("add --proxy URL"),
        );
        return None;
    };
    let read = match (file, descriptor) {
        (Some(file), _) => {
            Some(secrets::first_line_of(file).map_err(|error| (file.display().to_string(), error)))
        }
        (None, Some(number)) => {
            let Ok(number) = number.parse::<u32>() else {
                let hint = "write its number, as in --proxy-password-fd 3 3< FILE";
                let (at, what) = (0..number.len(), "this is no file descriptor");
                let origin = Origin { secrets: Secrets::Everything, ..flag(source) };
                mistakes.add_words(origin, number, at, &what, Some(hint), None);
                return None;
            };
            let read = secrets::first_line_of_descriptor(number);
            Some(read.map_err(|error| (format!("file descriptor {number}"), error)))
        }
        (None, None) => None,
    };
    let password = match read {
        None => None,
        Some(Ok(password)) => Some(password),
        Some(Err((place, error))) => {
            let hint = "its first line is to be the password";
            mistakes.add_plain(
                &format!("{source} {place}"),
                &format_args!("cannot be read: {error}"),
                Some(hint),
            );
            return None;
        }
    };
    let typed = options.proxy_user.as_deref();
    let (user, with_user) =
        match (typed.map(|text| text.split_once(':').unwrap_or((text, ""))), secrets::user_info(proxy)) {
            (Some((user, password)), _) => (user.to_owned(), password),
            (None, Some((user, _))) => (secrets::percent_decoded(user), ""),
            (None, None) => {
                mistakes.add_plain(source, &"the password belongs to no user", Some("add --proxy-user USER"));
                return None;
            }
        };
    if password.is_some() && !with_user.is_empty() {
        mistakes.add_plain(
            "--proxy-user",
            &format_args!("a second password stands in {source}"),
            Some("keep one of them"),
        );
    }
    let password = password.unwrap_or_else(|| Secret::new(with_user.to_owned()));
    if let Err(mistake) = probe_core::secret::Credentials::plain(&user, password.reveal()) {
        let name = if apart { source } else { "--proxy-user" };
        mistakes.add_plain(name, &mistake.kind, Some(mistake.kind.hint()));
    }
    Some((user, password))
}
