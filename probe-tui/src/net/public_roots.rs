//! Public roots of earlier years, which are not among the built-in ones of services any more.
//!
//! A machine goes on trusting such a root for years, and services go on using it, so a chain that ends in one was not
//! re-signed. Nothing here is trust: a root counts only where this machine trusts it too, and none counts where the user
//! has named the service's roots.

/// Names and keys (SHA-256 of the subject's public key info in DER) of earlier years. The name is the common name, or the
/// organizational unit where there is none.
///
/// Mozilla's programme as Debian's `ca-certificates` 20230311+deb12u1 ships it, without those that `webpki-roots` 1.0.10
/// holds; compiled in 2026-11. `TrustCor`'s and `E-Tugra`'s were left out: they were removed for what they did, and who
/// meets one of them today has reason to look.
const EARLIER: &[(&str, [u8; 32])] = &[
    ("AAA Certificate Services", key("bd153ed7b0434f6886b17bce8bbe84ed340c7132d702a8f4fa318f756ecbd6f3")),
    ("AffirmTrust Commercial", key("6c464b9a5b233a5e874da765c26f045010d2ddcff45794f0b4c7e4aafa501495")),
    ("AffirmTrust Networking", key("94072ad3f58f70f93098e5a5f6c04c96c710bd849d83184919ae90eb890ae400")),
    ("AffirmTrust Premium", key("c7f43b4cf5b71568294f822b53762605f6ddd15cadece739e9e2c3cba61e9d67")),
    ("AffirmTrust Premium ECC", key("3219b09114ff495a3eb6eb00c2efeab34002ae5f0a56c7679ea087a3fa037e4f")),
    ("Atos TrustedRoot 2011", key("e5ca37bc7b6c361979bc6b123ca9a1db019046d7ff5f57dfb854b19d10b0682f")),
    ("Baltimore CyberTrust Root", key("63d9af9b47b1064d49a10e7b7fd566dbc8caa399459bfc2829c571ad8c6ef34a")),
    (
        "COMODO Certification Authority",
        key("006d7be7555dd82026442c4f1a27a80e89a1989cb87b34448ed2194c18196d5e"),
    ),
    ("Certigna", key("510d20e5c47f63cf666b20f61af62bc099a42ac824ffa443a2da7c90b1808a91")),
    ("DigiCert Assured ID Root CA", key("23f2edff3ede90259a9e30f40af8f912a5e5b3694e6938440341f6060e014ffa")),
    ("DigiCert Global Root CA", key("aff988906dde12955d9bebbf928fdcc31cce328d5b9384f21c8941ca26e20391")),
    (
        "DigiCert High Assurance EV Root CA",
        key("5a889647220e54d6bd8a16817224520bb5c78e58984bd570506388b9de0f075f"),
    ),
    (
        "Entrust Root Certification Authority",
        key("6dbfae00d37b9cd73f8fb47de65917af00e0dddf42dbceac20c17c0275ee2095"),
    ),
    (
        "Entrust Root Certification Authority - EC1",
        key("fea2b7d645fba73d753c1ec9a7870c40e1f7b0c561e927b985bf711866e36f22"),
    ),
    (
        "Entrust Root Certification Authority - G2",
        key("76ee8590374c715437bbca6bba6028eadde2dc6dbbb8c3f610e851f11d1ab7f5"),
    ),
    (
        "Entrust Root Certification Authority - G4",
        key("36d7c79f3d089a0ff79972d90923dea5ca76b4ccbaf7c2751cb152e9494f52d0"),
    ),
    (
        "Entrust.net Certification Authority (2048)",
        key("1ea3c5e43ed66c2da2983a42a4a79b1e906786ce9f1b58621419a00463a87d38"),
    ),
    ("GLOBALTRUST 2020", key("fee8af929175687f4638a3fc983db8ecd0e5e2a83e737f3fb77b4c22fcbac0a6")),
    ("GTS Root R2", key("55f77de41c03792428f8d518c55104225be43a5598d926a528ad653e1ccec7bf")),
    ("GlobalSign Root CA", key("2bcee858158cf5465fc9d76f0dfa312fef25a4dca8501da9b46b67d1fbfa1b64")),
    (
        "Go Daddy Class 2 Certification Authority",
        key("5632d97bfa775bf3c99ddea52fc2553410864016729c52dd6524c8a9c3b4489f"),
    ),
    ("Hongkong Post Root CA 1", key("36c22314131a5fbf1b70ea4ccf4bc13a777d938ec65e1da24e3c2cfd01d3d163")),
    ("QuoVadis Root CA 2", key("8fd112c3c8370f147d5ccd3a7d865eb8dd540783bac69fc60088e3743ff33378")),
    ("QuoVadis Root CA 3", key("0c7acaa710226720bbc940349ee2e6148652a89dbf406a232c895f6dc78ebb9a")),
    ("Secure Global CA", key("2596904dc4d699ae20c2cef4dce47f285937d77464ac370746f52dea76ba0c28")),
    ("SecureSign RootCA11", key("bb4128ec9620f2d2a49ce8e2c4e257aebad93a0f11c56b5fa4b00e23759fa39d")),
    ("SecureTrust CA", key("77290717614b25f12964ebdb38b5f83caadc0f6c36b0777f880fc6dee1d339cc")),
    (
        "Security Communication RootCA1",
        key("2a4212605aa3e8aecb0fc19806cf3b40b53b95f1a34dbbd6e3ed27230324abb3"),
    ),
    (
        "Security Communication RootCA3",
        key("d3980aadd21638c70d74a4bb1f8ab5e11724e62ed408f9fa8d3d4d916900286b"),
    ),
    (
        "Starfield Class 2 Certification Authority",
        key("15f14ac45c9c7da233d3479164e8137fe35ee0f38ae858183f08410ea82ac4b4"),
    ),
    ("SwissSign Gold CA - G2", key("40fcfc28875dccbfebcbdf6cd7433312da63c4efcf3bd7b1b505c22020ae0274")),
    ("SwissSign Silver CA - G2", key("9318226f8c83afe47f5f47c24f59ce12dba8c73b181bee6b2ea1f40a06bc1869")),
    ("TeliaSonera Root CA v1", key("10ba3485ca8bb6880ab9531a4063e4001555561c7f2e055165f49b2d74fc5f6b")),
    (
        "Trustwave Global Certification Authority",
        key("2e06cae1fc20b200e6fb748557a4444bec9317dfff2e4151669e0f7944f0a9e0"),
    ),
    (
        "Trustwave Global ECC P256 Certification Authority",
        key("497128fc90656b87290482b223efb72240fe9c421e79938de5f8110cb0be9056"),
    ),
    (
        "Trustwave Global ECC P384 Certification Authority",
        key("828b0eeff24654e8ff5841a29dd5d4e3ed30952ca43425a79283407208d39d16"),
    ),
    (
        "XRamp Global Certification Authority",
        key("051cf9fa95e40e9b83edaeda6961f6168c7879c4660172479cdd51ab03cea62b"),
    ),
    ("certSIGN ROOT CA", key("dbc1e3a15238a0483bcdb8fdec616e03e705a48e2a501157cadf3b9c7311c5e5")),
    (
        "ePKI Root Certification Authority",
        key("62554c17005543b237215f04268dcd2fd1c470240ad3c8660e25ae2c59630f55"),
    ),
    ("emSign ECC Root CA - G3", key("8d417db2dd8bf5e3084d1e3f196d583849d81bdd4c00c70b9d39369e96b8c782")),
];

