//! Onboarding data: what a machine was told about its tenant.
//!
//! It is a signed JSON text in a JSON text, and comes as a registry export (`OnboardingInfo` or `OnboardedInfo` of
//! `Windows Advanced Threat Protection`), as the file `mdatp_onboard.json`, inside an onboarding script, or bare. **Only region,
//! data centre and URLs are read out of it.** Organisation, signature and certificates are neither kept nor looked at.

use std::fmt;

use probe_core::catalog::Region;
use probe_core::target::{Scheme, Target};
use serde_json::Value;

use crate::decode;

/// The largest data, in bytes; real ones have 4 to 8 KiB, scripts around them 20.
pub const LARGEST: usize = 1024 * 1024;

/// What was read out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Onboarding {
    /// Where the tenant's data is; `None` where the words are not known, or not clear.
    pub region: Option<Region>,
    /// What the data says of it, in its own words.
    pub words: Option<String>,
    /// The data centre, as `CentralUs3`.
    pub datacenter: Option<String>,
    /// Whether the streamlined package was used.
    pub streamlined: bool,
    /// The exact URLs of this machine as lines of a target list, with the names of what they are for.
    pub targets: Vec<(String, Purpose)>,
    /// What is wrong with it, and not so wrong that nothing can be read.
    pub notes: Vec<String>,
}

/// What a URL of onboarding data is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Command and control.
    CommandAndControl,
    /// What the sensor reports.
    CyberData,
}

/// Why nothing can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mistake {
    /// Larger than [`LARGEST`].
    TooLarge,
    /// Neither UTF-8 nor UTF-16.
    NoText,
    /// There is no onboarding data in it.
    NotFound,
    /// It begins as onboarding data, and is cut or broken.
    Broken,
}

impl Mistake {
    /// What to do.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::TooLarge | Self::NotFound => {
                "give an export of HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Advanced Threat Protection, \
                 mdatp_onboard.json, or the onboarding script"
            }
            Self::NoText => "export it again; registry exports are UTF-16",
            Self::Broken => "export it again, whole",
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "this is too large for onboarding data",
            Self::NoText => "this is no text: neither UTF-8 nor UTF-16",
            Self::NotFound => "there is no onboarding data in this file",
            Self::Broken => "the onboarding data in this file is cut or broken",
        })
    }
}

impl std::error::Error for Mistake {}

/// Reads onboarding data in any of its forms.
///
/// # Errors
/// Why there is none.
pub fn read(bytes: &[u8]) -> Result<Onboarding, Mistake> {
    if bytes.len() > LARGEST {
        return Err(Mistake::TooLarge);
    }
    let text = decode::text(bytes).ok_or(Mistake::NoText)?;
    let body = find_body(&text)?;
    Ok(of_body(&body))
}

/// The inner JSON, wherever it stands.
fn find_body(text: &str) -> Result<Value, Mistake> {
    let start = text.trim_start();
    if start.starts_with('{') {
        return inner(serde_json::from_str(start).map_err(|_| Mistake::Broken)?);
    }
    let mut found = Err(Mistake::NotFound);
    // Outside an export of the registry there are no keys.
    let mut in_key = true;
    for line in text.lines() {
        let lower = line.trim().to_ascii_lowercase();
        if let Some(key) = lower.strip_prefix("[hkey_") {
            in_key = key.trim_end_matches(']').ends_with("\\windows advanced threat protection");
        }
        // `"OnboardingInfo"="{\"body\":…}"` of an export, `reg add … /v OnboardingInfo /t REG_SZ … /d "{\"body\":…}"` of a script,
        // `"onboardingInfo": "{\"body\":…}"` in the script that writes the file of Linux.
        let is_live = lower.contains("onboardedinfo");
        let named = in_key && (is_live || lower.contains("onboardinginfo"));
        let Some(at) = line.find('{').filter(|_| named) else { continue };
        let mut plain = line.get(at..).unwrap_or_default().to_owned();
        // Python's text doubles every backslash once more.
        for _ in 0..2 {
            plain = unescape(&plain);
            match serde_json::Deserializer::from_str(&plain).into_iter::<Value>().next() {
                // What the sensor uses counts more than what a policy says.
                Some(Ok(value)) if is_live => return inner(value),
                Some(Ok(value)) => {
                    found = inner(value);
                    break;
                }
                _ if found.is_ok() => {}
                _ => found = Err(Mistake::Broken),
            }
        }
    }
    found
}

