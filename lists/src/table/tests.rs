use probe_core::catalog::ENDPOINTS;

use super::*;

#[test]
fn the_catalogue_reads_itself() {
    let text = include_str!("../../../core/catalog/endpoints.csv");
    let list = read_text(text).unwrap();
    assert_eq!(list.unread, []);
    assert_eq!(list.rows.len(), ENDPOINTS.len());
    for (read, built_in) in list.endpoints().zip(ENDPOINTS) {
        assert_eq!(read, *built_in);
    }
}

/// In the form of the standard list of 2025, with rows of our own.
const STANDARD: &str = "\
Service,Geography,Category,Port,Endpoint/URL,Endpoint/URL Description,Required or Optional,\"Windows 10, 11; Server 2022, 2019, 2016 (Unified Agent); Server 2012 R2 (Unified Agent)\",\"Windows 7, 8.1\",\"Windows Server 2008 R2, 2012 R2, 2016 (MMA Based)\",Mac,Linux,Comments
Microsoft Defender for Endpoint,WW,CRL,80,crl.microsoft.com,Lists,Required,Yes,,,Yes,Yes,
Microsoft Defender for Endpoint,EU,Command,443,winatp-gw-neu.microsoft.com,Sensor,Required,Yes,Yes,Yes,,,
Microsoft Defender for Endpoint,US Gov,Push,443,*.wns.windows.com,Push,Optional,Yes,,,,,Direct
Microsoft Defender for Endpoint,Mars,Other,443,https://new.example.com/a/*,New,Required,Yes,,,,,
Microsoft Defender for Endpoint,WW,Other,443,foo*.example.com,Odd,Required,Yes,,,,,
";

#[test]
fn official_headings() {
    let list = read_text(STANDARD).unwrap();
    let row = |host: &str| list.rows.iter().find(|row| row.host == host).unwrap_or_else(|| panic!("{host}"));
    let crl = row("crl.microsoft.com");
    assert_eq!((crl.port, crl.scheme, crl.service), (80, Scheme::Http, Service::Crl));
    assert_eq!(crl.required.to_string(), "windows;macos;linux");
    let gateway = row("winatp-gw-neu.microsoft.com");
    assert_eq!(
        (gateway.regions.to_string().as_str(), gateway.systems.to_string().as_str()),
        ("EU", "windows;windows-mma")
    );
    assert_eq!((gateway.inspection, gateway.pin), (Inspection::Exempt, PinClass::Microsoft));
    let push = row("*.wns.windows.com");
    assert!(
        push.required.is_empty()
            && push.direct
            && push.regions == Regions::GOVERNMENT
            && push.note == "Direct"
    );
    assert_eq!(row("new.example.com").path, "/a/*");
    let unread: Vec<String> = list.unread.iter().map(ToString::to_string).collect();
    assert_eq!(
        unread,
        [
            "line 5: this region is not known; the row counts everywhere: Mars",
            "line 6: a * can stand for whole labels at the beginning only, as in *.example.com: foo*.example.com",
        ]
    );
}

#[test]
fn other_separators_and_several_hosts_in_a_cell() {
    let text = "\u{a0}\nService;Port;Endpoint/URLs;Type;OS\nWeb;443;\"*.smartscreen-prod.microsoft.com\n*.smartscreen.microsoft.com\";Required;All\nX;80,443;a.example.com;Optional;Linux\n";
    let list = read_text(text).unwrap();
    let rows: Vec<_> =
        list.rows.iter().map(|row| (row.host.as_str(), row.port, row.required.is_empty())).collect();
    assert_eq!(
        rows,
        [
            ("*.smartscreen-prod.microsoft.com", 443, false),
            ("*.smartscreen.microsoft.com", 443, false),
            ("a.example.com", 80, true),
            ("a.example.com", 443, true),
        ]
    );
    assert_eq!(list.rows[2].systems.to_string(), "linux");
}

#[test]
fn what_has_no_header_is_no_table() {
    assert!(read_text("a.example.com\nb.example.com,443\n").is_none());
    assert!(read_text("").is_none());
}

