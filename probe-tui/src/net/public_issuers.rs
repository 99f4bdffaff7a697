//! Public authorities that issue the certificates of services, by the common name of the issuing certificate.
//!
//! Looked at only where a chain is incomplete and its last certificate shows neither embedded timestamps nor where to
//! fetch its issuer. Compiled in 2026-11 from the names that the authorities publish (Azure's "Certificate Authority
//! details", `DigiCert`'s list of roots and intermediates, Let's Encrypt's "Chains of Trust", the repositories of Google
//! Trust Services, `GlobalSign`, Sectigo and Amazon Trust Services). A name that is missing here costs a finer word, never
//! a wrong one.

/// Issuing authorities by their whole common name, of those that Defender's services use now or have used.
const NAMES: &[&str] = &[
    // Microsoft, under DigiCert Global Root G2 and its own roots.
    "Microsoft Azure RSA TLS Issuing CA 03",
    "Microsoft Azure RSA TLS Issuing CA 04",
    "Microsoft Azure RSA TLS Issuing CA 07",
    "Microsoft Azure RSA TLS Issuing CA 08",
    "Microsoft Azure ECC TLS Issuing CA 03",
    "Microsoft Azure ECC TLS Issuing CA 04",
    "Microsoft Azure ECC TLS Issuing CA 07",
    "Microsoft Azure ECC TLS Issuing CA 08",
    "Microsoft Azure TLS Issuing CA 01",
    "Microsoft Azure TLS Issuing CA 02",
    "Microsoft Azure TLS Issuing CA 05",
    "Microsoft Azure TLS Issuing CA 06",
    "Microsoft RSA TLS CA 01",
    "Microsoft RSA TLS CA 02",
    "Microsoft RSA TLS Issuing AOC CA 01",
    "Microsoft RSA TLS Issuing AOC CA 02",
    "Microsoft RSA TLS Issuing EOC CA 01",
    "Microsoft RSA TLS Issuing EOC CA 02",
    "Microsoft ECC TLS Issuing AOC CA 01",
    "Microsoft ECC TLS Issuing AOC CA 02",
    "Microsoft ECC TLS Issuing EOC CA 01",
    "Microsoft ECC TLS Issuing EOC CA 02",
    "Microsoft Secure Server CA 2011",
    "Microsoft Update Secure Server CA 2.1",
    "Microsoft ECC Update Secure Server CA 2.1",
    // DigiCert.
    "DigiCert Global G2 TLS RSA SHA256 2020 CA1",
    "DigiCert Global G3 TLS ECC SHA384 2020 CA1",
    "DigiCert TLS RSA SHA256 2020 CA1",
    "DigiCert TLS Hybrid ECC SHA384 2020 CA1",
    "DigiCert SHA2 Secure Server CA",
    "DigiCert SHA2 Extended Validation Server CA",
    "DigiCert EV RSA CA G2",
    "DigiCert Basic RSA CN CA G2",
    "DigiCert Cloud Services CA-1",
    "GeoTrust TLS RSA CA G1",
    "GeoTrust Global TLS RSA4096 SHA256 2022 CA1",
    "RapidSSL TLS RSA CA G1",
    "Thawte TLS RSA CA G1",
    // Sectigo and Entrust.
    "Sectigo RSA Domain Validation Secure Server CA",
    "Sectigo RSA Organization Validation Secure Server CA",
    "Sectigo ECC Domain Validation Secure Server CA",
    "Sectigo Public Server Authentication CA DV R36",
    "Sectigo Public Server Authentication CA OV R36",
    "Sectigo Public Server Authentication CA EV R36",
    "Sectigo Public Server Authentication CA DV E36",
    "Sectigo Public Server Authentication CA OV E36",
    "Entrust Certification Authority - L1K",
    "Entrust Certification Authority - L1M",
    // GlobalSign.
    "GlobalSign RSA OV SSL CA 2018",
    "GlobalSign ECC OV SSL CA 2018",
    "GlobalSign Organization Validation CA - SHA256 - G2",
    // GoDaddy.
    "Go Daddy Secure Certificate Authority - G2",
    "Starfield Secure Certificate Authority - G2",
];

/// Families whose members come and go: a beginning, behind which a number or a quarter follows.
const FAMILIES: &[&str] = &[
    "GlobalSign Atlas R3 DV TLS CA ",
    "GlobalSign Atlas R3 OV TLS CA ",
    "GlobalSign GCC R3 DV TLS CA ",
    "GlobalSign GCC R6 AlphaSSL CA ",
    "Microsoft TLS G2 RSA CA ",
    "Microsoft TLS G2 ECC CA ",
    "Amazon RSA 2048 M",
    "Amazon RSA 4096 M",
    "Amazon ECDSA 256 M",
    "Amazon ECDSA 384 M",
];

/// Let's Encrypt's and Google's, which are nothing but a letter or two and a number. Short as they are, they count only
/// as a whole.
const SHORT: &[&str] = &[
    "R3", "R10", "R11", "R12", "R13", "R14", "E1", "E5", "E6", "E7", "E8", "E9", "YR1", "YR2", "YE1", "YE2",
    "WR1", "WR2", "WR3", "WR4", "WR5", "WE1", "WE2", "WE3", "WE4", "WE5",
];

/// Whether a public authority issues under this common name.
pub(super) fn is_listed(common_name: &str) -> bool {
    let whole = |name: &&str| name.eq_ignore_ascii_case(common_name);
    NAMES.iter().any(whole)
        || SHORT.contains(&common_name)
        || FAMILIES.iter().any(|family| {
            common_name.strip_prefix(family).is_some_and(|rest| !rest.is_empty() && rest.len() <= 8)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_names_families_and_nothing_near() {
        for listed in [
            "Microsoft Azure RSA TLS Issuing CA 04",
            "R12",
            "E7",
            "Microsoft TLS G2 RSA CA OCSP 04",
            "GlobalSign Atlas R3 DV TLS CA 2026 Q1",
            "WE1",
        ] {
            assert!(is_listed(listed), "{listed}");
        }
        for other in [
            "",
            "R",
            "R99",
            "r12",
            "Corporate R12",
            "Microsoft Azure RSA TLS Issuing CA 04 (proxy)",
            "Amazon RSA 2048 M",
        ] {
            assert!(!is_listed(other), "{other}");
        }
    }
}
