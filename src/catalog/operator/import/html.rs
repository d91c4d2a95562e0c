//! Product descriptions arrive as HTML; items hold plain text.

/// The text of a piece of HTML: tags become spaces, common entities their characters, white space is collapsed.
pub(crate) fn text(html: &str) -> String {
    let mut plain = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        plain.push_str(before);
        match tag.split_once('>') {
            Some((_, after)) => {
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
    unescape(&plain).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, entity)) = rest.split_once('&') {
        plain.push_str(before);
        let named = entity.split_once(';').filter(|(name, _)| name.len() <= 8);
        match named.and_then(|(name, after)| Some((character(name)?, after))) {
            Some((letter, after)) => {
                plain.push(letter);
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

fn character(entity: &str) -> Option<char> {
    let code = |text: &str, radix| {
        u32::from_str_radix(text, radix).ok().and_then(char::from_u32).filter(|letter| *letter != '\0')
    };
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => match entity.strip_prefix('#')? {
            hex if hex.starts_with(['x', 'X']) => code(hex.get(1..)?, 16),
            decimal => code(decimal, 10),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn only_the_words_remain() {
        assert_eq!(text("<p>Soft &amp; warm,<br/>5 &lt; 6 &#233;&#xE9;</p>\n"), "Soft & warm, 5 < 6 éé");
        assert_eq!(text("a < b & c &bogus; &#0; <"), "a < b & c &bogus; &#0; <");
    }
}
