//! Programs written in Go, compiled for a test.

use std::path::Path;
use std::process::Command;

use crate::tool::Tool;

/// Go's compiler.
pub const GO: Tool = Tool { program: "go", package: "golang-go" };

/// Compiles a source into a program, with what the compiler remembers in `cache`.
///
/// # Errors
/// What the compiler says.
pub fn build(source: &Path, program: &Path, cache: &Path) -> Result<(), String> {
    let output = Command::new(GO.path())
        .args(["build", "-o"])
        .arg(program)
        .arg(source)
        .env("GO111MODULE", "off")
        .env("GOTOOLCHAIN", "local")
        .env("GOCACHE", cache)
        .output()
        .map_err(|error| format!("go cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("go build: {}: {}", output.status, String::from_utf8_lossy(&output.stderr)))
}
