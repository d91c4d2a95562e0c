//! The public surface of a language, a line for each declaration, read from its sources: generated and hand-written alike.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::Language;

/// What belongs to the machinery below the surface.
static MACHINERY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)uniffi|ffi_?converter|rustbuffer|rustcall|foreignbytes|nohandle|withhandle|disposable|internalexception|destroy\(|errorhandler|companion object$|callcounter|unsafefromhandle|: override val message$",
    )
});
static TYPE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:enum class|class|interface|object|struct|enum|protocol|extension|actor)\b(?: (`?[\w.]+`?))?",
    )
});
static ATTRIBUTE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^@(?:Throws|Suppress|Synchronized|_documentation)(?:\([^)]*\))?\s*"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern")
}

/// The public declarations in some Kotlin or Swift sources.
#[must_use]
pub fn listing<'a>(language: Language, sources: impl IntoIterator<Item = &'a str>) -> String {
    let mut lines = BTreeSet::new();
    for source in sources {
        list(language, &without_comments(source), &mut lines);
    }
    lines.into_iter().fold(String::new(), |all, line| all + &line + "\n")
}

/// A block that is being read.
enum Block {
    /// Of a public type, and what is public in it without saying so.
    Of { path: String, opened_by: String },
    /// Nothing in it can be seen from outside.
    Hidden,
}

fn list(language: Language, text: &str, lines: &mut BTreeSet<String>) {
    let mut blocks: Vec<Block> = Vec::new();
    let (mut head, mut depth) = (String::new(), 0_usize);
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => {
                depth += 1;
                head.push(c);
            }
            ')' | ']' => {
                depth = depth.saturating_sub(1);
                head.push(c);
            }
            _ if depth > 0 => head.push(c),
            '{' => {
                let shown = declared(language, &head, blocks.last());
                let of = TYPE
                    .captures(&head)
                    .filter(|_| !head.contains('=') && !head.contains("fun ") && !head.contains("func "));
                blocks.push(match (shown, of) {
                    (Some(shown), Some(of)) => {
                        let name = of.get(1).map_or("Companion", |name| name.as_str());
                        let path = path(blocks.last(), name);
                        record(lines, blocks.last(), &shown);
                        Block::Of { path, opened_by: shown }
                    }
                    (Some(shown), None) => {
                        record(lines, blocks.last(), &shown);
                        Block::Hidden
                    }
                    // What an extension adds may be public although the extension does not say so.
                    (None, Some(of)) if head.trim_start().starts_with("extension ") => {
                        let name = of.get(1).map_or("", |name| name.as_str());
                        Block::Of { path: name.into(), opened_by: "extension".into() }
                    }
                    (None, _) => Block::Hidden,
                });
                head.clear();
            }
            '}' => {
                flush(language, &mut head, &blocks, lines);
                blocks.pop();
            }
            '\n' | ';' => {
                let next = text[at + 1..].trim_start();
                let goes_on = next.starts_with(['{', ':', '.'])
                    || next.starts_with("get()")
                    || head.trim_end().ends_with([':', ',', '=']);
                let in_enum = matches!(blocks.last(), Some(Block::Of { opened_by, .. }) if opened_by.contains("enum class"));
                if c == '\n' && goes_on && !in_enum && !head.trim().is_empty() {
                    head.push(' ');
                } else {
                    flush(language, &mut head, &blocks, lines);
                }
            }
            _ => head.push(c),
        }
    }
}

fn flush(language: Language, head: &mut String, blocks: &[Block], lines: &mut BTreeSet<String>) {
    if let Some(shown) = declared(language, head, blocks.last()) {
        record(lines, blocks.last(), &shown);
    }
    head.clear();
}

fn path(inside: Option<&Block>, name: &str) -> String {
    match inside {
        Some(Block::Of { path, .. }) => format!("{path}.{name}"),
        _ => name.to_owned(),
    }
}

fn record(lines: &mut BTreeSet<String>, inside: Option<&Block>, shown: &str) {
    let line = match inside {
        Some(Block::Of { path, .. }) => format!("{path}: {shown}"),
        _ => shown.to_owned(),
    };
    if !MACHINERY.is_match(&line) {
        lines.insert(line);
    }
}

