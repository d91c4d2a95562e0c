//! Addresses on the web.

/// Whether an address has a host, and no user name, query or fragment, where a mark for one user could hide.
pub(crate) fn is_plain(url: &str, schemes: &[&str]) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/:".contains(c);
    let rest = schemes.iter().find_map(|scheme| url.strip_prefix(scheme));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()) && rest.chars().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_no_place_for_a_mark() {
        for good in ["https://cdn.example", "https://cdn.example:8443/a/b-c_d~e.f/"] {
            assert!(is_plain(good, &["https://"]), "{good}");
        }
        let bad = [
            "",
            "x",
            "https://",
            "https:///a",
            "https://a?b",
            "https://a#b",
            "https://u@a",
            "https://a\n",
            "https://a b",
        ];
        for bad in bad.into_iter().chain(["http://a"]) {
            assert!(!is_plain(bad, &["https://"]), "{bad:?}");
        }
        assert!(is_plain("http://a", &["https://", "http://"]));
    }
}