/// `\"` and `\\` of a registry export; a script writes the same.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next()),
            // The end of the value.
            '"' => break,
            _ => plain.push(character),
        }
    }
    plain
}

/// The body of a signed text, or the body itself.
fn inner(value: Value) -> Result<Value, Mistake> {
    // mdatp_onboard.json has the signed text as the text of a field of this name.
    let value = match value.get("onboardingInfo") {
        Some(Value::String(text)) => serde_json::from_str(text).map_err(|_| Mistake::Broken)?,
        Some(object @ Value::Object(_)) => object.clone(),
        _ => value,
    };
    let body = match value.get("body") {
        Some(Value::String(text)) => serde_json::from_str(text).map_err(|_| Mistake::Broken)?,
        Some(object @ Value::Object(_)) => object.clone(),
        Some(_) => return Err(Mistake::Broken),
        None => value,
    };
    let known = ["geoLocationUrl", "vortexGeoLocation", "partnerGeoLocation", "vortexServerUrl"];
    if known.iter().any(|key| body.get(key).is_some()) { Ok(body) } else { Err(Mistake::NotFound) }
}

fn of_body(body: &Value) -> Onboarding {
    let text =
        |key: &str| body.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let shown = |text: &str| -> String {
        text.chars().filter(char::is_ascii_graphic).take(crate::limits::QUOTE).collect()
    };
    let partner = text("partnerGeoLocation");
    let words = partner.or(text("vortexGeoLocation"));
    let datacenter = text("datacenter");
    let mut notes = Vec::new();
    let region = words.and_then(|words| region(words, datacenter.unwrap_or_default(), &mut notes));
    if let Some(words) = words.filter(|_| region.is_none() && notes.is_empty()) {
        notes.push(format!(
            "the region {} is not one that is known here; name it with --region",
            shown(words)
        ));
    }
    let streamlined = partner.is_some_and(|words| words.to_ascii_uppercase().starts_with("GW_"))
        || text("geoLocationUrl").is_some_and(|url| url.contains(".endpoint.security.microsoft."));
    let mut targets = Vec::new();
    for (key, purpose) in [
        ("geoLocationUrl", Purpose::CommandAndControl),
        ("vortexServerUrl", Purpose::CyberData),
        ("vortexTicketUrl", Purpose::CyberData),
    ] {
        let Some(url) = text(key) else { continue };
        match target(url, key) {
            Ok(line) if targets.iter().all(|(known, _)| *known != line) => targets.push((line, purpose)),
            Ok(_) => {}
            Err(why) => notes.push(format!("{key} is not used: {why}: {}", shown(url))),
        }
    }
    Onboarding {
        region,
        words: words.map(shown),
        datacenter: datacenter.map(shown),
        streamlined,
        targets,
        notes,
    }
}

fn region(words: &str, datacenter: &str, notes: &mut Vec<String>) -> Option<Region> {
    let upper = words.to_ascii_uppercase();
    let name = upper.strip_prefix("GW_").unwrap_or(&upper);
    if name.starts_with("FFL") {
        let datacenter = datacenter.to_ascii_lowercase();
        if datacenter.starts_with("usmod") || name == "FFL4MOD" {
            return Some(Region::Gcc);
        }
        notes.push("the government's data centres of GCC High and DoD have the same words here; name one with --region".into());
        return None;
    }
    // The streamlined hosts of India say INA.
    if name == "INA" { Some(Region::In) } else { Region::from_id(name) }
}

