//! ISO 4217: which codes exist and how many decimals their minor unit has.

/// Codes with two decimals.
const TWO: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC \
CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR \
KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK \
PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH \
USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";
const NONE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
const THREE: &str = "BHD IQD JOD KWD LYD OMR TND";
const FOUR: &str = "CLF UYW";

/// Decimals of the minor unit of a code in capitals: 2 for EUR, 0 for JPY, 3 for KWD. `None` for what is no currency.
#[must_use]
pub fn decimals(code: &str) -> Option<u32> {
    if code.len() != 3 {
        return None;
    }
    [(TWO, 2), (NONE, 0), (THREE, 3), (FOUR, 4)]
        .into_iter()
        .find_map(|(codes, decimals)| codes.split(' ').any(|known| known == code).then_some(decimals))
}

/// Natural logarithm of an amount in major units, given the decimals of its currency; not a number for what is not above zero.
pub(crate) fn log_price(minor: i64, decimals: Option<u32>) -> f32 {
    let decimals = decimals.unwrap_or(2);
    let major = minor as f64 / 10f64.powi(decimals.cast_signed());
    if major > 0.0 { libm::log(major) as f32 } else { f32::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_units_follow_the_standard() {
        for (code, expected) in [
            ("EUR", Some(2)),
            ("JPY", Some(0)),
            ("KWD", Some(3)),
            ("CLF", Some(4)),
            ("eur", None),
            ("EURO", None),
            ("XXX", None),
            ("", None),
        ] {
            assert_eq!(decimals(code), expected, "{code}");
        }
    }
}