/// The declaration in a line, if one is there and can be seen from outside.
fn declared(language: Language, head: &str, inside: Option<&Block>) -> Option<String> {
    let mut head = head.split_whitespace().collect::<Vec<_>>().join(" ");
    while let Some(attribute) = ATTRIBUTE.find(&head) {
        head.replace_range(..attribute.end(), "");
    }
    let opened_by = match inside {
        None => "",
        Some(Block::Of { opened_by, .. }) => opened_by,
        Some(Block::Hidden) => return None,
    };
    let words: Vec<&str> = head.split([' ', '(']).take_while(|word| !word.contains(':')).collect();
    let says = |word: &str| words.contains(&word);
    let seen = match language {
        Language::Kotlin => {
            let entry = opened_by.contains("enum class")
                && !head.is_empty()
                && head
                    .trim_end_matches([',', ';'])
                    .chars()
                    .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
            let declares = ["class", "interface", "object", "fun", "val", "var", "typealias", "constructor"];
            let words: Vec<&str> = head.split(['(', '=', '<', ' ']).collect();
            let declared = words.iter().position(|word| declares.contains(word));
            let hidden = ["private", "internal", "protected"];
            let is_hidden = words[..declared.unwrap_or(0)].iter().any(|word| hidden.contains(word));
            entry || declared.is_some() && !is_hidden
        }
        Language::Swift => {
            let by_itself = opened_by.contains("protocol ") && says("func")
                || opened_by.contains("enum ") && says("case");
            head.split([' ', '(']).any(|w| w == "public" || w == "open") && !says("fileprivate") || by_itself
        }
        Language::Python => false,
    };
    let spaces = [
        ("( ", "("),
        (" )", ")"),
        (" ,", ","),
        (" (", "("),
        (")async", ") async"),
        (")throws", ") throws"),
        (") :", "):"),
    ];
    let packages = [("kotlin.", ""), ("dev.sottovoce.", ""), ("`", "")];
    seen.then(|| {
        let shown = until_body(&head).trim_end_matches([',', ';', ' ']).to_owned();
        spaces.iter().chain(&packages).fold(shown, |shown, (from, to)| shown.replace(from, to))
    })
}

/// What precedes the value or the body of a declaration.
fn until_body(head: &str) -> &str {
    let mut depth = 0_usize;
    for (at, c) in head.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '=' if depth == 0 && head[..at].ends_with(' ') && head[at + 1..].starts_with(' ') => {
                return head[..at].trim_end();
            }
            _ => {}
        }
        if depth == 0 && head[at..].starts_with(" get()") {
            return &head[..at];
        }
    }
    head
}

/// The text without comments, and with nothing in its strings.
fn without_comments(source: &str) -> String {
    static SKIPPED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r#"(?s)"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|/\*.*?\*/|//[^\n]*|(?m:^\s*#(?:if|else|endif)[^\n]*)"#,
        )
    });
    SKIPPED
        .replace_all(
            source,
            |found: &regex::Captures<'_>| if found[0].starts_with('"') { "\"\"" } else { "" },
        )
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kotlin_is_read() {
        let source = r#"
/** A kind. */
enum class Kind {
    /** One. */
    ONE,
    TWO_B;

    companion object
}
data class Money @JvmOverloads constructor(
    val `minor`: kotlin.Long = 1L
)
{
    companion object
}
class Shop private constructor(val folder: File) : AutoCloseable {
    private val hidden = 1
    suspend fun opened(at: List<kotlin.Int>): Shop = also { fun nothing() {} }
}
val Money.amount: BigDecimal
    get() = BigDecimal("{")
"#;
        let lines = [
            "Kind: ONE",
            "Kind: TWO_B",
            "Shop: suspend fun opened(at: List<Int>): Shop",
            "class Shop private constructor(val folder: File): AutoCloseable",
            "data class Money @JvmOverloads constructor(val minor: Long = 1L)",
            "enum class Kind",
            "val Money.amount: BigDecimal",
        ];
        assert_eq!(listing(Language::Kotlin, [source]).lines().collect::<Vec<_>>(), lines);
    }

    #[test]
    fn swift_is_read() {
        let source = "
public enum Kind: Equatable {
    case one(
        of: Int
    )
    case two
}
extension Kind {
    /// `x`
    public static func all(_ limit: UInt32 = 1) async throws -> [Kind] { let two = 2 }
    func hidden() {}
}
fileprivate struct Inner { public let x: Int }
";
        let lines = [
            "Kind: case one(of: Int)",
            "Kind: case two",
            "Kind: public static func all(_ limit: UInt32 = 1) async throws -> [Kind]",
            "public enum Kind: Equatable",
        ];
        assert_eq!(listing(Language::Swift, [source]).lines().collect::<Vec<_>>(), lines);
    }
}
