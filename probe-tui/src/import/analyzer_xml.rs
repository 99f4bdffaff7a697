//! `MDEClientAnalyzer.xml`: the analyzer's results by number, without the URLs that were asked.
//!
//! ```xml
//! <MDEResults><EDRCompInfo>…</EDRCompInfo><events>
//!   <event id="132021"><severity>Error</severity><category/><check/><checkresult>…</checkresult><guidance/></event>
//! </events></MDEResults>
//! ```

use roxmltree::{Document, Node, ParsingOptions};

use super::{Import, Unreadable, quoted};

/// What the file is known by.
pub const ROOT: &str = "<MDEResults";

/// Elements and texts; a large file has some thousands.
const MOST_NODES: u32 = 100_000;

/// Texts that are kept of one result.
const MOST_TEXTS: usize = 200;

/// Adds what it says.
///
/// # Errors
/// Why it cannot be read: XML that is cut is no XML.
pub fn read(text: &str, import: &mut Import) -> Result<(), Unreadable> {
    let options = ParsingOptions { nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text.trim_start(), options)
        .map_err(|error| Unreadable::Xml(quoted(&error.to_string())))?;
    let root = document.root_element();
    for event in root.descendants().filter(|node| node.has_tag_name("event")) {
        let id = event.attribute("id").and_then(|id| id.trim().parse::<u32>().ok());
        let Some(id) = id.filter(|id| (100_000..1_000_000).contains(id)) else { continue };
        let of = |name: &str| child(event, name).unwrap_or_default();
        let texts = import.results.entry(id).or_default();
        if texts.len() < MOST_TEXTS {
            texts.push(quoted(of("checkresult")));
        }
    }
    let is_place = |node: &Node<'_, '_>| {
        node.attribute("displayName")
            .is_some_and(|name| name.to_ascii_lowercase().contains("datacenter location"))
    };
    if let Some(place) = root.descendants().find(is_place) {
        import.region = child(place, "value").map(quoted).filter(|text| !text.is_empty());
    }
    Ok(())
}

fn child<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.children().find(|child| child.has_tag_name(name))?.text()
}