/// The line that tests a URL. Only Microsoft's own names are used: data that was made up must not send a probe elsewhere.
fn target(url: &str, key: &str) -> Result<String, &'static str> {
    let target = Target::parse(url).map_err(|_| "it is no URL")?;
    if target.scheme != Scheme::Https || target.port != 443 {
        return Err("it is not https on port 443");
    }
    let host = target.host.to_string().to_ascii_lowercase();
    if ![".microsoft.com", ".microsoft.us"].iter().any(|end| host.ends_with(end)) {
        return Err("its host is not Microsoft's");
    }
    if key == "geoLocationUrl" {
        let path = target.path.trim_end_matches('/');
        return Ok(format!("https://{host}{path}/commands/test expect=200"));
    }
    if host.contains(".endpoint.security.microsoft.") {
        // Whether it answers to /ping is in no document.
        let path = if target.path.is_empty() { "/" } else { target.path };
        return Ok(format!("https://{host}{path}"));
    }
    Ok(format!("https://{host}/ping expect=200"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"previousOrgIds":[],"orgId":"0f0e0d0c-secret","geoLocationUrl":"https://edr-cus3.us.endpoint.security.microsoft.com/edr/","datacenter":"CentralUs3","vortexGeoLocation":"US","version":"1.67","vortexServerUrl":"https://us-v20.events.endpoint.security.microsoft.com/OneCollector/1.0","vortexTicketUrl":"https://events.data.microsoft.com","partnerGeoLocation":"GW_US"}"#;

    fn signed() -> String {
        let body = Value::from(BODY);
        format!(r#"{{"body":{body},"sig":"c2VjcmV0LXNpZw==","sha256sig":"x","cert":"-----BEGIN"}}"#)
    }

    fn escaped(text: &str) -> String {
        text.replace('\\', "\\\\").replace('"', "\\\"")
    }

    fn check(read: &Onboarding) {
        assert_eq!((read.region, read.streamlined), (Some(Region::Us), true));
        assert_eq!(read.datacenter.as_deref(), Some("CentralUs3"));
        let lines: Vec<_> = read.targets.iter().map(|(line, _)| line.as_str()).collect();
        assert_eq!(
            lines,
            [
                "https://edr-cus3.us.endpoint.security.microsoft.com/edr/commands/test expect=200",
                "https://us-v20.events.endpoint.security.microsoft.com/OneCollector/1.0",
                "https://events.data.microsoft.com/ping expect=200",
            ]
        );
        assert_eq!(read.notes, [] as [&str; 0]);
        let debug = format!("{read:?}");
        for secret in ["0f0e0d0c", "c2VjcmV0", "BEGIN"] {
            assert!(!debug.contains(secret), "{debug}");
        }
    }

    #[test]
    fn every_form() {
        check(&read(BODY.as_bytes()).unwrap());
        check(&read(signed().as_bytes()).unwrap());
        let linux = format!(r#"{{"onboardingInfo":{}}}"#, Value::from(signed()));
        check(&read(linux.as_bytes()).unwrap());
        let export = format!(
            "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows Advanced Threat \
             Protection]\r\n\"OnboardingInfo\"=\"{}\"\r\n\"latency\"=\"Demo\"\r\n",
            escaped(&signed())
        );
        check(&read(export.as_bytes()).unwrap());
        let wide: Vec<u8> = format!("\u{feff}{export}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(&read(&wide).unwrap());
        let script = format!(
            "@echo off\r\nreg add \"HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Advanced Threat Protection\" /v OnboardingInfo /t REG_SZ /f /d \"{}\" >NUL\r\n",
            escaped(&signed())
        );
        check(&read(script.as_bytes()).unwrap());
    }

    #[test]
    fn the_older_package() {
        let body = r#"{"geoLocationUrl":"https://winatp-gw-neu.microsoft.com/","vortexGeoLocation":"EU","vortexServerUrl":"https://eu-v20.events.data.microsoft.com/OneCollector/1.0","datacenter":"NorthEurope"}"#;
        let read = read(body.as_bytes()).unwrap();
        assert_eq!((read.region, read.streamlined), (Some(Region::Eu), false));
        let lines: Vec<_> = read.targets.iter().map(|(line, _)| line.as_str()).collect();
        assert_eq!(
            lines,
            [
                "https://winatp-gw-neu.microsoft.com/commands/test expect=200",
                "https://eu-v20.events.data.microsoft.com/ping expect=200",
            ]
        );
    }

    #[test]
    fn regions_that_no_list_has_and_those_that_are_not_clear() {
        let of = |geo: &str, datacenter: &str| {
            let body = format!(r#"{{"partnerGeoLocation":"{geo}","datacenter":"{datacenter}"}}"#);
            let read = read(body.as_bytes()).unwrap();
            (read.region, read.notes.len())
        };
        assert_eq!(of("GW_CH", "SwitzerlandNorth"), (Some(Region::Ch), 0));
        assert_eq!(of("GW_INA", "x"), (Some(Region::In), 0));
        assert_eq!(of("FFL4", "UsModTexas"), (Some(Region::Gcc), 0));
        assert_eq!(of("FFL4", "UsGovVirginia").0, None);
        assert_eq!(of("GW_MARS", "x"), (None, 1));
    }

    #[test]
    fn forged_urls_are_not_used() {
        let body = r#"{"geoLocationUrl":"https://winatp-gw-neu.microsoft.com.evil.example/","vortexServerUrl":"http://eu-v20.events.data.microsoft.com/","vortexTicketUrl":"https://events.data.microsoft.com:22/"}"#;
        let read = read(body.as_bytes()).unwrap();
        assert_eq!(read.targets, []);
        assert_eq!(read.notes.len(), 3, "{:?}", read.notes);
    }

    #[test]
    fn what_is_none() {
        assert_eq!(read(b"{}"), Err(Mistake::NotFound));
        assert_eq!(read(b"hello"), Err(Mistake::NotFound));
        assert_eq!(read(b"{\"body\":\"{"), Err(Mistake::Broken));
        assert_eq!(read(b"{\"body\":7}"), Err(Mistake::Broken));
        assert_eq!(read(b"caf\xe9"), Err(Mistake::NoText));
        assert_eq!(read(&vec![b' '; LARGEST + 1]), Err(Mistake::TooLarge));
        let cut = "\"OnboardingInfo\"=\"{\\\"body\\\":\\\"{";
        assert_eq!(read(cut.as_bytes()), Err(Mistake::Broken));
    }

    #[test]
    fn the_script_that_writes_the_file_of_linux() {
        let file = format!("{{\n  \"onboardingInfo\": {}\n}}", Value::from(signed()));
        check(&read(format!("cat > x <<'EOF'\n{file}\nEOF\n").as_bytes()).unwrap());
        // There, as in Microsoft's, every quotation mark of the value is escaped once more, too.
        let value = escaped(&escaped(&signed()));
        let python = format!("json.write('''{{\n  \"onboardingInfo\": \"{value}\"\n}}''')\n");
        check(&read(python.as_bytes()).unwrap());
    }

    #[test]
    fn an_export_with_several_keys() {
        let value = |name: &str, region: &str| {
            let body = format!(r#"{{"vortexGeoLocation":"{region}"}}"#);
            format!("\"{name}\"=\"{}\"\r\n", escaped(&format!(r#"{{"body":{}}}"#, Value::from(body))))
        };
        let key = |name: &str| format!("[HKEY_LOCAL_MACHINE\\SOFTWARE\\{name}]\r\n");
        let (policy, live) = (
            r"Policies\Microsoft\Windows Advanced Threat Protection",
            r"Microsoft\Windows Advanced Threat Protection",
        );
        let export =
            [key(policy), value("OnboardingInfo", "EU"), key(live), value("OnboardedInfo", "UK")].concat();
        assert_eq!(read(export.as_bytes()).unwrap().region, Some(Region::Uk));
        let export = [key("Somebody"), value("OnboardingInfo", "EU")].concat();
        assert_eq!(read(export.as_bytes()), Err(Mistake::NotFound));
        let export =
            [key(policy), value("OnboardingInfo", "EU"), key("Somebody"), value("OnboardingInfo", "UK")]
                .concat();
        assert_eq!(read(export.as_bytes()).unwrap().region, Some(Region::Eu));
    }

    #[test]
    fn words_of_the_government() {
        let of = |geo: &str| read(format!(r#"{{"partnerGeoLocation":"{geo}"}}"#).as_bytes()).unwrap();
        assert_eq!(of("FFL4Mod").region, Some(Region::Gcc));
        assert_eq!((of("FFL4").region, of("FFL4").notes.len()), (None, 1));
    }
}