/// Whether the root with this key is a public one.
pub(super) fn is_public(key: &[u8; 32]) -> bool {
    EARLIER.iter().any(|(_, listed)| listed == key)
}

/// Whether a public root bears this name.
pub(super) fn is_named(name: &str) -> bool {
    EARLIER.iter().any(|(listed, _)| *listed == name)
}

/// Reads 64 hexadecimal digits, when this is compiled: a wrong table is no build.
const fn key(digits: &str) -> [u8; 32] {
    const fn digit(byte: u8) -> u8 {
        match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => panic!("a key is written in lower-case hexadecimal digits"),
        }
    }
    let digits = digits.as_bytes();
    assert!(digits.len() == 64, "a key has 64 digits");
    let mut key = [0; 32];
    let mut index = 0;
    while index < key.len() {
        key[index] = digit(digits[2 * index]) << 4 | digit(digits[2 * index + 1]);
        index += 1;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls_pki_types::TrustAnchor;
    use sha2::{Digest as _, Sha256};

    #[test]
    fn none_is_among_the_built_in_roots_of_services() {
        let built_in = |root: &TrustAnchor<'_>| {
            let key: [u8; 32] = Sha256::digest(webpki::spki_for_anchor(root)).into();
            EARLIER.iter().any(|(_, listed)| *listed == key)
        };
        assert!(!webpki_roots::TLS_SERVER_ROOTS.iter().any(built_in));
    }

    #[test]
    fn by_key_and_by_name() {
        let baltimore = key("63d9af9b47b1064d49a10e7b7fd566dbc8caa399459bfc2829c571ad8c6ef34a");
        assert!(is_public(&baltimore) && !is_public(&[0; 32]));
        assert!(is_named("Baltimore CyberTrust Root"));
        assert!(!is_named("Baltimore CyberTrust Root (proxy)") && !is_named(""));
    }
}