#[test]
fn wrong_words_are_shown() {
    let text = "host,packages,inspection,required\na.example.com,both,maybe,beos\n";
    let list = read_text(text).unwrap();
    assert_eq!(list.rows.len(), 1);
    let words: Vec<_> = list.unread.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(words, ["beos", "maybe"]);
}

fn unread(list: &List) -> Vec<String> {
    list.unread.iter().map(ToString::to_string).collect()
}

#[test]
fn a_title_above_the_heading_hides_no_separator() {
    let list = read_text(
        "Names for the proxy team\nService;Port;Endpoint or URLs;Owner\nX;443;a.example.com;me;more\n",
    )
    .unwrap();
    assert_eq!((list.rows.len(), list.rows[0].host.as_str()), (1, "a.example.com"));
    assert_eq!(
        unread(&list),
        [
            "line 1: this stands above the heading and was not read: Names for the proxy team",
            "line 2: this column is not used: Owner",
            "line 3: this cell has no heading above it: more",
        ]
    );
}

#[test]
fn ports_that_cannot_be_tested_are_told() {
    let of = |cell: &str| {
        let list = read_text(&format!("host;port\na.example.com;{cell}\n")).unwrap();
        let ports: Vec<u16> = list.rows.iter().map(|row| row.port).collect();
        (ports, list.unread.len())
    };
    assert_eq!(of("TCP: 80, 443 and 443"), (vec![80, 443], 0));
    assert_eq!(of("50000-50059"), (vec![], 1));
    assert_eq!(of("25,443"), (vec![443], 1));
    assert_eq!(of("UDP 443"), (vec![443], 1));
    // Nothing stands there, or what is merged in the workbook that this was saved from.
    assert_eq!(of(""), (vec![443], 1));
    assert_eq!(of("1 2 3 4 5 6 7 8 9"), (vec![1, 2, 3, 4, 5, 6, 7, 8], 1));
}

#[test]
fn cells_that_say_neither_yes_nor_no() {
    let list = read_text(
        "Service,Geography,Port,URL,Required / Optional,Windows 10,Mac,Comments\n\
         X,WW,443,a.example.com,Perhaps,Yes,Required for live response,\n",
    )
    .unwrap();
    assert_eq!(list.rows[0].required.to_string(), "windows");
    assert_eq!(list.unread.len(), 2);
    assert!(
        unread(&list)[0].contains("neither required nor optional") && unread(&list)[1].contains("shifted")
    );
}

#[test]
fn the_portal_is_for_administrators_and_packages_are_those_of_the_catalogue() {
    let list = read_text(
        "Service,Geography,URL,Comment\nX,WW,https://security.microsoft.com,Portal\n\
         X,EU,winatp-gw-neu.microsoft.com,\n",
    )
    .unwrap();
    assert_eq!(list.rows[0].required.to_string(), "admin");
    assert_eq!((list.rows[1].packages, list.rows[1].required), (Packages::Standard, Systems::AGENTS));
    // A list of one's own is for every kind of onboarding.
    let own = read_text("host,port\nwinatp-gw-neu.microsoft.com,443\n").unwrap();
    assert_eq!(own.rows[0].packages, Packages::Both);
}

#[test]
fn texts_are_harmless_and_bounded() {
    let list = read_text("host,port,comments\na.example.com,443,\"\u{1b}[2Ja\r\nb\u{202e}\"\n").unwrap();
    assert_eq!(list.rows[0].note, "\u{fffd}[2Ja  b\u{fffd}");
    let own = read_text("host,packages,path\na.example.com,both,/x\u{7}\n").unwrap();
    assert_eq!((own.rows[0].path.as_str(), own.unread.len()), ("", 1));
    let hosts: Vec<String> = (0..=limits::HOSTS).map(|index| format!("a{index}.example.com")).collect();
    let row = format!("{};1 2 3 4 5 6 7 8;both;{}\n", hosts.join(" "), "n".repeat(4000));
    let list = read_text(&format!("host;port;packages;note\n{}", row.repeat(100))).unwrap();
    let kept: usize = list.rows.iter().map(|row| row.note.len()).sum();
    assert!(kept < limits::KEPT + 8 * 1024 * 1024, "{kept}");
    assert!(
        unread(&list)[0].contains("hosts behind it in the cell")
            && unread(&list).last().unwrap().contains("too long")
    );
}
