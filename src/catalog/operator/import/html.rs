//! Texts arrive as HTML, with entities and markup; items hold plain text.

use quick_xml::escape::resolve_html5_entity;

/// How often a text may have been escaped.
const ROUNDS: usize = 3;

/// The text of a piece of HTML: tags become spaces, entities their characters, white space is collapsed, and what cannot be
/// seen is gone.
pub(crate) fn text(html: &str) -> String {
    let mut text = tidy(html);
    for _ in 0..ROUNDS {
        if !text.contains(['<', '&']) {
            break;
        }
        let plain = tidy(&entities(&without_tags(&text)));
        if plain == text {
            break;
        }
        text = plain;
    }
    text
}

/// An address whose ampersands may be written as entities.
pub(crate) fn address(text: &str) -> String {
    let text: String = text.chars().filter(|letter| !letter.is_control()).collect();
    text.trim().replace("&amp;", "&")
}

fn tidy(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let shown = |letter: &char| !letter.is_control() && *letter != '\u{fffd}' && *letter != '\u{feff}';
    for word in text.split_whitespace() {
        let start = plain.len();
        if start > 0 {
            plain.push(' ');
        }
        plain.extend(word.chars().filter(shown));
        if plain.len() == start + usize::from(start > 0) {
            plain.truncate(start);
        }
    }
    plain
}

fn without_tags(html: &str) -> String {
    let mut plain = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        plain.push_str(before);
        match tag_end(tag) {
            Some(after) => {
                plain.push(' ');
                rest = after;
            }
            None => {
                plain.push('<');
                rest = tag;
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// What follows a tag, of which `<` has been read; nothing if it is none, as in `5 < 6`.
fn tag_end(tag: &str) -> Option<&str> {
    if let Some(comment) = tag.strip_prefix("!--") {
        return Some(comment.split_once("-->").map_or("", |(_, after)| after));
    }
    let name = tag.strip_prefix('/').unwrap_or(tag);
    let first = name.chars().next()?;
    if !first.is_ascii_alphabetic() && first != '!' && first != '?' {
        return None;
    }
    let (inside, after) = tag.split_once('>')?;
    for hidden in ["script", "style"] {
        if inside.get(..hidden.len()).is_some_and(|name| name.eq_ignore_ascii_case(hidden)) {
            let close = format!("</{hidden}");
            let end = after.to_ascii_lowercase().find(&close)?;
            return after.get(end..)?.split_once('>').map(|(_, after)| after);
        }
    }
    Some(after)
}

/// Replaces entities by their characters; what is no entity stays.
pub(crate) fn entities(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, entity)) = rest.split_once('&') {
        plain.push_str(before);
        let named = entity.split_once(';').filter(|(name, _)| name.len() <= 32);
        match named.and_then(|(name, after)| Some((character(name)?, after))) {
            Some((letters, after)) => {
                plain.push_str(&letters);
                rest = after;
            }
            None => {
                plain.push('&');
                rest = entity;
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// What an entity stands for, without its `&` and `;`.
pub(crate) fn character(entity: &str) -> Option<String> {
    let code = |text: &str, radix| {
        let code = u32::from_str_radix(text, radix).ok().filter(|_| !text.starts_with('+'))?;
        // Windows-1252, which browsers read these as.
        let byte = u8::try_from(code).ok().filter(|code| (0x80..0xa0).contains(code));
        match byte {
            Some(byte) => Some(encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[byte]).0.into_owned()),
            None => char::from_u32(code).filter(|letter| *letter != '\0').map(String::from),
        }
    };
    match entity.strip_prefix('#') {
        Some(hex) if hex.starts_with(['x', 'X']) => code(hex.get(1..)?, 16),
        Some(decimal) => code(decimal, 10),
        None => resolve_html5_entity(entity).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn only_the_words_remain() {
        for (html, expected) in [
            ("<p>Soft &amp; warm,<br/>5 &lt; 6 &#233;&#xE9;</p>\n", "Soft & warm, 5 < 6 éé"),
            ("a < b & c &bogus; &#0; <", "a < b & c &bogus; &#0; <"),
            ("5 < 6 > 3, I <3 tea", "5 < 6 > 3, I <3 tea"),
            ("Caf&eacute;&nbsp;&ndash; 100&#37; &#150; &hearts;", "Café – 100% – ♥"),
            ("&lt;p&gt;Warm&lt;/p&gt; Caf&amp;eacute;", "Warm Café"),
            ("<style>p { color: red }</style>Red<script>alert('<b>')</script><!-- no > -->!", "Red !"),
            ("zero\u{0}\u{200b}width \u{fffd} \u{7}", "zero\u{200b}width"),
            ("<", "<"),
            ("", ""),
        ] {
            assert_eq!(text(html), expected, "{html}");
        }
    }
}
